/* Takes a disk as it is, again and again, while a program works on it:
 *
 *   power_steps IMAGE COPY COMMAND [ARGUMENT...]
 *
 * COMMAND stops itself after each step (preload/power.c with POWER_STOPS). What its file system has
 * given to the disk by then is in the file IMAGE behind the loop device, and nothing of what is
 * still in memory: the copies COPY.1, COPY.2, ... are what a power loss would leave, one for each
 * step that has changed the disk, and the last one for the end. Exits as COMMAND does. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NAME_ROOM = 4096 };

static void run(const char *const *arguments, int *ret_status)
{
    pid_t child = fork();
    if (child == 0) {
        execvp(arguments[0], (char *const *)arguments);
        _exit(127);
    }
    waitpid(child, ret_status, 0);
}

/* Copies IMAGE if it has changed since the last copy. */
static void take(const char *image, const char *copy, struct timespec *last, int *count)
{
    char next[NAME_ROOM];
    struct stat now;
    int status;
    if (stat(image, &now) != 0) {
        exit(1);
    }
    if (*count > 0 && now.st_mtim.tv_sec == last->tv_sec && now.st_mtim.tv_nsec == last->tv_nsec) {
        return;
    }
    snprintf(next, sizeof next, "%s.%d", copy, ++*count);
    run((const char *const[]){"cp", "--sparse=always", image, next, NULL}, &status);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        exit(1);
    }
    *last = now.st_mtim;
}

int main(int argc, char **argv)
{
    struct timespec last = {0};
    int count = 0;
    int status = 0;
    if (argc < 4) {
        fprintf(stderr, "usage: power_steps IMAGE COPY COMMAND [ARGUMENT...]\n");
        return 64;
    }
    pid_t child = fork();
    if (child == 0) {
        execvp(argv[3], argv + 3);
        _exit(127);
    }
    while (waitpid(child, &status, WUNTRACED) == child) {
        take(argv[1], argv[2], &last, &count);
        if (!WIFSTOPPED(status)) {
            break;
        }
        kill(child, SIGCONT);
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
