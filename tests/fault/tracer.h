/* Runs a program and stops it at its system calls: to count them, to kill it at one, or to let one
 * fail.
 *
 * The kernel stops it (seccomp and ptrace), so no way around a library's function is missed. What
 * the dynamic linker does before the program's entry is not counted. A call is named by its thread,
 * in the order in which the threads were begun, and by its number within that thread: so every call
 * can be named again in the next run, in whatever order the threads run then. What the program
 * starts as processes of their own runs as it likes.
 *
 * x86-64 only: elsewhere tracer_run() says that it cannot. */
#ifndef TRACER_H
#define TRACER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "calls.h"

enum tracer_action { TRACER_COUNT, TRACER_KILL_BEFORE, TRACER_KILL_AFTER, TRACER_FAULT };

struct tracer_plan {
    enum tracer_action action;
    unsigned fault; /* for TRACER_FAULT: how it fails */
    int thread;
    int number;
    long every;  /* for TRACER_FAULT: instead, every call of this number; 0: that one call only */
    int limit_s; /* SIGALRM ends it then; 0: nothing does */
};

struct tracer_call {
    int thread;
    int number;
    long call;
    struct call_nature nature;
    uint64_t first_argument; /* mostly the descriptor */
};

struct tracer_outcome {
    int status;                /* as waitpid() has it */
    struct tracer_call hit;    /* the call that was meant; its name is NULL if it did not come */
    long unknown;              /* a call that is not in the table; -1: none */
    struct tracer_call *calls; /* with TRACER_COUNT: all of them; the caller frees it */
    size_t count;
};

/* Runs ARGV with its standard output and error on these descriptors. Returns 0, or -1 with errno.
 */
int tracer_run(const struct tracer_plan *plan, char *const argv[], int output_fd, int error_fd,
               struct tracer_outcome *outcome);

/* Passes SIGNAL_NUMBER on to the program that runs; for a signal handler. */
void tracer_pass_on(int signal_number);

#endif
