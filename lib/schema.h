/* What tables a database has. Tables of SQLite itself (sqlite_*) and of Litestream (_litestream_*)
 * are nobody's data and are left out everywhere. */
#ifndef SCHEMA_H
#define SCHEMA_H

#include <cjson/cJSON.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

#include "error.h"

/* The tables and views as the API shows them. Rows are counted for ordinary tables, as far as a few
 * seconds allow; else they are null, as for a view or a virtual table, which would run what its
 * file says. The caller frees it. */
int schema_tables(sqlite3 *db, cJSON **ret_tables, struct error *error);

/* These two give the database's connection a few seconds; database_renew_time() gives it more.
 *
 * ERR_NOT_FOUND unless NAME is an ordinary table of somebody's data: reading a view or a virtual
 * table would run what its file says. */
int schema_require_table(sqlite3 *db, const char *name, struct error *error);

/* One thing that was made by an SQL statement. */
struct schema_object {
    char *type; /* "table", "index", "view", "trigger" */
    char *name;
    char *sql;              /* "" where the schema has none */
    bool is_ordinary_table; /* schema_require_table() says so */
};

/* All of them, but SQLite's and Litestream's own, sorted by type and name, byte by byte.
 * ERR_UNUSABLE if there are too many. The caller frees them, whatever the result. */
struct schema_objects {
    struct schema_object *items;
    size_t count;
};

int schema_read_objects(sqlite3 *db, struct schema_objects *objects, struct error *error);

void schema_free_objects(struct schema_objects *objects);

/* The order in which they are. */
int schema_compare_objects(const struct schema_object *a, const struct schema_object *b);

/* ERR_SCHEMA_DIFFERS, with the first differences in the sentence, unless both databases have the
 * same tables with the same columns of the same declared types, and the same encoding of text.
 * Indexes, views and triggers may differ. A live database whose tables cannot be read is not
 * compared. ERR_DAMAGED: the backup's tables cannot be read. ERR_BUSY. */
int schema_require_same(sqlite3 *live, sqlite3 *backup, struct error *error);

#endif
