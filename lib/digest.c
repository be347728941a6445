#include "digest.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Large enough to make system calls rare, small enough for the processor's cache. */
enum { PIECE = 256 << 10, REPORT_EVERY = 32 << 20 };

static int digest_pieces(EVP_MD_CTX *context, unsigned char *piece, int fd, int64_t size,
                         const struct progress *progress, struct error *error)
{
    int64_t done = 0;
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
        EVP_DigestUpdate(context, piece, (size_t)got);
        done += got;
        if (done % REPORT_EVERY < PIECE) {
            progress_report(progress, "checksum", (uint64_t)done, (uint64_t)size);
        }
    }
}

int digest_file(int fd, int64_t size, const struct progress *progress, char out[SHA256_SIZE],
                struct error *error)
{
    unsigned char *piece = malloc(PIECE);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int result = 0;
    if (piece == NULL || context == NULL || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1) {
        result = error_memory(error);
    }
    if (result == 0) {
        result = digest_pieces(context, piece, fd, size, progress, error);
    }
    if (result == 0) {
        unsigned char digest[EVP_MAX_MD_SIZE];
        EVP_DigestFinal_ex(context, digest, NULL);
        for (int i = 0; i < (SHA256_SIZE - 1) / 2; i++) {
            snprintf(out + 2 * i, 3, "%02x", digest[i]);
        }
    }
    EVP_MD_CTX_free(context);
    free(piece);
    return result;
}
