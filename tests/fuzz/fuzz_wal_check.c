/* WAL files: as they come; and made whole, by a second writing of SQLite's checksums, from what
 * comes: that is taken, and with one bit changed it is not. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "wal_check.h"

enum { PAGE_SIZE = 512, FRAME_SIZE = WAL_FRAME_HEADER_SIZE + PAGE_SIZE };

static struct wal_check check;

static int feed(const uint8_t *data, size_t size, bool in_pieces)
{
    uint32_t state = (uint32_t)size;
    int result = 0;
    wal_check_begin(&check);
    while (result == 0 && size > 0) {
        size_t piece = in_pieces ? fuzz_piece(&state, size) : size;
        result = wal_check_feed(&check, data, piece);
        data += piece;
        size -= piece;
    }
    REQUIRE(result == 0 || result == ERR_DAMAGED);
    return result == 0 && !wal_check_is_even(&check) ? ERR_IO : result;
}

/* --- SQLite's checksums, once more ---------------------------------------------------------- */

static void put(uint8_t *at, uint32_t number)
{
    for (int i = 0; i < 4; i++) {
        at[i] = (uint8_t)(number >> (24 - 8 * i));
    }
}

/* https://www.sqlite.org/fileformat2.html#checksum_algorithm */
static void sum(const uint8_t *data, size_t size, bool big_endian, uint32_t sums[2])
{
    for (size_t i = 0; i < size; i += 4) {
        uint32_t word = 0;
        for (size_t k = 0; k < 4; k++) {
            word |= (uint32_t)data[i + k] << (big_endian ? 24 - 8 * k : 8 * k);
        }
        sums[i / 4 % 2] += word + sums[1 - i / 4 % 2];
    }
}

/* Makes WAL, whose bytes are anything, a whole WAL file of FRAMES frames. */
static void repair(uint8_t *wal, size_t frames, bool big_endian)
{
    uint32_t sums[2] = {0, 0};
    put(wal, 0x377f0682 | (big_endian ? 1 : 0));
    put(wal + WAL_HEADER_PAGE_SIZE_AT, PAGE_SIZE);
    sum(wal, WAL_HEADER_SUMS_AT, big_endian, sums);
    put(wal + WAL_HEADER_SUMS_AT, sums[0]);
    put(wal + WAL_HEADER_SUMS_AT + 4, sums[1]);
    for (size_t i = 0; i < frames; i++) {
        uint8_t *frame = wal + WAL_HEADER_SIZE + i * FRAME_SIZE;
        memcpy(frame + WAL_FRAME_SALTS_AT, wal + WAL_HEADER_SALTS_AT, WAL_SALTS_SIZE);
        sum(frame, 8, big_endian, sums);
        sum(frame + WAL_FRAME_HEADER_SIZE, PAGE_SIZE, big_endian, sums);
        put(frame + WAL_FRAME_SUMS_AT, sums[0]);
        put(frame + WAL_FRAME_SUMS_AT + 4, sums[1]);
    }
}

static void require_repaired(struct fuzz_input input)
{
    size_t where = (size_t)fuzz_byte(&input) << 8;
    where |= fuzz_byte(&input);
    if (input.size < WAL_HEADER_SIZE) {
        return;
    }
    size_t frames = (input.size - WAL_HEADER_SIZE) / FRAME_SIZE;
    size_t size = WAL_HEADER_SIZE + frames * FRAME_SIZE;
    uint8_t *wal = malloc(size);
    memcpy(wal, input.data, size);
    repair(wal, frames, where % 2 == 1);
    REQUIRE(feed(wal, size, true) == 0 && feed(wal, size, false) == 0);
    REQUIRE(feed(wal, size - 1, true) == ERR_IO);
    wal[where / 8 % size] ^= (uint8_t)(1 << where % 8);
    REQUIRE(feed(wal, size, true) == ERR_DAMAGED);
    free(wal);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    REQUIRE(feed(data, size, true) == feed(data, size, false));
    require_repaired(input);
    return 0;
}
