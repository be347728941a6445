/* What one moment is made of: a snapshot and the WAL segments after it, fetched and proven to be
 * without a gap.
 *
 * Litestream itself joins the segments that it finds. One that is missing in the middle, or is not
 * the right one, makes it restore an older state, or a broken one, and say that all went well. So
 * every fetched file is unpacked, which checks its checksums; each segment must begin where the one
 * before it ended, up to the first one after the moment; and every frame must follow the one before
 * it (wal_check.h), so that SQLite will take all of them. What cannot be seen: that the last
 * segments of a WAL file are missing while the next file is there. SQLite's integrity check comes
 * after. */
#ifndef LITESTREAM_CHAIN_H
#define LITESTREAM_CHAIN_H

#include "litestream_history.h"
#include "progress.h"
#include "replica.h"

struct chain_segment {
    struct layout_position position;
    int64_t time_ms; /* when it came into the replica */
    int64_t size;    /* compressed */
};

struct chain {
    char generation[GENERATION_SIZE];
    struct history_snapshot snapshot;
    struct chain_segment *segments; /* in their order */
    size_t count;
    bool has_later; /* there are segments after the moment, the first of them at `later` */
    struct layout_position later;
    int64_t moment_ms; /* that was asked for */
    int64_t point_ms;  /* when the last of it came into the replica */
    int64_t size;      /* of all files, compressed */
};

/* Finds what MOMENT_MS (INT64_MAX: the latest) is made of. ERR_POINT, with the range, if it came
 * before all that the replica has. The caller frees it with chain_free(), whatever this returns. */
int chain_find(struct replica *replica, int64_t moment_ms, struct chain *chain,
               struct error *error);

void chain_free(struct chain *chain);

/* Fetches its files into the folder FOLDER_FD, as a replica of its own that has nothing else.
 * ERR_POINT if one is damaged or missing; ERR_NO_ROOM. */
int chain_fetch(struct replica *replica, const struct chain *chain, int folder_fd,
                const struct progress *progress, struct error *error);

#endif
