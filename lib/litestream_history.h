/* A replica's generations and their snapshots: the frame in which every restorable moment lies.
 *
 * A moment is restored from the generation that was the current one then: the last whose oldest
 * snapshot came before it; from that generation's last snapshot before it, and the segments after
 * that. A generation's first snapshot lacks what was in the WAL when it was made, until the WAL's
 * first segment is there: its time is that segment's. What a store tells of an object's age in
 * whole seconds counts from the second's end: so a moment never gives what came after it. */
#ifndef LITESTREAM_HISTORY_H
#define LITESTREAM_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "litestream_layout.h"
#include "replica.h"

struct history_snapshot {
    int64_t index;
    int64_t size;
    int64_t time_ms;
};

struct history_last {
    bool found;
    struct layout_position position;
    int64_t time_ms;
};

struct history_generation {
    char name[GENERATION_SIZE];
    struct history_snapshot *snapshots; /* at least one, the oldest first */
    size_t count;
    struct history_last last; /* segment; history_find_last() finds it */
    bool has_wal;             /* there are segments to the oldest snapshot */
    bool is_incomplete;       /* while it is read: there is no room for all snapshots */
};

struct history {
    struct history_generation *generations; /* by their oldest snapshots, the oldest first */
    size_t count;
};

/* When OBJECT was there for certain. */
int64_t history_time(const struct replica_object *object);

/* Reads which generations and snapshots there are. Generations without a snapshot or without
 * segments are left out; ERR_POINT if there are only such ones. The caller frees it with
 * history_free(), whatever this returns. */
int history_read(struct replica *replica, struct history *history, struct error *error);

void history_free(struct history *history);

/* The oldest restorable moment; 0 if there is none. */
int64_t history_earliest(const struct history *history);

/* The generation that was current at MOMENT_MS (INT64_MAX: the last one); NULL before all. */
const struct history_generation *history_generation_at(const struct history *history,
                                                       int64_t moment_ms);

/* GENERATION's last snapshot of MOMENT_MS or before; NULL if there is none. */
const struct history_snapshot *history_snapshot_at(const struct history_generation *generation,
                                                   int64_t moment_ms);

/* Finds GENERATION's last segment, once, and notes it there. */
int history_find_last(struct replica *replica, struct history_generation *generation,
                      struct error *error);

/* The youngest restorable moment: of the last generation's last snapshot or segment; 0 if there is
 * none. */
int history_find_latest(struct replica *replica, struct history *history, int64_t *ret_latest_ms,
                        struct error *error);

#endif
