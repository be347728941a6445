/* The database's own folder: keeping what was damaged, and putting a new file in the place of a
 * database that no transaction can begin on. */
#ifndef REPLACE_H
#define REPLACE_H

#include <limits.h>
#include <stdbool.h>

#include "catalog.h"
#include "work.h"

/* Keeps copies of the file NAME of WORK, and of NAME-wal if it is there, beside the database under
 * the name FILE.damaged-TIME, which *kept_aside gets. */
int replace_keep_copy(const struct database *database, const struct work *work, const char *name,
                      char kept_aside[NAME_MAX + 1], struct error *error);

/* Puts a copy of the file NAME of WORK in the place of a database that is missing, or on which no
 * transaction can begin, durably and in one atomic step. What is there of the old one is kept
 * first, as above: an old -wal that stayed would be replayed into the new file and silently undo
 * the restore. *kept_aside is empty if there was nothing to keep. Until the step everything is as
 * it was. ERR_CONFLICT: the database WAS_MISSING, and an app has made a new one meanwhile.
 *
 * No connection of this process to the database may be open. */
int replace_database(const struct database *database, const struct work *work, const char *name,
                     bool was_missing, char kept_aside[NAME_MAX + 1], struct error *error);

/* Removes the new file that a killed restore did not put in place. Only the one restore that may
 * run calls this. */
void replace_remove_unfinished(const struct database *database);

/* Whether the file of a damaged database still says that it is in WAL mode; true if it cannot tell,
 * or is missing: WAL is the mode that many users at once need. */
bool replace_wants_wal(const struct database *database);

#endif
