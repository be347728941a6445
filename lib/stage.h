/* Staging: a private copy of a backup, checked and fitted to the live database it will go into. */
#ifndef STAGE_H
#define STAGE_H

#include "progress.h"
#include "store.h"
#include "work.h"

/* The file in the work folder that all of these are about. */
extern const char stage_file[];

/* Copies the backup FILENAME into WORK and checks the copy: that it is a database, whole, and still
 * what its manifest says. ERR_NOT_FOUND, ERR_UNUSABLE, ERR_DAMAGED, ERR_NO_ROOM, ERR_IO. */
int stage_backup(const struct store *store, const char *filename, const struct work *work,
                 const struct progress *progress, struct error *error);

/* Gives the staged copy this page size: a database in WAL mode can only take pages of its own. */
int stage_fit_page_size(const struct work *work, int64_t page_size, struct error *error);

/* Creates the tables that Litestream expects in a database that it replicates. Without them it
 * silently loses its place in the WAL when the restored pages arrive. */
int stage_add_litestream_tables(const struct work *work, struct error *error);

/* Sets the journal mode: of a file that becomes a live database itself, or, off, of one whose pages
 * are about to be copied (a backup that was put there by hand may be in WAL mode). */
int stage_set_wal(const struct work *work, bool wal, struct error *error);

#endif
