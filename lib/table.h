/* One table of a database: its columns, and what tells its rows apart. */
#ifndef TABLE_H
#define TABLE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "error.h"

struct table_key_column {
    char *name;
    char *collation; /* in which the key is unique; NULL: it makes no difference */
};

struct table {
    /* Those that are stored. Generated ones that are not would be computed, and a computation is
     * what a file asks for; they follow from the others anyway. */
    char **columns;
    int column_count;
    struct table_key_column *key; /* as it is declared */
    int key_count;
    char *key_index;   /* of a table WITHOUT ROWID, which is that index; else NULL */
    const char *rowid; /* what the rowid is called here; NULL: there is none, or no name for it */
};

/* Reads what the schema says of the table NAME. The caller frees it, whatever the result. */
int table_read(sqlite3 *db, const char *name, struct table *table, struct error *error);

void table_free(struct table *table);

/* Adds " FROM" and the table NAME, so that all its rows come from the table itself, in its order:
 * an index may be in another one, and may not tell the same. */
void table_append_from(const struct table *table, const char *name, sqlite3_str *sql);

/* Counts the rows of the table NAME one by one: a page that a hostile file lets appear in many
 * places is counted as often, and count(*), though quicker, would not ask whether the time is up.
 */
int table_count_rows(sqlite3 *db, const char *name, int64_t *ret_rows, struct error *error);

bool table_has_column(const struct table *table, const char *name);

#endif
