/* Restoring a backup into the live database while everybody keeps working.
 *
 * The backup's pages are written into the live database through SQLite's backup interface, as one
 * ordinary transaction: every other connection sees the old database or the new one, whole, and
 * keeps its file. Killed at any point, the transaction has happened or it has not. The write lock
 * is taken before the safety backup and held until the end, so that nothing is committed in between
 * that undo would not bring back.
 *
 * A live database that is damaged is restored into all the same, and copies of its files are kept;
 * only one on which no transaction can begin is replaced as a file. Then, and where it was missing,
 * the app has to open it again.
 *
 * Where a webhook is set, the app is told (restore.started) when the backup has turned out usable,
 * before the write lock is taken, and how it ended (restore.finished or restore.failed) when all
 * locks are free again. */
#ifndef RESTORE_H
#define RESTORE_H

#include "catalog.h"
#include "config.h"
#include "progress.h"
#include "store.h"
#include "webhook.h"

struct restore_result {
    char safety_backup[FILENAME_SIZE]; /* empty: nothing whole to save */
    bool reopen_required;
    char kept_aside[NAME_MAX + 1]; /* what was damaged, in the database's folder; or empty */
    int64_t duration_ms;
    struct error retention_error; /* code 0: none */
    struct webhook webhook;       /* what became of what the app was told */
};

/* Restores the backup FILENAME of STORE into DATABASE. FORCE: even if the tables differ.
 *
 * ERR_NOT_FOUND, ERR_UNUSABLE, ERR_DAMAGED (the backup), ERR_SCHEMA_DIFFERS, ERR_BUSY (another
 * restore, or the app held its lock for longer than the timeout), ERR_NO_ROOM, ERR_IO: in every
 * case the live database is as it was. */
int restore_backup(const struct config *config, const struct database *database,
                   const struct store *store, const char *filename, bool force,
                   const struct progress *progress, struct restore_result *ret_result,
                   struct error *error);

#endif
