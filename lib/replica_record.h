/* What was last seen of a database's replicas, kept in BACKUP_DIR/.replicas/NAME.json: when
 * everything was in them is known only to who was there. In a folder of its own, so that who keeps
 * it needs no right to write backups. It is a note, not data: a lost or stale one makes the
 * answer less exact, never wrong. */
#ifndef REPLICA_RECORD_H
#define REPLICA_RECORD_H

#include <cjson/cJSON.h>
#include <stdint.h>

#include "catalog.h"
#include "litestream_layout.h"

/* The folder's name in BACKUP_DIR. */
#define REPLICA_NOTES ".replicas"

struct replica_record {
    char generation[GENERATION_SIZE]; /* empty: not known */
    struct layout_position position;  /* up to here the replica had everything of it */
    int64_t in_sync_ms;               /* what was committed before was in it; 0: never seen */
};

/* All records of the database; NULL if there are none. The caller frees it. */
cJSON *replica_record_load(const struct database *database);

/* The record of the replica at URL in RECORDS, which may be NULL. */
struct replica_record replica_record_get(const cJSON *records, const char *url);

/* Puts it into RECORDS. */
void replica_record_put(cJSON *records, const char *url, const struct replica_record *record);

/* Writes them all, as far as that is possible: without the right to write, none is kept. */
void replica_record_save(const struct database *database, const cJSON *records);

#endif
