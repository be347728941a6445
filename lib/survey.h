/* The survey: what a monitoring wants to know of every database at once. Each part is looked at for
 * itself: one that cannot be looked at is told, and spoils no other. */
#ifndef SURVEY_H
#define SURVEY_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "audit_tally.h"
#include "catalog.h"
#include "config.h"
#include "litestream_status.h"

/* More of them than this are not told: each has some hundred lines. */
enum { SURVEY_DATABASES_MAX = 100 };

/* A survey takes no longer than this, whatever hangs but the disk, and a moment for the rest. */
enum { SURVEY_MS = 2000 };

enum survey_part {
    SURVEY_BACKUPS,
    SURVEY_SPACE,
    SURVEY_DRILL,
    SURVEY_CHANGES,
    SURVEY_HEALTH,
    SURVEY_REPLICATION,
    SURVEY_PART_COUNT,
};

/* What the last check of a backup came to, as its manifest tells. */
enum survey_state {
    SURVEY_VERIFIED,
    SURVEY_DAMAGED,    /* it was whole once, and is not any more */
    SURVEY_UNVERIFIED, /* never checked: somebody put it there by hand */
    SURVEY_UNREADABLE, /* so is its manifest */
    SURVEY_STATE_COUNT,
};

struct survey_kind {
    int64_t count;
    int64_t bytes;
    int64_t newest_ms; /* when the newest was made; 0: there is none */
};

struct survey_replica {
    char name[LITESTREAM_NAME_SIZE]; /* empty: there is no replica */
    enum replication_state state;
    int64_t last_sync_ms; /* as in struct replica_status */
    int64_t lag_ms;
    int64_t lag_bytes;
};

struct survey_drill {
    int64_t last_ms; /* 0: there was none, and nothing else is set */
    bool proven;
    int64_t duration_ms;
    int64_t last_proven_ms; /* from a replica that is configured still; 0: none was */
};

/* Of one database. What belongs to a part that was not looked at is zero. */
struct survey {
    const struct database *database;
    bool looked[SURVEY_PART_COUNT];
    int64_t live_bytes; /* -1: there is no such file */
    struct file_space space;
    struct survey_kind kinds[BACKUP_KIND_COUNT];
    int64_t states[SURVEY_STATE_COUNT];
    int64_t newest_verified_ms; /* when the newest whole one was made; 0: there is none */
    int64_t last_check_ms;      /* of whichever; 0: never */
    struct survey_drill drill;
    cJSON *health; /* as health_check() tells it */
    int replica_count;
    struct survey_replica replicas[LITESTREAM_REPLICAS_MAX];
    struct audit_tally changes; /* of the last day */
};

/* "backups", ...; "verified", ... */
const char *survey_part_name(enum survey_part part);
const char *survey_state_name(enum survey_state state);

/* One survey at a time, so that the other workers of a program answer others meanwhile: *ret_fd is
 * for file_close() afterwards. ERR_BUSY. */
int survey_lock(const struct config *config, int *ret_fd, struct error *error);

/* Looks at the COUNT databases in LIST, which must last as long as the surveys. Returns one of
 * each; NULL without memory. */
struct survey *survey_take(const struct config *config, const struct database *list, size_t count);

/* Accepts NULL. */
void survey_free(struct survey *surveys, size_t count);

#endif
