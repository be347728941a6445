/* SQLite's WAL format, as far as this project reads it
 * (https://www.sqlite.org/fileformat2.html#walformat): a header, then frames of a header and a page
 * each. Its numbers are big-endian. */
#ifndef WAL_FORMAT_H
#define WAL_FORMAT_H

#include <stdint.h>

enum {
    WAL_HEADER_SIZE = 32,
    WAL_HEADER_PAGE_SIZE_AT = 8,
    WAL_HEADER_SALTS_AT = 16,
    WAL_HEADER_SUMS_AT = 24,
    WAL_FRAME_HEADER_SIZE = 24,
    WAL_FRAME_SALTS_AT = 8,
    WAL_FRAME_SUMS_AT = 16,
    WAL_SALTS_SIZE = 8,
    WAL_PAGE_MAX = 65536,
};

static inline uint32_t wal_number(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

#endif
