/* Making a local backup from a replica, as of any moment that it reaches back to. */
#ifndef LITESTREAM_FETCH_H
#define LITESTREAM_FETCH_H

#include "catalog.h"
#include "config.h"
#include "progress.h"
#include "store.h"

enum { MOMENT_LATEST = 0 };

struct fetched {
    struct backup backup;
    int64_t point_ms;             /* when its newest change came into the replica */
    struct error retention_error; /* code 0: none */
};

/* Fetches what the replica REPLICA_NAME (NULL: the first one) had at MOMENT_MS: never anything
 * newer. A moment after the last upload is the latest. The files are checked for gaps on their way
 * (litestream_chain.h), put together by Litestream's own restore, checked as a database and
 * published as a backup of kind `litestream`. What only Litestream can read, it fetches itself.
 *
 * ERR_NOT_FOUND without such a replica; ERR_POINT for a moment that is not there or damaged;
 * ERR_UNAVAILABLE if the replica or the program cannot be reached; ERR_NO_ROOM. */
int litestream_fetch(const struct config *config, const struct database *database,
                     const struct store *store, const char *replica_name, int64_t moment_ms,
                     const struct progress *progress, struct fetched *fetched, struct error *error);

#endif
