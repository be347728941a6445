/* What has become of the rows of one table. */
#ifndef COMPARE_ROWS_H
#define COMPARE_ROWS_H

#include <cjson/cJSON.h>
#include <sqlite3.h>
#include <stddef.h>

#include "error.h"

/* Compares the rows of the ordinary table NAME in two databases, of which one may be NULL where it
 * has no such table, and adds an object to TABLES if there is a difference: how many were added,
 * removed and changed, and a few samples, until *SAMPLES_LEFT bytes of them have been added.
 *
 * Rows belong together that have the same primary key, as SQLite compares it; NULLs in it tell
 * nothing, and such rows must have the same rowid, too. Where the two tables do not have the same
 * key, or it is ordered as only the app knows, the rowid is the key; without one, all old rows are
 * removed, and all new ones added. A row is changed if a value of a column that both tables have is
 * another, or of another type; a column that only one has is a difference of the schema.
 *
 * Each row is looked up in the other table by its key's own index, and none is kept. */
int compare_rows(sqlite3 *from, sqlite3 *to, const char *name, size_t *samples_left, cJSON *tables,
                 struct error *error);

#endif
