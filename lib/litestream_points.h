/* The moments that a replica can give back: its snapshots and WAL segments.
 *
 * What does not lie in the asked range is not read where the store sorts its names: the snapshots
 * tell between which WAL files the range lies. What is read is counted and, but for the newest
 * points, forgotten: a week of segments takes no more memory than an hour. */
#ifndef LITESTREAM_POINTS_H
#define LITESTREAM_POINTS_H

#include "points.h"
#include "replica.h"

int points_read(struct replica *replica, const struct points_query *query, struct points *points,
                struct error *error);

#endif
