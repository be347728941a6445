/* Preloaded into a program, this tries, when the program ends, what PROBE names: lines of an
 * attempt and its target. It is then inside the program's process, with whatever rights the
 * program has kept. The outcome of each goes, as a line, to a descriptor that was opened before the
 * program could give up anything. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int report_fd = -1;

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("PROBE_REPORT");
    if (path != NULL) {
        report_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    }
}

static int try_open(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0600);
    if (fd >= 0) {
        close(fd);
    }
    return fd < 0 ? errno : 0;
}

static int try_connect(const char *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int failed = connect(fd, (struct sockaddr *)&address, sizeof address) == 0 ? 0 : errno;
    close(fd);
    return failed;
}

/* Whether the program can become another one: the child reports by its exit status. */
static int try_execute(const char *path)
{
    char *const argv[] = {(char *)path, NULL};
    char *const environment[] = {NULL};
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        execve(path, argv, environment);
        _exit(errno);
    }
    waitpid(pid, &status, 0);
    return WEXITSTATUS(status);
}

static int attempt(const char *what, const char *target)
{
    char beside[4096];
    snprintf(beside, sizeof beside, "%s.probe", target);
    if (strcmp(what, "read") == 0) {
        return try_open(target, O_RDONLY);
    }
    if (strcmp(what, "list") == 0) {
        return try_open(target, O_RDONLY | O_DIRECTORY);
    }
    if (strcmp(what, "write") == 0) {
        return try_open(target, O_WRONLY);
    }
    if (strcmp(what, "make") == 0) {
        return try_open(beside, O_WRONLY | O_CREAT | O_EXCL);
    }
    if (strcmp(what, "rename") == 0) {
        return rename(target, beside) == 0 ? 0 : errno;
    }
    if (strcmp(what, "remove") == 0) {
        return unlink(target) == 0 ? 0 : errno;
    }
    if (strcmp(what, "connect") == 0) {
        return try_connect(target);
    }
    return strcmp(what, "execute") == 0 ? try_execute(target) : EINVAL;
}

__attribute__((destructor)) static void probe(void)
{
    char *list = getenv("PROBE") == NULL || report_fd < 0 ? NULL : strdup(getenv("PROBE"));
    char *rest = NULL;
    /* A child that a program has started is not the program. */
    unsetenv("PROBE");
    for (char *line = list == NULL ? NULL : strtok_r(list, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        char *target = strchr(line, ' ');
        if (target != NULL) {
            *target++ = '\0';
            int failed = attempt(line, target);
            dprintf(report_fd, "%s %s %s\n", line, target,
                    failed == 0 ? "done" : strerrorname_np(failed));
        }
    }
    free(list);
}
