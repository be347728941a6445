/* What a failure of SQLite is to this project: one of its codes, and a sentence. */
#ifndef DATABASE_ERROR_H
#define DATABASE_ERROR_H

#include <sqlite3.h>
#include <stdbool.h>

#include "error.h"

/* Translates the SQLite result RC of DB into code and sentence. */
int database_error(sqlite3 *db, int rc, const char *what, struct error *error);

/* Whether a refused system call, and not what is in the file, is why something failed. Where the
 * disk did not give a page, SQLite says SQLITE_CORRUPT, but such a page is not one that is wrong.
 */
bool database_call_failed(sqlite3 *db);

/* Whether the last thing that was asked of DB, such as a value of a row, found no memory. */
bool database_lacked_memory(sqlite3 *db);

#endif
