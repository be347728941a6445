/* What tables a database has. Tables of SQLite itself (sqlite_*) and of Litestream (_litestream_*)
 * are nobody's data and are left out everywhere. */
#ifndef SCHEMA_H
#define SCHEMA_H

#include <cjson/cJSON.h>
#include <sqlite3.h>

#include "error.h"

/* The tables and views as the API shows them. Rows are counted for ordinary tables, as far as a few
 * seconds allow; else they are null, as for a view or a virtual table, which would run what its
 * file says. The caller frees it. */
int schema_tables(sqlite3 *db, cJSON **ret_tables, struct error *error);

/* ERR_SCHEMA_DIFFERS, with the first differences in the sentence, unless both databases have the
 * same tables with the same columns of the same declared types, and the same encoding of text.
 * Indexes, views and triggers may differ. A live database whose tables cannot be read is not
 * compared. ERR_DAMAGED: the backup's tables cannot be read. ERR_BUSY. */
int schema_require_same(sqlite3 *live, sqlite3 *backup, struct error *error);

#endif
