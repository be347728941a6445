/* Whether a database's changes are in its replicas.
 *
 * Litestream keeps a copy of the WAL beside the database and looks for new frames every monitor
 * interval; where it is, its folder tells (litestream_local.h). What a replica has, replica_view.h
 * finds out. When everything that Litestream has seen is in a replica, the last sync is now if that
 * is all that was committed, and else the moment when Litestream last looked. */
#ifndef LITESTREAM_STATUS_H
#define LITESTREAM_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#include "catalog.h"
#include "config.h"
#include "litestream_config.h"
#include "progress.h"

/* From the best to the worst. */
enum replication_state {
    REPLICATION_ACTIVE,      /* nothing older than the sync interval + 5 s is missing */
    REPLICATION_BEHIND,      /* something is, or may be */
    REPLICATION_UNREACHABLE, /* the replica does not answer, or refuses */
    REPLICATION_STOPPED,     /* Litestream does not run, or hangs */
    REPLICATION_DISABLED,    /* it is not configured for this database */
};

struct replica_status {
    enum replication_state state;
    int64_t last_sync_ms; /* when everything was in the replica last; 0: not known */
    int64_t lag_ms;       /* how old what is missing may be; -1: not known */
    int64_t lag_bytes;    /* of WAL that are missing; -1: not known */
    char detail[ERROR_DETAIL_SIZE];
};

struct litestream_status {
    enum replication_state state; /* the worst of the replicas' */
    char detail[ERROR_DETAIL_SIZE];
    struct litestream_database database; /* its replicas; none if disabled */
    struct replica_status replicas[LITESTREAM_REPLICAS_MAX];
};

/* "active", "behind", … */
const char *replication_state_name(enum replication_state state);

/* How long litestream_status_read() looks at most. */
enum { LITESTREAM_STATUS_MS = 1700 };

/* Looks, for less than 2 seconds whatever hangs. ERR_UNAVAILABLE if Litestream's configuration
 * cannot be read. */
int litestream_status_read(const struct config *config, const struct database *database,
                           struct litestream_status *status, struct error *error);

/* The same, until DEADLINE_MS (timestamp_monotonic_ms()). */
int litestream_status_read_until(const struct config *config, const struct database *database,
                                 int64_t deadline_ms, struct litestream_status *status,
                                 struct error *error);

/* The worst replica's place in status->replicas; -1 if there is none. */
int litestream_status_worst(const struct litestream_status *status);

/* Waits until everything of before now is in all replicas, no longer than LIMIT_MS beyond the
 * longest sync interval and the monitor interval, and not at all for what is stopped or
 * unreachable. Then says how it is. */
enum replication_state litestream_status_wait(const struct config *config,
                                              const struct database *database, int64_t limit_ms,
                                              const struct progress *progress);

#endif
