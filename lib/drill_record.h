/* What the last restore drill of a database came to, kept in BACKUP_DIR/.drills/NAME.json.
 *
 * A record is of one database and of the replica that it was made with. Proof from a replica that
 * is configured no more is worth nothing: who knows the configuration takes
 * drill_record_read_of(). */
#ifndef DRILL_RECORD_H
#define DRILL_RECORD_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "catalog.h"
#include "litestream_config.h"

/* The folder's name in BACKUP_DIR. */
#define DRILL_RECORDS ".drills"

/* Where a replica is, as printable text: buckets of one name are at several endpoints. */
struct drill_address {
    char url[PATH_MAX + LITESTREAM_TEXT_SIZE]; /* empty: nowhere */
    char endpoint[LITESTREAM_TEXT_SIZE];       /* of S3; empty: AWS, or no S3 */
};

struct drill_record {
    int64_t last_ms; /* when the last drill ended; 0: there was none, and nothing else is set */
    bool proven;     /* what it came to */
    char detail[ERROR_DETAIL_SIZE]; /* the same in a sentence, with the reason if it failed */
    struct drill_address replica;
    int64_t point_ms; /* when the newest change that came back was uploaded; 0: none came back */
    int64_t duration_ms;
    int64_t tables, rows, size;          /* of what came back, in bytes; -1: not known */
    int64_t last_proven_ms;              /* the last one that was proven ended; 0: none was */
    struct drill_address proven_replica; /* of that one */
};

/* Reads the record of DATABASE; last_ms is 0 if there is none. ERR_DAMAGED if it cannot be
 * understood; ERR_IO. Changes nothing, and waits for nobody. */
int drill_record_read(const struct database *database, struct drill_record *record,
                      struct error *error);

/* The same without what is not of the replicas of CONFIGURED: the last drill, the last proof, or
 * both. */
int drill_record_read_of(const struct database *database,
                         const struct litestream_database *configured, struct drill_record *record,
                         struct error *error);

/* Puts RECORD, on stable storage, in the place of the last one. Under drill_record_lock(). */
int drill_record_write(const struct database *database, const struct drill_record *record,
                       struct error *error);

/* Takes the lock of the one drill of DATABASE that may run; returns a descriptor whose file_close()
 * releases it, or ERR_BUSY. BACKUP_DIR must be there. */
int drill_record_lock(const struct database *database, struct error *error);

/* The record as the API shows it. The caller frees it. */
cJSON *drill_record_to_json(const struct drill_record *record, const char *database);

/* Where REPLICA is. */
void drill_address_of(const struct litestream_replica *replica, struct drill_address *address);

/* Whether that is at ADDRESS. */
bool drill_address_is(const struct drill_address *address,
                      const struct litestream_replica *replica);

#endif
