/* Progress of long work: the worker reports, whoever started it decides who is shown. */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stddef.h>
#include <stdint.h>

struct progress {
    /* PHASE is a short English word or two; DONE and TOTAL count bytes. */
    void (*report)(void *context, const char *phase, uint64_t done, uint64_t total);
    void *context;
};

/* PROGRESS may be NULL: then nobody watches. */
static inline void progress_report(const struct progress *progress, const char *phase,
                                   uint64_t done, uint64_t total)
{
    if (progress != NULL && progress->report != NULL) {
        progress->report(progress->context, phase, done, total);
    }
}

#endif
