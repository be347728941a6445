/* Running another program: without a shell, without standard input, with what it says kept. */
#ifndef CHILD_H
#define CHILD_H

#include <stdint.h>

#include "error.h"

enum { CHILD_OUTPUT_SIZE = 64 << 10 };

struct child_result {
    int exit_status;                /* -1: ended by a signal */
    char output[CHILD_OUTPUT_SIZE]; /* the end of what it printed, to either stream */
};

/* Who watches it run. */
struct child_watch {
    void (*tick)(void *context);                   /* several times a second; or NULL */
    void (*line)(void *context, const char *line); /* each whole line that it prints; or NULL */
    void *context;
};

/* Runs ARGV (ended by NULL; argv[0] is looked up in PATH unless it has a slash) to its end. Killed
 * after LIMIT_MS (0: no limit): ERR_UNAVAILABLE; so it is, too, if the program is not there. WATCH
 * may be NULL. */
int child_run(const char *const argv[], int64_t limit_ms, const struct child_watch *watch,
              struct child_result *result, struct error *error);

#endif
