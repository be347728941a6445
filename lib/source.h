/* What is looked into without changing it: a backup, or the live database. */
#ifndef SOURCE_H
#define SOURCE_H

#include <sqlite3.h>

#include "catalog.h"

/* The name of the live database, where a backup could be named. */
#define SOURCE_LIVE "live"

/* Opens the backup NAME of DATABASE, or DATABASE itself (SOURCE_LIVE), in one read transaction:
 * whatever is read is of one moment, as database_was_left_alone() has to confirm in the end. */
int source_open(const struct config *config, const struct database *database, const char *name,
                sqlite3 **ret_db, struct error *error);

#endif
