/* Runs a program of which some system calls fail: inject FAULT CALL PROGRAM ARGUMENT...
 *
 * Every CALL (fsync, unlinkat...) of the program fails with FAULT (EIO, ENOSPC, EACCES, EINTR,
 * short). A CALL `count` prints, for each call that it knows, how often it was made, in the manner
 * of strace -c: inject count all PROGRAM ARGUMENT... */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tracer.h"

static int compare_names(const void *left, const void *right)
{
    return strcmp(((const struct tracer_call *)left)->nature.name,
                  ((const struct tracer_call *)right)->nature.name);
}

static void print_counts(struct tracer_outcome *outcome)
{
    qsort(outcome->calls, outcome->count, sizeof *outcome->calls, compare_names);
    for (size_t i = 0, same = 0; i < outcome->count; i++) {
        same++;
        if (i + 1 == outcome->count ||
            compare_names(&outcome->calls[i], &outcome->calls[i + 1]) != 0) {
            fprintf(stderr, "%s %zu\n", outcome->calls[i].nature.name, same);
            same = 0;
        }
    }
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "usage: inject FAULT CALL PROGRAM ARGUMENT...\n");
        return 64;
    }
    bool counts = strcmp(argv[1], "count") == 0;
    struct tracer_plan plan = {.action = counts ? TRACER_COUNT : TRACER_FAULT,
                               .fault = calls_fault(argv[1]),
                               .every = calls_number(argv[2])};
    struct tracer_outcome outcome;
    if (!counts && (plan.fault == 0 || plan.every < 0)) {
        fprintf(stderr, "inject: there is no %s of %s\n", argv[1], argv[2]);
        return 64;
    }
    signal(SIGTERM, tracer_pass_on);
    signal(SIGINT, tracer_pass_on);
    if (tracer_run(&plan, argv + 3, STDOUT_FILENO, STDERR_FILENO, &outcome) != 0) {
        perror("inject");
        return 71;
    }
    if (counts) {
        print_counts(&outcome);
    }
    free(outcome.calls);
    return WIFEXITED(outcome.status) ? WEXITSTATUS(outcome.status) : 128 + WTERMSIG(outcome.status);
}
