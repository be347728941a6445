#include "points.h"

#include <stdlib.h>

#include "timestamp.h"

static int newest_first(const void *left, const void *right)
{
    const struct point *a = left;
    const struct point *b = right;
    return a->time_ms > b->time_ms ? -1 : a->time_ms < b->time_ms;
}

/* Keeps the newest, as many as are wanted. */
static void prune(struct points_collection *collection)
{
    struct points *points = collection->points;
    size_t limit = (size_t)collection->query->limit;
    qsort(points->newest, points->count, sizeof points->newest[0], newest_first);
    points->count = points->count < limit ? points->count : limit;
}

static void count_interval(struct points_collection *collection, int64_t time_ms)
{
    struct points *points = collection->points;
    int64_t length = points->to_ms - points->from_ms;
    int count = collection->query->intervals;
    if (count > 0) {
        double part = length == 0 ? 0 : (double)(time_ms - points->from_ms) / (double)length;
        int at = (int)(part * count);
        points->interval_counts[at < count ? at : count - 1]++;
    }
}

void points_add(struct points_collection *collection, const struct point *point)
{
    struct points *points = collection->points;
    if (point->time_ms < points->from_ms || point->time_ms > points->to_ms) {
        return;
    }
    collection->total++;
    count_interval(collection, point->time_ms);
    if (points->count == 2 * (size_t)collection->query->limit) {
        prune(collection);
    }
    points->newest[points->count++] = *point;
}

void points_finish(struct points_collection *collection)
{
    prune(collection);
    collection->points->truncated = collection->total > (int64_t)collection->points->count;
}

int points_refuse(int64_t earliest_ms, int64_t latest_ms, struct error *error)
{
    char earliest[TIMESTAMP_SIZE];
    char latest[TIMESTAMP_SIZE];
    timestamp_format(earliest_ms, TIMESTAMP_MILLISECONDS, earliest);
    timestamp_format(latest_ms, TIMESTAMP_MILLISECONDS, latest);
    return error_set(error, ERR_POINT,
                     "The replica does not reach back that far: ask for a time from %s to %s.",
                     earliest, latest);
}
