/* Unpacking LZ4 frames as they come, with their checksums checked. */
#ifndef LZ4_READER_H
#define LZ4_READER_H

#include <lz4frame.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

struct lz4_reader {
    LZ4F_dctx *decoder;
    /* Gets what is unpacked; a negative code ends the reading. NULL: it is only counted. */
    int (*take)(void *context, const unsigned char *data, size_t size);
    void *context;
    int64_t length; /* unpacked */
    bool is_whole;
};

/* Begins; `take` and `context` may be set then. */
int lz4_reader_begin(struct lz4_reader *reader, struct error *error);

/* Takes the next bytes of the compressed file. ERR_DAMAGED if they cannot be, or what `take`
 * returned. */
int lz4_reader_feed(struct lz4_reader *reader, const char *data, size_t size);

/* Ends it. Returns the unpacked length, or ERR_DAMAGED if the file was cut off. */
int64_t lz4_reader_end(struct lz4_reader *reader);

#endif
