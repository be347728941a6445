/* Whether a WAL file is one unbroken chain: SQLite stops reading at the first frame that does not
 * follow the one before it, and takes the rest for what an older use of the file has left. In a
 * file that was put together from parts, such a frame means that a part is not the right one. */
#ifndef WAL_CHECK_H
#define WAL_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "wal_format.h"

struct wal_check {
    bool has_header;
    bool big_endian; /* the checksums' words */
    size_t page_size;
    unsigned char salts[WAL_SALTS_SIZE];
    uint32_t sums[2]; /* of all so far */
    size_t filled;    /* of `piece`, which is the header or a frame */
    unsigned char piece[WAL_FRAME_HEADER_SIZE + WAL_PAGE_MAX];
};

/* Begins with a new file. */
void wal_check_begin(struct wal_check *check);

/* Takes its next bytes. ERR_DAMAGED if they do not follow. */
int wal_check_feed(struct wal_check *check, const unsigned char *data, size_t size);

/* Whether what was taken ends with a whole frame, or the header. */
bool wal_check_is_even(const struct wal_check *check);

#endif
