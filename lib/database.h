/* The one place that opens SQLite databases, each with the policy that its role asks for.
 *
 * A live database belongs to the app: it is reached through SQLite's own locks only, never
 * checkpointed, and never opened by its path outside SQLite (closing any descriptor of a file drops
 * every POSIX lock that the process holds on it). A backup may come from anybody: it is opened
 * read-only, and nothing in it is trusted. Our own unfinished copies are ours alone. */
#ifndef DATABASE_H
#define DATABASE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "database_error.h"
#include "database_header.h"
#include "error.h"

/* What the app's database is opened for. */
enum database_use {
    /* To restore into it. */
    DATABASE_WRITE,
    /* To read it beside its writers. Its file is opened for reading; SQLite's locks, which are in
     * the -shm file in WAL mode, are taken, and whoever comes first makes that file. A transaction
     * that an app has left unfinished in rollback mode is rolled back first, as every reader does
     * that may. */
    DATABASE_READ,
    /* To look at it, without any right to write: what others have made of the -shm file is all
     * there is. Where nobody has a database in WAL mode open, its file is read as it lies there,
     * and database_was_left_alone() tells afterwards whether that was right. */
    DATABASE_LOOK,
};

/* The app's database. It must exist. Waits up to BUSY_TIMEOUT_MS for each lock. A file of 0 bytes
 * with a -wal beside it is ERR_DAMAGED: SQLite would delete that -wal, and it may be all that is
 * left. */
int database_open_live(const char *path, enum database_use use, int busy_timeout_ms,
                       sqlite3 **ret_db, struct error *error);

/* After a look: ERR_BUSY if somebody has opened the database that nobody had open. */
int database_was_left_alone(sqlite3 *db, struct error *error);

/* A finished backup, read-only and without any lock (a published backup never changes). */
int database_open_backup(const char *path, sqlite3 **ret_db, struct error *error);

/* A copy in a work folder that no other process knows: read-write, no syncs, no shared memory. */
int database_open_copy(const char *path, sqlite3 **ret_db, struct error *error);

/* From now on, lets work on both together take as much time as files of their sizes do; OTHER may
 * be NULL. */
void database_renew_time(sqlite3 *db, sqlite3 *other);

/* Lets the app's own collations be missed: SQLite then takes a stand-in that compares bytes.
 * *ret_used becomes true when it does, and what depends on the order of text is not to be relied
 * on. */
void database_accept_collations(sqlite3 *db, bool *ret_used);

/* Whether the database is in WAL mode, from its file's header: without its schema, which may be one
 * that this SQLite cannot parse. Certain only while DB is in a transaction. ERR_DAMAGED for a mode
 * that no SQLite has. */
int database_is_wal(sqlite3 *db, bool *ret_is_wal, struct error *error);

/* Closes; accepts NULL. */
void database_close(sqlite3 *db);

/* Runs statements that return nothing of interest. WHAT completes "Cannot ..." in the error. */
int database_execute(sqlite3 *db, const char *sql, const char *what, struct error *error);

/* Runs a statement whose first column of its first row is a number; 0 rows is ERR_DAMAGED. */
int database_number(sqlite3 *db, const char *sql, int64_t *ret_number, struct error *error);

/* SQLite's own descriptor of the main database file of DB, borrowed: it may be read from, and must
 * never be closed. It is valid until database_close(). Only while no other thread of the process
 * opens or closes files. */
int database_descriptor(sqlite3 *db, int *ret_fd, struct error *error);

#endif
