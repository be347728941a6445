#include "schema.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "database.h"
#include "json.h"

#define OWN_TABLES                                                                                 \
    "schema = 'main' AND substr(name, 1, 7) <> 'sqlite_' AND "                                     \
    "substr(name, 1, 12) <> '_litestream_'"

static const char tables_sql[] =
    "SELECT name, type FROM pragma_table_list "
    "WHERE " OWN_TABLES " AND type IN ('table', 'view', 'virtual') ORDER BY name";

static const char columns_sql[] = "SELECT name, type FROM pragma_table_xinfo(?) WHERE hidden <> 1";

/* One line a table and one a column: what two databases must have in common. */
static const char shape_sql[] =
    "SELECT 'table ' || name FROM pragma_table_list "
    "WHERE " OWN_TABLES " AND type IN ('table', 'virtual') "
    "UNION ALL "
    "SELECT 'column ' || t.name || '.' || c.name || rtrim(' ' || c.type) "
    "FROM (SELECT name FROM pragma_table_list "
    "      WHERE " OWN_TABLES " AND type IN ('table', 'virtual')) AS t, "
    "     pragma_table_xinfo(t.name) AS c WHERE c.hidden <> 1 "
    "ORDER BY 1";

static const char *text_column(sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    return text == NULL ? "" : text;
}

static int prepare(sqlite3 *db, const char *sql, sqlite3_stmt **ret_statement, struct error *error)
{
    int rc = sqlite3_prepare_v2(db, sql, -1, ret_statement, NULL);
    return rc == SQLITE_OK ? 0 : database_error(db, rc, "read the tables", error);
}

static int add_columns(sqlite3 *db, const char *table, cJSON *columns, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    int result = prepare(db, columns_sql, &statement, error);
    if (result < 0) {
        return result;
    }
    sqlite3_bind_text(statement, 1, table, -1, SQLITE_TRANSIENT);
    int rc;
    while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
        cJSON *column = cJSON_CreateObject();
        json_add_text(column, "name", text_column(statement, 0));
        json_add_text(column, "type", text_column(statement, 1));
        cJSON_AddItemToArray(columns, column);
    }
    if (rc != SQLITE_DONE) {
        result = database_error(db, rc, "read the columns", error);
    }
    sqlite3_finalize(statement);
    return result;
}

static int count_rows(sqlite3 *db, const char *table, int64_t *ret_rows, struct error *error)
{
    char *sql = sqlite3_mprintf("SELECT count(*) FROM main.\"%w\"", table);
    if (sql == NULL) {
        return error_memory(error);
    }
    int result = database_number(db, sql, ret_rows, error);
    sqlite3_free(sql);
    return result;
}

static int add_table(sqlite3 *db, const char *name, const char *type, cJSON *tables,
                     struct error *error)
{
    cJSON *table = cJSON_CreateObject();
    cJSON_AddItemToArray(tables, table);
    json_add_text(table, "name", name);
    json_add_text(table, "type", strcmp(type, "view") == 0 ? "view" : "table");
    int result = 0;
    if (strcmp(type, "table") == 0) {
        int64_t rows = 0;
        result = count_rows(db, name, &rows, error);
        json_add_integer(table, "rows", rows);
    } else {
        cJSON_AddNullToObject(table, "rows");
    }
    if (result == 0) {
        result = add_columns(db, name, cJSON_AddArrayToObject(table, "columns"), error);
    }
    return result;
}

int schema_tables(sqlite3 *db, cJSON **ret_tables, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    int result = prepare(db, tables_sql, &statement, error);
    cJSON *tables = cJSON_CreateArray();
    int rc = SQLITE_DONE;
    while (result == 0 && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
        result = add_table(db, text_column(statement, 0), text_column(statement, 1), tables, error);
    }
    if (result == 0 && rc != SQLITE_DONE) {
        result = database_error(db, rc, "read the tables", error);
    }
    sqlite3_finalize(statement);
    if (result < 0) {
        cJSON_Delete(tables);
        return result;
    }
    *ret_tables = tables;
    return 0;
}

/* --- comparing ----------------------------------------------------------------------------- */

enum { DIFFERENCES_NAMED = 3, DIFFERENCES_SIZE = 512 };

struct differences {
    int count;
    char text[DIFFERENCES_SIZE]; /* the first few */
};

static void add_difference(struct differences *differences, const char *whose, const char *what)
{
    if (differences->count < DIFFERENCES_NAMED) {
        size_t end = strlen(differences->text);
        snprintf(differences->text + end, sizeof differences->text - end, "%s%s has %.100s",
                 end == 0 ? "" : "; ", whose, what);
    }
    differences->count++;
}

/* Merges the two sorted lists of lines; a line that only one side has is a difference. */
static int merge(sqlite3_stmt *live, sqlite3_stmt *backup, struct differences *differences)
{
    int live_rc = sqlite3_step(live);
    int backup_rc = sqlite3_step(backup);
    while (live_rc == SQLITE_ROW || backup_rc == SQLITE_ROW) {
        int order;
        if (live_rc == SQLITE_ROW && backup_rc == SQLITE_ROW) {
            order = strcmp(text_column(live, 0), text_column(backup, 0));
        } else {
            order = live_rc == SQLITE_ROW ? -1 : 1;
        }
        if (order < 0) {
            add_difference(differences, "only the live database", text_column(live, 0));
        } else if (order > 0) {
            add_difference(differences, "only the backup", text_column(backup, 0));
        }
        if (order <= 0) {
            live_rc = sqlite3_step(live);
        }
        if (order >= 0) {
            backup_rc = sqlite3_step(backup);
        }
    }
    return live_rc != SQLITE_DONE ? live_rc : backup_rc;
}

int schema_require_same(sqlite3 *live, sqlite3 *backup, struct error *error)
{
    sqlite3_stmt *live_shape = NULL;
    sqlite3_stmt *backup_shape = NULL;
    struct differences differences = {0};
    int result = prepare(live, shape_sql, &live_shape, error);
    if (result == 0) {
        result = prepare(backup, shape_sql, &backup_shape, error);
    }
    if (result == 0) {
        int rc = merge(live_shape, backup_shape, &differences);
        if (rc != SQLITE_DONE) {
            result = database_error(NULL, rc, "compare the tables", error);
        }
    }
    sqlite3_finalize(live_shape);
    sqlite3_finalize(backup_shape);
    if (result == 0 && differences.count > 0) {
        result = error_set(error, ERR_SCHEMA_DIFFERS,
                           "The backup's tables are not those of the live database (%d "
                           "differences: %s). The app may not work with them. Use force to "
                           "restore it all the same.",
                           differences.count, differences.text);
    }
    return result;
}
