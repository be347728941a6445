/* SHA-256 of a file. */
#ifndef DIGEST_H
#define DIGEST_H

#include "backup.h"
#include "error.h"
#include "progress.h"

/* The SHA-256 of the whole file FD, as lower-case hexadecimal digits. */
int digest_file(int fd, int64_t size, const struct progress *progress, char out[SHA256_SIZE],
                struct error *error);

#endif
