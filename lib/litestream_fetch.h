/* What a replica has, as of any moment that it reaches back to: as a copy, and as a local backup.
 */
#ifndef LITESTREAM_FETCH_H
#define LITESTREAM_FETCH_H

#include "catalog.h"
#include "config.h"
#include "litestream_config.h"
#include "progress.h"
#include "store.h"

enum { MOMENT_LATEST = 0 };

/* A replica, and the database that it is of. */
struct litestream_source {
    struct litestream_database database;
    const struct litestream_replica *replica; /* one of the database's */
};

/* Finds the replica REPLICA_NAME (NULL: the first one) of DATABASE. ERR_NOT_FOUND without such a
 * one; ERR_UNAVAILABLE without any, or if Litestream's configuration cannot be read. *SOURCE must
 * not be copied. */
int litestream_find_source(const struct config *config, const struct database *database,
                           const char *replica_name, struct litestream_source *source,
                           struct error *error);

/* The file in the folder for unfinished work that is fetched into. */
#define LITESTREAM_COPY "fetched.db"

struct litestream_copy {
    int64_t point_ms; /* when its newest change came into the replica; 0: not known */
    int64_t size;     /* in bytes; 0: not known */
};

/* Fetches into WORK, as LITESTREAM_COPY, what the replica had at MOMENT_MS: never anything newer. A
 * moment after the last upload is the latest. The files are checked for gaps on their way
 * (litestream_chain.h), put together by Litestream's own restore, and checked as a database. What
 * only Litestream can read, it fetches itself. *COPY tells what is known, whatever the result.
 *
 * ERR_POINT for a moment that is not there or damaged; ERR_UNAVAILABLE if the replica or the
 * program cannot be reached; ERR_NO_ROOM. */
int litestream_fetch_copy(const struct config *config, const struct litestream_source *source,
                          int64_t moment_ms, const struct work *work,
                          const struct progress *progress, struct litestream_copy *copy,
                          struct error *error);

struct fetched {
    struct backup backup;
    int64_t point_ms;             /* when its newest change came into the replica */
    struct error retention_error; /* code 0: none */
};

/* The same from the replica REPLICA_NAME (NULL: the first one), published as a backup of kind
 * `litestream`. Errors as both. */
int litestream_fetch(const struct config *config, const struct database *database,
                     const struct store *store, const char *replica_name, int64_t moment_ms,
                     const struct progress *progress, struct fetched *fetched, struct error *error);

#endif
