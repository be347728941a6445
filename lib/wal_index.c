#include "wal_index.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "file.h"

enum { VERSION = 3007000, TRIES = 20 };

/* In the machine's byte order, but for the salts. */
struct header {
    uint32_t version;
    uint32_t unused;
    uint32_t change;
    uint8_t is_initialized;
    uint8_t has_big_endian_sums;
    uint16_t page_size; /* 1: 65536 */
    uint32_t last_frame;
    uint32_t page_count;
    uint32_t frame_sums[2];
    unsigned char salts[WAL_SALTS_SIZE];
    uint32_t sums[2];
};

_Static_assert(sizeof(struct header) == 48, "as SQLite lays it out");

static bool read_twice(int fd, struct header headers[2])
{
    for (int i = 0; i < TRIES; i++) {
        if (file_read_at(fd, headers, 2 * sizeof headers[0], 0) !=
            (ssize_t)(2 * sizeof headers[0])) {
            return false;
        }
        if (memcmp(&headers[0], &headers[1], sizeof headers[0]) == 0) {
            return headers[0].is_initialized == 1 && headers[0].version == VERSION;
        }
    }
    return false;
}

bool wal_index_read(const char *path, struct wal_index *index)
{
    char shm[PATH_MAX + sizeof "-shm"];
    struct header headers[2];
    struct error error;
    snprintf(shm, sizeof shm, "%s-shm", path);
    int fd = file_open(AT_FDCWD, shm, O_RDONLY | O_NONBLOCK, &error);
    bool good = fd >= 0 && read_twice(fd, headers);
    file_close(fd);
    if (good) {
        int64_t page = headers[0].page_size == 1 ? WAL_PAGE_MAX : headers[0].page_size;
        memcpy(index->salts, headers[0].salts, sizeof index->salts);
        index->end = headers[0].last_frame == 0
                         ? 0
                         : WAL_HEADER_SIZE + headers[0].last_frame * (WAL_FRAME_HEADER_SIZE + page);
    }
    return good;
}
