#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file.h"
#include "timestamp.h"

/* 127: as shells and setpriv say that there is no such program. */
enum { TICK_MS = 200, ARGUMENTS_MAX = 32, NOT_FOUND_STATUS = 127 };

/* A FastCGI program blocks signals; the child must not inherit that. */
static int set_signals(posix_spawnattr_t *attributes)
{
    sigset_t none;
    sigset_t pipe;
    sigemptyset(&none);
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    int failed = posix_spawnattr_setsigmask(attributes, &none);
    failed = failed != 0 ? failed : posix_spawnattr_setsigdefault(attributes, &pipe);
    return failed != 0 ? failed
                       : posix_spawnattr_setflags(attributes,
                                                  POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

static int set_streams(posix_spawn_file_actions_t *actions, int output_fd)
{
    int failed = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    failed =
        failed != 0 ? failed : posix_spawn_file_actions_adddup2(actions, output_fd, STDOUT_FILENO);
    return failed != 0 ? failed
                       : posix_spawn_file_actions_adddup2(actions, output_fd, STDERR_FILENO);
}

/* Through setpriv, which has the kernel kill it when this process dies: what it works on is gone
 * then. Returns 0 or an errno. */
static int spawn(const char *const argv[], int output_fd, pid_t *ret_pid)
{
    const char *with_end[ARGUMENTS_MAX + 4] = {"setpriv", "--pdeathsig", "KILL"};
    for (size_t i = 0; argv[i] != NULL; i++) {
        if (i == ARGUMENTS_MAX) {
            return E2BIG;
        }
        with_end[3 + i] = argv[i];
    }
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    int failed = set_signals(&attributes);
    failed = failed != 0 ? failed : set_streams(&actions, output_fd);
    if (failed == 0) {
        failed = posix_spawnp(ret_pid, with_end[0], &actions, &attributes, (char *const *)with_end,
                              environ);
    }
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return failed;
}

/* Keeps the end: that is where a program says why it failed. */
static void keep(struct child_result *result, const char *data, size_t size)
{
    size_t used = strlen(result->output);
    size_t room = sizeof result->output - 1 - used;
    if (size > room) {
        size_t drop = size - room < used ? size - room : used;
        memmove(result->output, result->output + drop, used - drop);
        used -= drop;
    }
    memcpy(result->output + used, data, size);
    result->output[used + size] = '\0';
}

/* What is printed, cut into lines; a longer line than this is cut off. */
struct lines {
    const struct child_watch *watch;
    char line[512];
    size_t length;
};

static void pass_lines(struct lines *lines, const char *data, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (data[i] != '\n' && lines->length < sizeof lines->line - 1) {
            lines->line[lines->length++] = data[i];
        } else if (data[i] == '\n') {
            lines->line[lines->length] = '\0';
            lines->watch->line(lines->watch->context, lines->line);
            lines->length = 0;
        }
    }
}

static void take(struct lines *lines, const char *data, size_t size, struct child_result *result)
{
    keep(result, data, size);
    if (lines->watch != NULL && lines->watch->line != NULL) {
        pass_lines(lines, data, size);
    }
}

/* Reads what comes until the other end is closed. Returns false if it took too long. */
static bool listen_to(int fd, int64_t deadline_ms, const struct child_watch *watch,
                      struct child_result *result)
{
    struct lines lines = {.watch = watch};
    char piece[4096];
    for (;;) {
        struct pollfd waiting = {.fd = fd, .events = POLLIN};
        int ready = poll(&waiting, 1, TICK_MS);
        ssize_t got = ready > 0 ? read(fd, piece, sizeof piece) : -1;
        if (ready > 0 && (got == 0 || (got < 0 && errno != EINTR))) {
            return true;
        }
        if (got > 0) {
            take(&lines, piece, (size_t)got, result);
        }
        if (watch != NULL && watch->tick != NULL) {
            watch->tick(watch->context);
        }
        if (deadline_ms > 0 && timestamp_monotonic_ms() > deadline_ms) {
            return false;
        }
    }
}

static int wait_for(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            return -1;
        }
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int child_run(const char *const argv[], int64_t limit_ms, const struct child_watch *watch,
              struct child_result *result, struct error *error)
{
    int ends[2];
    pid_t pid;
    int64_t deadline_ms = limit_ms > 0 ? timestamp_monotonic_ms() + limit_ms : 0;
    *result = (struct child_result){.exit_status = -1};
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return error_system(error, errno, "Cannot start %s", argv[0]);
    }
    int failed = spawn(argv, ends[1], &pid);
    file_close(ends[1]);
    if (failed != 0) {
        file_close(ends[0]);
        return error_set(error, ERR_UNAVAILABLE, "The program %s cannot be started: %s.", argv[0],
                         strerror(failed));
    }
    bool in_time = listen_to(ends[0], deadline_ms, watch, result);
    file_close(ends[0]);
    if (!in_time) {
        kill(pid, SIGKILL);
    }
    result->exit_status = wait_for(pid);
    if (result->exit_status == NOT_FOUND_STATUS) {
        return error_set(error, ERR_UNAVAILABLE, "The program %s cannot be started.", argv[0]);
    }
    return in_time ? 0
                   : error_set(error, ERR_UNAVAILABLE, "%s did not end within %lld seconds.",
                               argv[0], (long long)(limit_ms / 1000));
}
