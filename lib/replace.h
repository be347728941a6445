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

/* Makes an empty database file where there is none, for a restore to go into; a file that somebody
 * else makes first is as good. A -wal, -shm or -journal that outlived the old file is kept as above
 * and goes: it would be taken for the new file's. *kept_aside is empty if there was nothing to
 * keep. */
int replace_make_empty(const struct database *database, char kept_aside[NAME_MAX + 1],
                       struct error *error);

/* Puts a copy of the file NAME of WORK in the place of a database on which no transaction can
 * begin, durably and in one atomic step. The old file and what belongs to it is kept first, as
 * above: an old -wal that stayed would be replayed into the new file and silently undo the restore.
 * Until the step everything is as it was.
 *
 * No connection of this process to the database may be open. */
int replace_database(const struct database *database, const struct work *work, const char *name,
                     char kept_aside[NAME_MAX + 1], struct error *error);

/* Whether the file of a damaged database still says that it is in WAL mode; true if it cannot tell:
 * WAL is the mode that many users at once need. */
bool replace_wants_wal(const struct database *database);

#endif
