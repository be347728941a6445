/* Whether a compressed file is whole, and how long what is in it is: LZ4 frames are unpacked and
 * their checksums checked, and nothing is kept. */
#ifndef LZ4_MEASURE_H
#define LZ4_MEASURE_H

#include <lz4frame.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

struct lz4_measure {
    LZ4F_dctx *decoder;
    int64_t length;
    bool is_whole;
};

int lz4_measure_begin(struct lz4_measure *measure, struct error *error);

/* Takes the next bytes of the compressed file. ERR_DAMAGED if they cannot be. */
int lz4_measure_feed(struct lz4_measure *measure, const char *data, size_t size);

/* Ends it. Returns the unpacked length, or ERR_DAMAGED if the file was cut off. */
int64_t lz4_measure_end(struct lz4_measure *measure);

#endif
