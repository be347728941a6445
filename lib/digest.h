/* SHA-256 of files. */
#ifndef DIGEST_H
#define DIGEST_H

#include <pthread.h>
#include <stdbool.h>

#include "backup.h"
#include "error.h"

/* A digest that is being taken on a thread of its own, beside the check of the same file: each
 * takes about as long as the other, and both together are most of what a backup takes. */
struct digest_job {
    int fd; /* -1: not started */
    int64_t size;
    char sha256[SHA256_SIZE]; /* after digest_finish(): lower-case hexadecimal digits */
    int result;
    struct error error;
    pthread_t thread;
    bool has_thread;
};

/* Begins the SHA-256 of the whole file NAME in FOLDER_FD. */
int digest_start(struct digest_job *job, int folder_fd, const char *name, struct error *error);

/* Waits for it. To be called exactly once after digest_start() returned 0. */
int digest_finish(struct digest_job *job, struct error *error);

#endif
