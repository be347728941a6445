/* A library to preload: what would wait for a minute (a worker that has nothing to do,
 * lib/worker.h) waits for IDLE_MS milliseconds instead. */
#include <dlfcn.h>
#include <poll.h>
#include <stdlib.h>

#include "worker.h"

int poll(struct pollfd *descriptors, nfds_t count, int timeout_ms)
{
    const char *idle_ms = getenv("IDLE_MS");
    int (*next)(struct pollfd *, nfds_t, int) = dlsym(RTLD_NEXT, "poll");
    if (timeout_ms == WORKER_IDLE_MS && idle_ms != NULL) {
        timeout_ms = atoi(idle_ms);
    }
    return next(descriptors, count, timeout_ms);
}
