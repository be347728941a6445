#include "schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "database.h"
#include "json.h"
#include "text.h"
#include "timestamp.h"

#define OWN_TABLES                                                                                 \
    "schema = 'main' AND substr(name, 1, 7) <> 'sqlite_' AND "                                     \
    "substr(name, 1, 12) <> '_litestream_'"

static const char tables_sql[] =
    "SELECT name, type FROM pragma_table_list "
    "WHERE " OWN_TABLES " AND type IN ('table', 'view', 'virtual') ORDER BY name";

static const char columns_sql[] = "SELECT name, type FROM pragma_table_xinfo(?) WHERE hidden <> 1";

/* One line a table, one a column, and one for the encoding of text, which open connections cannot
 * follow: what two databases must have in common. */
static const char shape_sql[] =
    "SELECT 'table ' || name FROM pragma_table_list "
    "WHERE " OWN_TABLES " AND type IN ('table', 'virtual') "
    "UNION ALL "
    "SELECT 'column ' || t.name || '.' || c.name || rtrim(' ' || c.type) "
    "FROM (SELECT name FROM pragma_table_list "
    "      WHERE " OWN_TABLES " AND type IN ('table', 'virtual')) AS t, "
    "     pragma_table_xinfo(t.name) AS c WHERE c.hidden <> 1 "
    "UNION ALL "
    "SELECT 'text encoding ' || encoding FROM pragma_encoding "
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
    /* Names can be any bytes in a hostile file; JSON is UTF-8. */
    int rc = sqlite3_bind_text(statement, 1, table, -1, SQLITE_STATIC);
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(statement);
    }
    for (; rc == SQLITE_ROW; rc = sqlite3_step(statement)) {
        cJSON *column = cJSON_CreateObject();
        json_add_printable(column, "name", text_column(statement, 0));
        json_add_printable(column, "type", text_column(statement, 1));
        cJSON_AddItemToArray(columns, column);
    }
    if (rc != SQLITE_DONE) {
        result = database_error(db, rc, "read the columns", error);
    }
    sqlite3_finalize(statement);
    return result;
}

/* A page that a hostile file lets appear in many places is counted as often: there has to be an
 * end. count(*) would be quicker, and would not ask. */
enum { COUNT_LIMIT_MS = 10000, INSTRUCTIONS_A_LOOK = 100000 };

static int is_too_late(void *context)
{
    const int64_t *deadline = context;
    return timestamp_monotonic_ms() > *deadline;
}

/* Adds how many rows the table has; null if they cannot be counted in time. */
static int add_rows(sqlite3 *db, cJSON *object, const char *table, struct error *error)
{
    int64_t rows = 0;
    char *sql = sqlite3_mprintf("SELECT coalesce(sum(1), 0) FROM main.\"%w\"", table);
    if (sql == NULL) {
        return error_memory(error);
    }
    int result = database_number(db, sql, &rows, error);
    sqlite3_free(sql);
    if (result < 0 && (sqlite3_errcode(db) & 0xFF) == SQLITE_INTERRUPT) {
        cJSON_AddNullToObject(object, "rows");
        return 0;
    }
    json_add_integer(object, "rows", rows);
    return result;
}

static int add_table(sqlite3 *db, const char *name, const char *type, cJSON *tables,
                     struct error *error)
{
    cJSON *table = cJSON_CreateObject();
    cJSON_AddItemToArray(tables, table);
    json_add_printable(table, "name", name);
    json_add_text(table, "type", strcmp(type, "view") == 0 ? "view" : "table");
    int result = 0;
    if (strcmp(type, "table") == 0) {
        result = add_rows(db, table, name, error);
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
    int64_t deadline = timestamp_monotonic_ms() + COUNT_LIMIT_MS;
    sqlite3_progress_handler(db, INSTRUCTIONS_A_LOOK, is_too_late, &deadline);
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
    sqlite3_progress_handler(db, 0, NULL, NULL);
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

/* One side of a comparison: the sorted lines of its shape. */
struct side {
    sqlite3 *db;
    sqlite3_stmt *shape;
    int rc;
};

static int begin_side(struct side *side, sqlite3 *db)
{
    *side = (struct side){.db = db};
    side->rc = sqlite3_prepare_v2(db, shape_sql, -1, &side->shape, NULL);
    if (side->rc == SQLITE_OK) {
        side->rc = sqlite3_step(side->shape);
    }
    return side->rc;
}

/* Merges the two lists; a line that only one side has is a difference. */
static void merge(struct side *live, struct side *backup, struct differences *differences)
{
    while (live->rc == SQLITE_ROW || backup->rc == SQLITE_ROW) {
        int order;
        if (live->rc == SQLITE_ROW && backup->rc == SQLITE_ROW) {
            order = strcmp(text_column(live->shape, 0), text_column(backup->shape, 0));
        } else {
            order = live->rc == SQLITE_ROW ? -1 : 1;
        }
        if (order < 0) {
            add_difference(differences, "only the live database", text_column(live->shape, 0));
        } else if (order > 0) {
            add_difference(differences, "only the backup", text_column(backup->shape, 0));
        }
        if (order <= 0) {
            live->rc = sqlite3_step(live->shape);
        }
        if (order >= 0) {
            backup->rc = sqlite3_step(backup->shape);
        }
    }
}

/* What the comparison came to. A live database whose tables cannot be read has none to compare. */
static int conclude(const struct side *live, const struct side *backup,
                    const struct differences *differences, struct error *error)
{
    if (backup->rc != SQLITE_DONE) {
        return database_error(backup->db, backup->rc, "read the backup's tables", error);
    }
    if (((live->rc & 0xFF) == SQLITE_CORRUPT || (live->rc & 0xFF) == SQLITE_NOTADB) &&
        !database_call_failed(live->db)) {
        return 0;
    }
    if (live->rc != SQLITE_DONE) {
        return database_error(live->db, live->rc, "read the live database's tables", error);
    }
    if (differences->count > 0) {
        return error_set(error, ERR_SCHEMA_DIFFERS,
                         "The backup's tables are not those of the live database (%d "
                         "differences: %s). The app may not work with them. Use force to "
                         "restore it all the same.",
                         differences->count, differences->text);
    }
    return 0;
}

int schema_require_same(sqlite3 *live_db, sqlite3 *backup_db, struct error *error)
{
    struct side live;
    struct side backup;
    struct differences differences = {0};
    begin_side(&live, live_db);
    begin_side(&backup, backup_db);
    merge(&live, &backup, &differences);
    int result = conclude(&live, &backup, &differences, error);
    sqlite3_finalize(live.shape);
    sqlite3_finalize(backup.shape);
    return result;
}
