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
 *   2. The -wal file is copied. In case b it may be restarted under our hands; that shows in its
 *      32-byte header, which every restart rewrites with new salts. A header that is not the same
 *      before and after means case b: the copied WAL is dropped, for R does not need it.
 *   3. The database file is copied: by reflink, or inside the kernel.
 *   4. R ends. SQLite opens the copy and folds the copied WAL in, by its own recovery: what was
 * torn or not yet committed at the WAL's end fails its checksum there and is left out.
 *
 * The write lock is never taken, so no writer waits, and a backup can be taken while one writes. In
 * rollback-journal mode R's shared lock keeps commits out while the file is copied.
 *
 * Source: https://www.sqlite.org/walformat.html, sections 2.2 (locks), 4 (WAL restart and
 * checkpoints); walTryBeginRead(), walRestartLog() and walCheckpoint() in SQLite's wal.c. */
#ifndef SNAPSHOT_H
#define SNAPSHOT_H

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

#endif
