#include "table.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "array.h"
#include "database.h"

/* SQLite's own limits are lower. */
enum { COLUMNS_MAX = 1 << 15 };

static const char columns_sql[] = "SELECT name FROM pragma_table_xinfo(?) WHERE hidden IN (0, 3)";

/* An INTEGER PRIMARY KEY is the rowid, and has no index. An index that ends in no rowid (-1) is of
 * a table WITHOUT ROWID. */
static const char key_sql[] =
    "SELECT x.name, x.coll, CASE WHEN EXISTS (SELECT 1 FROM pragma_index_xinfo(l.name) "
    "WHERE cid = -1) THEN NULL ELSE l.name END "
    "FROM pragma_index_list(?1) AS l, pragma_index_xinfo(l.name) AS x "
    "WHERE l.origin = 'pk' AND x.key = 1 "
    "UNION ALL "
    "SELECT name, NULL, NULL FROM pragma_table_xinfo(?1) WHERE pk > 0 AND NOT EXISTS "
    "(SELECT 1 FROM pragma_index_list(?1) WHERE origin = 'pk')";

/* NULL stays NULL. Returns false for lack of memory. */
static bool copy_column(sqlite3_stmt *statement, int column, char **ret_text)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    *ret_text = text == NULL ? NULL : strdup(text);
    return *ret_text != NULL || sqlite3_column_type(statement, column) == SQLITE_NULL;
}

static bool add_column(sqlite3_stmt *statement, struct table *table)
{
    char *name;
    if (!copy_column(statement, 0, &name) || name == NULL) {
        return false;
    }
    char **columns =
        array_make_room(table->columns, (size_t)table->column_count, sizeof *columns, COLUMNS_MAX);
    if (columns == NULL) {
        free(name);
        return false;
    }
    table->columns = columns;
    columns[table->column_count++] = name;
    return true;
}

static bool add_key_column(sqlite3_stmt *statement, struct table *table)
{
    struct table_key_column column = {0};
    struct table_key_column *key =
        array_make_room(table->key, (size_t)table->key_count, sizeof *key, COLUMNS_MAX);
    if (key == NULL) {
        return false;
    }
    bool is_copied = copy_column(statement, 0, &column.name) && column.name != NULL &&
                     copy_column(statement, 1, &column.collation) &&
                     (table->key_index != NULL || copy_column(statement, 2, &table->key_index));
    table->key = key;
    key[table->key_count++] = column;
    return is_copied;
}

static int read_list(sqlite3 *db, const char *sql, const char *name,
                     bool (*add)(sqlite3_stmt *, struct table *), struct table *table,
                     struct error *error)
{
    sqlite3_stmt *statement = NULL;
    int result = 0;
    int rc = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    if (rc == SQLITE_OK) {
        rc = sqlite3_bind_text(statement, 1, name, -1, SQLITE_TRANSIENT);
    }
    while (rc == SQLITE_OK || rc == SQLITE_ROW) {
        rc = sqlite3_step(statement);
        if (rc == SQLITE_ROW && !add(statement, table)) {
            result = error_memory(error);
            break;
        }
    }
    if (result == 0 && rc != SQLITE_DONE) {
        result = database_error(db, rc, "read the columns", error);
    }
    sqlite3_finalize(statement);
    return result;
}

bool table_has_column(const struct table *table, const char *name)
{
    for (int i = 0; i < table->column_count; i++) {
        if (strcmp(table->columns[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* Columns can have the names that the rowid has. */
static const char *find_rowid(sqlite3 *db, const char *name, const struct table *table)
{
    static const char *const names[] = {"rowid", "_rowid_", "oid"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        bool is_column = false;
        for (int k = 0; k < table->column_count; k++) {
            is_column = is_column || strcasecmp(table->columns[k], names[i]) == 0;
        }
        if (!is_column && sqlite3_table_column_metadata(db, "main", name, names[i], NULL, NULL,
                                                        NULL, NULL, NULL) == SQLITE_OK) {
            return names[i];
        }
    }
    return NULL;
}

void table_append_from(const struct table *table, const char *name, sqlite3_str *sql)
{
    sqlite3_str_appendf(sql, " FROM main.\"%w\"", name);
    if (table->key_index == NULL) {
        sqlite3_str_appendf(sql, " NOT INDEXED");
    } else {
        sqlite3_str_appendf(sql, " INDEXED BY \"%w\"", table->key_index);
    }
}

int table_read(sqlite3 *db, const char *name, struct table *table, struct error *error)
{
    *table = (struct table){0};
    int result = read_list(db, columns_sql, name, add_column, table, error);
    if (result == 0) {
        result = read_list(db, key_sql, name, add_key_column, table, error);
    }
    if (result == 0) {
        table->rowid = find_rowid(db, name, table);
    }
    return result;
}

void table_free(struct table *table)
{
    for (int i = 0; i < table->column_count; i++) {
        free(table->columns[i]);
    }
    for (int i = 0; i < table->key_count; i++) {
        free(table->key[i].name);
        free(table->key[i].collation);
    }
    free(table->columns);
    free(table->key);
    free(table->key_index);
    *table = (struct table){0};
}

int table_count_rows(sqlite3 *db, const char *name, int64_t *ret_rows, struct error *error)
{
    char *sql = sqlite3_mprintf("SELECT coalesce(sum(1), 0) FROM main.\"%w\"", name);
    if (sql == NULL) {
        return error_memory(error);
    }
    int result = database_number(db, sql, ret_rows, error);
    sqlite3_free(sql);
    return result;
}
