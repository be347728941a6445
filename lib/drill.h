/* The restore drill: proof that the replica gives the database back.
 *
 * What the replica has now is fetched into work space, checked like every backup, and compared with
 * the live database by the rows of every table (drill_compare.h); then it is removed. Nothing is
 * published and nothing live is touched. What it came to is recorded (drill_record.h).
 *
 * A drill that fails because of what the replica gives (ERR_POINT) or does not give because it, or
 * Litestream's program, cannot be reached (ERR_UNAVAILABLE), is recorded as failed: whoever had to
 * restore now could not. What says nothing of the replica (no room here, another drill, a live
 * database that cannot be read) is not recorded. A killed drill leaves the record as it was, and no
 * copy: the next program that writes backups removes its folder. */
#ifndef DRILL_H
#define DRILL_H

#include "catalog.h"
#include "config.h"
#include "drill_record.h"
#include "progress.h"
#include "store.h"

/* Drills with the replica REPLICA_NAME (NULL: the first one) of DATABASE, in STORE's space for
 * unfinished work. *RECORD is what was recorded, with a code in *ERROR if it failed.
 *
 * ERR_NOT_FOUND without such a replica, or a live database; ERR_POINT; ERR_UNAVAILABLE; ERR_BUSY if
 * another drill of this database runs; ERR_NO_ROOM; ERR_DAMAGED if the live database is. */
int drill_run(const struct config *config, const struct database *database,
              const struct store *store, const char *replica_name, const struct progress *progress,
              struct drill_record *record, struct error *error);

#endif
