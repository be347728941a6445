/* What differs between two databases. */
#ifndef COMPARE_H
#define COMPARE_H

#include <cjson/cJSON.h>
#include <sqlite3.h>

#include "error.h"

/* Compares two open databases, from the first to the second, and adds what the API shows of it to
 * ANSWER: "identical", "schema" and "tables". Long SQL and long values are cut off. Nothing runs
 * that is in them: ordinary tables are compared row by row (compare_rows.h), all else by its SQL.
 * ERR_UNUSABLE, too, if there are more differences than can be listed. */
int compare_databases(sqlite3 *from, sqlite3 *to, cJSON *answer, struct error *error);

#endif
