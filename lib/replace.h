/* Replacing a live database that is missing or damaged by a new file. */
#ifndef REPLACE_H
#define REPLACE_H

#include <limits.h>

#include "catalog.h"
#include "work.h"

/* Puts a copy of the file NAME of WORK in the database's place, durably and in one atomic step.
 * What is there of the old database (the file, its -wal, -shm and -journal) is kept beside it under
 * the name FILE.damaged-TIME, which *kept_aside gets (empty if there was nothing): an old -wal left
 * in place would be replayed into the new file and silently undo the restore.
 *
 * No connection of this process to the database may be open. */
int replace_database(const struct database *database, const struct work *work, const char *name,
                     char kept_aside[NAME_MAX + 1], struct error *error);

/* Whether the file of a damaged database still says that it is in WAL mode; true if it cannot tell,
 * as for a missing one: WAL is the mode that many users at once need. */
bool replace_wants_wal(const struct database *database);

#endif
