/* SHA-256 without OpenSSL's machinery around it: that allocates, and crashes where it gets no
 * memory. */
#define OPENSSL_API_COMPAT 0x10100000L

#include "digest.h"

#include <errno.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "file.h"

/* Large enough to make system calls rare, small enough for the processor's cache. */
enum { PIECE = 256 << 10 };

static int digest_pieces(SHA256_CTX *context, unsigned char *piece, int fd, struct error *error)
{
    off_t done = 0;
    for (;;) {
        ssize_t got = pread(fd, piece, PIECE, done);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return error_system(error, errno, "Cannot read the backup");
        }
        if (got == 0) {
            return 0;
        }
        SHA256_Update(context, piece, (size_t)got);
        done += got;
    }
}

static int digest_fd(int fd, char out[SHA256_SIZE], struct error *error)
{
    unsigned char *piece = malloc(PIECE);
    SHA256_CTX context;
    SHA256_Init(&context);
    int result = piece == NULL ? error_memory(error) : digest_pieces(&context, piece, fd, error);
    if (result == 0) {
        unsigned char digest[SHA256_DIGEST_LENGTH];
        SHA256_Final(digest, &context);
        for (size_t i = 0; i < (SHA256_SIZE - 1) / 2; i++) {
            snprintf(out + 2 * i, 3, "%02x", digest[i]);
        }
    }
    free(piece);
    return result;
}

static void *run(void *argument)
{
    struct digest_job *job = argument;
    job->result = digest_fd(job->fd, job->sha256, &job->error);
    return NULL;
}

int digest_start(struct digest_job *job, int folder_fd, const char *name, struct error *error)
{
    *job = (struct digest_job){.fd = -1};
    int fd = file_open_regular(folder_fd, name, &job->size, error);
    if (fd < 0) {
        return fd;
    }
    job->fd = fd;
    job->has_thread = pthread_create(&job->thread, NULL, run, job) == 0;
    return 0;
}

int digest_finish(struct digest_job *job, struct error *error)
{
    if (job->has_thread) {
        pthread_join(job->thread, NULL);
    } else {
        run(job);
    }
    file_close(job->fd);
    job->fd = -1;
    if (job->result < 0) {
        *error = job->error;
    }
    return job->result;
}
