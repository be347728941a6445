/* What one moment is made of: a snapshot and the WAL segments after it, fetched and proven to be
 * without a gap.
 *
 * Litestream itself joins the segments that it finds. One that is missing in the middle makes it
 * restore an older state, or a broken one, and say that all went well. So every file is unpacked on
 * its way, which checks its checksums and tells its length, and each segment must begin where the
 * one before it ended. (What cannot be seen: that the last segments of a WAL file are missing while
 * the next file is there. SQLite's integrity check comes after.) */
#ifndef LITESTREAM_CHAIN_H
#define LITESTREAM_CHAIN_H

#include "litestream_history.h"
#include "progress.h"
#include "replica.h"

struct chain_segment {
    struct layout_position position;
    int64_t time_ms; /* when it came into the replica */
    int64_t size;    /* compressed */
    int64_t length;  /* unpacked; known when it is fetched */
};

struct chain {
    char generation[GENERATION_SIZE];
    struct history_snapshot snapshot;
    struct chain_segment *segments; /* in their order */
    size_t count;
    int64_t point_ms; /* when the last of it came into the replica */
    int64_t size;     /* of all files, compressed */
};

/* Finds what MOMENT_MS (INT64_MAX: the latest) is made of. ERR_POINT, with the range, if it came
 * before all that the replica has. The caller frees it with chain_free(), whatever this returns. */
int chain_find(struct replica *replica, int64_t moment_ms, struct chain *chain,
               struct error *error);

void chain_free(struct chain *chain);

/* Fetches its files into the folder FOLDER_FD, as a replica of its own that has nothing else.
 * ERR_POINT if one is damaged or missing; ERR_NO_ROOM. */
int chain_fetch(struct replica *replica, struct chain *chain, int folder_fd,
                const struct progress *progress, struct error *error);

#endif
