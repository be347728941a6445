#include "confined.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

void *confined_memory(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

void confined_free(void *memory, size_t size)
{
    if (memory != NULL) {
        munmap(memory, size);
    }
}

/* A limit that is lower already stays. */
static void limit(int resource, rlim_t value)
{
    struct rlimit now;
    if (getrlimit(resource, &now) == 0 && value < now.rlim_cur) {
        now.rlim_cur = value;
        setrlimit(resource, &now);
    }
}

/* It ends with its parent: what it works on is gone then. The parent may have ended before. */
static void confine(pid_t parent, int seconds)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(EXIT_FAILURE);
    }
    signal(SIGXCPU, SIG_DFL);
    limit(RLIMIT_CPU, (rlim_t)seconds);
    limit(RLIMIT_CORE, 0);
}

static int await(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            return -1;
        }
    }
    return status;
}

static bool is_crash(int signal_number)
{
    return signal_number == SIGSEGV || signal_number == SIGBUS || signal_number == SIGFPE ||
           signal_number == SIGILL || signal_number == SIGABRT;
}

static int judge(int status, int seconds, const char *what, struct error *error)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS) {
        return 0;
    }
    int signal_number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (signal_number == SIGXCPU) {
        return error_set(error, ERR_DAMAGED,
                         "%s did not end within %d seconds of processor time, as that of a whole "
                         "file does.",
                         what, seconds);
    }
    if (is_crash(signal_number)) {
        return error_set(error, ERR_DAMAGED, "%s crashed (%s).", what, sigdescr_np(signal_number));
    }
    return error_set(error, ERR_UNAVAILABLE, "%s was stopped. Try again.", what);
}

int confined_call(void (*work)(void *context), void *context, int seconds, const char *what,
                  struct error *error)
{
    if (CONFINED_IN_PLACE) {
        work(context);
        return 0;
    }
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid < 0) {
        return error_system(error, errno, "%s cannot be started", what);
    }
    if (pid == 0) {
        confine(parent, seconds);
        work(context);
        _exit(EXIT_SUCCESS);
    }
    return judge(await(pid), seconds, what, error);
}
