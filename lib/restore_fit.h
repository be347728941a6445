/* The parts of a restore that come before the write lock: comparing the backup with the live
 * database, fitting it to it, and seeing whether there is room. For restore.c only. */
#ifndef RESTORE_FIT_H
#define RESTORE_FIT_H

#include <sqlite3.h>

#include "restore.h"
#include "work.h"

/* What the parts of one restore share. */
struct restore_job {
    const struct config *config;
    const struct database *database;
    const struct store *store;
    const char *filename;
    bool force;
    const struct progress *progress;
    struct work work;
    struct restore_result *result;
    bool live_is_lost; /* no transaction can begin on the live database */
    bool is_compared;  /* its tables were compared with the backup's, or need not be */
    bool is_announced; /* restore.started was sent */
};

/* Opens the file NAME of the restore's work folder for reading. */
int restore_fit_open(const struct restore_job *job, const char *name, sqlite3 **ret_db,
                     struct error *error);

/* Whether there is nothing in the database: no table, and no page beside the first. *ret_bare stays
 * as it was where that cannot be told. */
int restore_fit_is_bare(sqlite3 *db, bool *ret_bare, struct error *error);

/* Compares the tables of LIVE (or of a copy of it) with those of the staged backup, unless forced:
 * ERR_SCHEMA_DIFFERS. Sets is_compared unless LIVE is bare, and reopen_required where open
 * connections cannot read the backup's text. */
int restore_fit_compare(struct restore_job *job, sqlite3 *live, struct error *error);

/* Gives the staged backup the live database's page size, and Litestream's tables if it needs them.
 */
int restore_fit_stage(const struct restore_job *job, sqlite3 *live, struct error *error);

/* ERR_NO_ROOM unless the restore's transaction fits on the live database's file system. */
int restore_fit_check_room(const struct restore_job *job, struct error *error);

#endif
