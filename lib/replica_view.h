/* What one replica has, compared with where Litestream is: by what can be proven.
 *
 * Up to where a replica has everything, Litestream's metrics tell, or else what was seen before, or
 * else the replica's last segment. Everything is in it when that is where Litestream was when it
 * last looked at the database, and the replica itself shows a segment of this generation's current
 * WAL file, and a snapshot to restore on with the segment after it: so neither an older
 * generation's position nor one of a replica that was emptied since is taken for it.
 *
 * When not everything is in it, two things tell what is, less the time between two looks at the
 * database: a WAL file that it has whole, by the time when the next one was begun; and a segment of
 * the current one, whose content was read after the one before it had arrived (there is one upload
 * at a time). An object's own time would tell less: it is that of the upload's end, however long
 * that took. */
#ifndef REPLICA_VIEW_H
#define REPLICA_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "litestream_config.h"
#include "litestream_local.h"
#include "litestream_metrics.h"
#include "replica_record.h"

/* Where Litestream is with a database, read before and after its metrics. */
struct replica_view_base {
    const struct litestream_database *database;
    const struct litestream_metrics *metrics;
    const struct litestream_local *before;
    const struct litestream_local *after;
};

struct replica_view {
    bool has_all;       /* everything that there was when Litestream looked */
    bool no_snapshot;   /* there is none of this generation: nothing can be restored from it */
    bool no_begin;      /* the first segment after the last snapshot is missing: likewise */
    int64_t had_all_ms; /* if not: what was committed before is in it; 0: not known */
    int64_t lag_bytes;  /* of WAL that it has not; -1: not known */
};

/* Looks at the replica CONFIG until DEADLINE_MS (timestamp_monotonic_ms()). ERR_UNAVAILABLE says
 * why it cannot be read; *view then has what is known all the same. */
int replica_view_take(const struct replica_view_base *base, const struct litestream_replica *config,
                      const struct replica_record *record, int64_t deadline_ms,
                      struct replica_view *view, struct error *error);

#endif
