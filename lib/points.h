/* Counting restore points, and keeping the newest of them: in flat memory, however many come. */
#ifndef POINTS_H
#define POINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "litestream_layout.h"

enum { POINTS_MAX = 1000, POINT_INTERVALS_MAX = 500, POINTS_DEFAULT = 100 };

struct points_query {
    int64_t from_ms; /* 0: from the earliest */
    int64_t to_ms;   /* 0: to the latest */
    int limit;       /* so many points, the newest, from 1 to POINTS_MAX */
    int intervals;   /* counts for so many equal parts of the range, up to POINT_INTERVALS_MAX */
};

struct point {
    int64_t time_ms;
    int64_t size; /* compressed */
    enum layout_kind kind;
    char generation[GENERATION_SIZE];
};

struct points {
    int64_t earliest_ms, latest_ms; /* 0: there is nothing to restore */
    int64_t from_ms, to_ms;         /* the range that was looked at */
    struct point newest[2 * POINTS_MAX];
    size_t count;   /* of the newest, the newest first */
    bool truncated; /* there are more */
    int64_t interval_counts[POINT_INTERVALS_MAX];
};

/* What goes on while they come, in any order. */
struct points_collection {
    const struct points_query *query;
    struct points *points;
    int64_t total; /* of those in the range */
};

/* Takes POINT, if it lies in the range that `points` says. */
void points_add(struct points_collection *collection, const struct point *point);

/* ERR_POINT for a moment from before EARLIEST_MS, with the range. */
int points_refuse(int64_t earliest_ms, int64_t latest_ms, struct error *error);

/* Puts what was kept in order. */
void points_finish(struct points_collection *collection);

#endif
