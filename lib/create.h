/* Making a backup: from a live database, or from any finished database file. */
#ifndef CREATE_H
#define CREATE_H

#include "catalog.h"
#include "config.h"
#include "progress.h"
#include "store.h"

/* What the caller decides about the new backup. */
struct create_options {
    enum backup_kind kind;
    const char *label; /* NULL or empty: none */
    bool pinned;
    bool keeps_all; /* without retention: the caller sees to it when its work has succeeded */
};

/* Takes a backup of the live database: snapshot, check, checksum, sync, publish. When this returns
 * 0, *backup is on stable storage. Afterwards retention runs; if that fails, the backup stays valid
 * and *retention_error holds the reason (its code is 0 otherwise).
 *
 * Errors as snapshot_take() and store_publish(); ERR_DAMAGED if the live database is damaged. */
int create_from_live(const struct config *config, const struct database *database,
                     const struct store *store, const struct create_options *options,
                     const struct progress *progress, struct backup *backup,
                     struct error *retention_error, struct error *error);

/* The same from the file NAME in WORK, a complete database in one file, whose state is that of
 * BACKUP->created_ms. */
int create_from_work(const struct config *config, const struct store *store,
                     const struct work *work, const char *name,
                     const struct create_options *options, const struct progress *progress,
                     struct backup *backup, struct error *retention_error, struct error *error);

#endif
