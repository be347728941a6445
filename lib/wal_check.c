#include "wal_check.h"

#include <string.h>

enum { SUMMED_OF_FRAME_HEADER = 8, PAGE_MIN = 512 };

/* The last bit tells the byte order of the checksums' words. */
static const uint32_t magic = 0x377f0682;

static uint32_t little_endian(const unsigned char *bytes)
{
    return (uint32_t)bytes[3] << 24 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[1] << 8 | bytes[0];
}

/* Adds SIZE bytes, a multiple of 8, to the sums. */
static void sum(struct wal_check *check, const unsigned char *data, size_t size)
{
    uint32_t first = check->sums[0];
    uint32_t second = check->sums[1];
    for (size_t i = 0; i < size; i += 8) {
        first += (check->big_endian ? wal_number(data + i) : little_endian(data + i)) + second;
        second +=
            (check->big_endian ? wal_number(data + i + 4) : little_endian(data + i + 4)) + first;
    }
    check->sums[0] = first;
    check->sums[1] = second;
}

static bool sums_are(const struct wal_check *check, const unsigned char *stored)
{
    return wal_number(stored) == check->sums[0] && wal_number(stored + 4) == check->sums[1];
}

static int take_header(struct wal_check *check)
{
    const unsigned char *header = check->piece;
    uint32_t first = wal_number(header);
    uint32_t page_size = wal_number(header + WAL_HEADER_PAGE_SIZE_AT);
    if ((first & ~1U) != magic || page_size < PAGE_MIN || page_size > WAL_PAGE_MAX ||
        (page_size & (page_size - 1)) != 0) {
        return ERR_DAMAGED;
    }
    check->has_header = true;
    check->big_endian = (first & 1U) != 0;
    check->page_size = page_size;
    memcpy(check->salts, header + WAL_HEADER_SALTS_AT, sizeof check->salts);
    sum(check, header, WAL_HEADER_SUMS_AT);
    return sums_are(check, header + WAL_HEADER_SUMS_AT) ? 0 : ERR_DAMAGED;
}

static int take_frame(struct wal_check *check)
{
    const unsigned char *frame = check->piece;
    sum(check, frame, SUMMED_OF_FRAME_HEADER);
    sum(check, frame + WAL_FRAME_HEADER_SIZE, check->page_size);
    return memcmp(frame + WAL_FRAME_SALTS_AT, check->salts, sizeof check->salts) == 0 &&
                   sums_are(check, frame + WAL_FRAME_SUMS_AT)
               ? 0
               : ERR_DAMAGED;
}

void wal_check_begin(struct wal_check *check)
{
    check->has_header = false;
    check->sums[0] = 0;
    check->sums[1] = 0;
    check->filled = 0;
}

int wal_check_feed(struct wal_check *check, const unsigned char *data, size_t size)
{
    int result = 0;
    while (result == 0 && size > 0) {
        size_t whole =
            check->has_header ? WAL_FRAME_HEADER_SIZE + check->page_size : WAL_HEADER_SIZE;
        size_t missing = whole - check->filled;
        size_t part = size < missing ? size : missing;
        memcpy(check->piece + check->filled, data, part);
        check->filled += part;
        data += part;
        size -= part;
        if (check->filled == whole) {
            check->filled = 0;
            result = check->has_header ? take_frame(check) : take_header(check);
        }
    }
    return result;
}

bool wal_check_is_even(const struct wal_check *check)
{
    return check->filled == 0;
}
