/* Snapshots: a consistent copy of a live database, while others write to it.
 *
 * How it works (WAL mode). One read transaction R on the live database is all it takes:
 *
 *   1. R begins. From now on SQLite itself keeps R's state reachable, in one of two ways:
 *        a. R reads through the WAL. Then nobody can restart the WAL (that needs R's read lock), so
 *           it only grows, and a checkpoint moves into the database file only frames that R's mark
 *           covers, all of which the WAL goes on holding.
 *        b. The WAL was wholly checkpointed when R began, and R reads from the database file alone.
 *           Then no checkpoint can write to that file, but a writer may restart the WAL.
 *   2. The -wal file is copied. In case b it may be restarted under our hands, and that shows in
 * its 32-byte header: one that is not the same before and after means case b, and the copied WAL is
 *      dropped, for R does not need it. (A restart whose first transaction was rolled back may be
 *      followed by the same header over other frames; then the chain of checksums breaks where the
 *      two meet, and R's state is in the database file all the same.)
 *   3. The database file is copied: by reflink, or inside the kernel. It comes after the WAL, so
 *      that every page which a checkpoint may be writing just now has its frame in the copied WAL.
 *   4. R ends. SQLite opens the copy and folds the copied WAL in, by its own recovery: what was
 * torn or not yet committed at the WAL's end fails its checksum there and is left out.
 *
 * The write lock is never taken, so no writer waits, and a backup can be taken while one writes. (A
 * RESTART or TRUNCATE checkpoint of somebody else waits for R while it holds the write lock
 * itself.) In rollback-journal mode R's shared lock keeps commits out while the file is copied.
 *
 * Source: https://www.sqlite.org/walformat.html, sections 2.2 (locks), 4 (WAL restart and
 * checkpoints); walTryBeginRead(), walRestartLog() and walCheckpoint() in SQLite's wal.c. */
#ifndef SNAPSHOT_H
#define SNAPSHOT_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "progress.h"
#include "work.h"

/* Copies the live database at LIVE_PATH as the new file NAME in WORK: one committed state, which
 * contains every transaction that was committed before the call, complete in this one file. It is
 * not yet synced. *ret_taken_ms is when its state was current.
 *
 * ERR_NOT_FOUND: there is no live database. ERR_UNUSABLE: it is empty or no database. ERR_DAMAGED,
 * ERR_BUSY (after BUSY_TIMEOUT_MS), ERR_NO_ROOM, ERR_IO. POSIX locks that the process holds on the
 * live database stay as they are. */
int snapshot_take(const char *live_path, int busy_timeout_ms, const struct work *work,
                  const char *name, const struct progress *progress, int64_t *ret_taken_ms,
                  struct error *error);

/* The same for a database on which LIVE, a connection of the caller, holds the write lock of a
 * transaction that has not written yet: the state that this transaction begins from. */
int snapshot_take_locked(sqlite3 *live, bool is_wal, const struct work *work, const char *name,
                         const struct progress *progress, int64_t *ret_taken_ms,
                         struct error *error);

/* Copies the files of a database that may be damaged as they are, under the same lock: NAME, and
 * NAME-wal if there is a WAL. */
int snapshot_copy_files(sqlite3 *live, bool is_wal, const struct work *work, const char *name,
                        struct error *error);

#endif
