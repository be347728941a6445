/* Runs COMMAND and writes the most memory that it had resident, in KiB, to FILE:
 * peak_memory FILE COMMAND... Exits as COMMAND did. */
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static int write_peak(const char *path, long kibibytes)
{
    FILE *file = fopen(path, "we");
    if (file == NULL) {
        perror(path);
        return 1;
    }
    fprintf(file, "%ld\n", kibibytes);
    return fclose(file) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    pid_t pid;
    int status = 0;
    struct rusage usage;
    if (argc < 3) {
        fprintf(stderr, "usage: peak_memory FILE COMMAND...\n");
        return 64;
    }
    int rc = posix_spawnp(&pid, argv[2], NULL, NULL, argv + 2, environ);
    if (rc != 0 || wait4(pid, &status, 0, &usage) != pid) {
        fprintf(stderr, "%s: %s\n", argv[2], strerror(rc));
        return 1;
    }
    if (write_peak(argv[1], usage.ru_maxrss) != 0) {
        return 1;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
