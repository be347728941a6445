#include "schema.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "allowance.h"
#include "array.h"
#include "database.h"
#include "json.h"
#include "table.h"
#include "text.h"
#include "timestamp.h"

/* What a virtual table keeps its content in is a part of it. */
#define OWN_TABLES                                                                                 \
    "substr(t.name, 1, 7) <> 'sqlite_' AND substr(t.name, 1, 12) <> '_litestream_' AND "           \
    "NOT EXISTS (SELECT 1 FROM virtual_tables AS v WHERE t.name IN ("                              \
    "v.name || '_content', v.name || '_docsize', v.name || '_segdir', v.name || '_segments', "     \
    "v.name || '_stat', v.name || '_data', v.name || '_idx', v.name || '_config', "                \
    "v.name || '_node', v.name || '_parent', v.name || '_rowid'))"

#define WITH_VIRTUAL_TABLES                                                                        \
    "WITH virtual_tables AS MATERIALIZED (SELECT name FROM sqlite_schema "                         \
    "                        WHERE type = 'table' AND rootpage = 0) "

/* Not pragma_table_list: it resolves every view again and again, and nothing can interrupt it. */
static const char tables_sql[] = WITH_VIRTUAL_TABLES
    "SELECT name, CASE WHEN type = 'table' AND rootpage = 0 THEN 'virtual' ELSE type END AS type "
    "FROM sqlite_schema AS t "
    "WHERE type IN ('table', 'view') AND " OWN_TABLES " ORDER BY name";

static const char columns_sql[] = "SELECT name, type FROM pragma_table_xinfo(?) WHERE hidden <> 1";

/* One line a table, one a column, and one for the encoding of text, which open connections cannot
 * follow: what two databases must have in common. What columns a virtual table has, only its code
 * could tell: what it was made with stands for them. */
static const char shape_sql[] = WITH_VIRTUAL_TABLES
    "SELECT 'table ' || name || CASE rootpage WHEN 0 THEN ' ' || sql ELSE '' END "
    "FROM sqlite_schema AS t WHERE type = 'table' AND " OWN_TABLES " "
    "UNION ALL "
    "SELECT 'column ' || t.name || '.' || c.name || rtrim(' ' || c.type) "
    "FROM (SELECT name FROM sqlite_schema AS t "
    "      WHERE type = 'table' AND rootpage <> 0 AND " OWN_TABLES ") AS t, "
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

/* All of them are held in memory until they are sent. */
enum { ENTRIES_MAX = 50000, NAMES_MAX = 4 << 20 };

/* Counting the rows of a hostile file has to have an end. */
enum { COUNT_LIMIT_MS = 5000, INSTRUCTIONS_A_LOOK = 1000, LIST_LIMIT_S = 5 };

struct listing {
    sqlite3 *db;
    cJSON *tables;
    int64_t list_deadline_ms;  /* in processor time, after which there is no answer */
    int64_t count_deadline_ms; /* after which no rows are counted any more */
    int entries;               /* how many tables and columns there are */
    size_t names;              /* the bytes of their names and types */
    struct error *error;
};

static int is_too_late(void *context)
{
    const int64_t *deadline = context;
    return timestamp_monotonic_ms() > *deadline;
}

/* Names can be any bytes in a hostile file; JSON is UTF-8. */
static void add_name(struct listing *listing, cJSON *object, const char *field, const char *name)
{
    json_add_printable(object, field, name);
    listing->names += strlen(name);
}

static int check_size(struct listing *listing)
{
    listing->entries++;
    if (listing->entries > ENTRIES_MAX || listing->names > NAMES_MAX) {
        return error_set(listing->error, ERR_UNUSABLE,
                         "The database has more tables and columns than the %d that can be listed.",
                         ENTRIES_MAX);
    }
    if (allowance_is_over(listing->list_deadline_ms)) {
        return error_set(listing->error, ERR_DAMAGED,
                         "The tables could not be read within %d seconds of processor time.",
                         LIST_LIMIT_S);
    }
    return 0;
}

static int read_columns(struct listing *listing, sqlite3_stmt *statement, cJSON *columns)
{
    int rc = SQLITE_OK;
    int result = 0;
    while (result == 0 && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
        cJSON *column = cJSON_CreateObject();
        add_name(listing, column, "name", text_column(statement, 0));
        add_name(listing, column, "type", text_column(statement, 1));
        cJSON_AddItemToArray(columns, column);
        result = check_size(listing);
    }
    return result == 0 && rc != SQLITE_DONE
               ? database_error(listing->db, rc, "read the columns", listing->error)
               : result;
}

static int add_columns(struct listing *listing, const char *table, cJSON *columns)
{
    sqlite3_stmt *statement = NULL;
    int result = prepare(listing->db, columns_sql, &statement, listing->error);
    if (result == 0 && sqlite3_bind_text(statement, 1, table, -1, SQLITE_STATIC) != SQLITE_OK) {
        result = error_memory(listing->error);
    }
    if (result == 0) {
        result = read_columns(listing, statement, columns);
    }
    sqlite3_finalize(statement);
    return result;
}

/* A view can be broken, as one of a table that was dropped, or made never to end: it has no columns
 * then. */
static int add_view_columns(struct listing *listing, const char *view, cJSON *columns)
{
    int result = add_columns(listing, view, columns);
    bool is_broken = result == ERR_UNUSABLE || result == ERR_DAMAGED;
    return is_broken ? check_size(listing) : result;
}

/* Adds how many rows the table has; null if they cannot be counted in time. */
static int add_rows(struct listing *listing, cJSON *object, const char *table)
{
    int64_t rows = 0;
    sqlite3_progress_handler(listing->db, INSTRUCTIONS_A_LOOK, is_too_late,
                             &listing->count_deadline_ms);
    int result = table_count_rows(listing->db, table, &rows, listing->error);
    bool is_late = result < 0 && (sqlite3_errcode(listing->db) & 0xFF) == SQLITE_INTERRUPT;
    allowance_stop_at(listing->db, listing->list_deadline_ms);
    if (is_late) {
        cJSON_AddNullToObject(object, "rows");
        return 0;
    }
    json_add_integer(object, "rows", rows);
    return result;
}

static int add_table(struct listing *listing, const char *name, const char *type)
{
    bool is_table = strcmp(type, "table") == 0;
    bool is_view = strcmp(type, "view") == 0;
    cJSON *table = cJSON_CreateObject();
    cJSON_AddItemToArray(listing->tables, table);
    add_name(listing, table, "name", name);
    json_add_text(table, "type", is_view ? "view" : "table");
    int result = check_size(listing);
    if (result == 0 && is_table) {
        result = add_rows(listing, table, name);
    } else {
        cJSON_AddNullToObject(table, "rows");
    }
    cJSON *columns = cJSON_AddArrayToObject(table, "columns");
    if (result == 0 && is_table) {
        result = add_columns(listing, name, columns);
    } else if (result == 0 && is_view) {
        result = add_view_columns(listing, name, columns);
    }
    return result;
}

static int add_tables(struct listing *listing)
{
    sqlite3_stmt *statement = NULL;
    int result = prepare(listing->db, tables_sql, &statement, listing->error);
    int rc = SQLITE_DONE;
    while (result == 0 && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
        result = add_table(listing, text_column(statement, 0), text_column(statement, 1));
    }
    if (result == 0 && rc != SQLITE_DONE) {
        result = database_error(listing->db, rc, "read the tables", listing->error);
    }
    sqlite3_finalize(statement);
    return result;
}

int schema_tables(sqlite3 *db, cJSON **ret_tables, struct error *error)
{
    struct listing listing = {.db = db,
                              .tables = cJSON_CreateArray(),
                              .list_deadline_ms = allowance_deadline(LIST_LIMIT_S),
                              .count_deadline_ms = timestamp_monotonic_ms() + COUNT_LIMIT_MS,
                              .error = error};
    allowance_stop_at(db, listing.list_deadline_ms);
    int result = add_tables(&listing);
    if (result < 0) {
        cJSON_Delete(listing.tables);
        return result;
    }
    *ret_tables = listing.tables;
    return 0;
}

/* --- one table, and all that is there --------------------------------------------------------- */

/* Prepares QUERY, whose %s is all tables. Reading a schema takes a moment, whatever the file's
 * size.
 */
static int prepare_of_tables(sqlite3 *db, const char *query, sqlite3_stmt **ret_statement,
                             struct error *error)
{
    allowance_stop_at(db, allowance_deadline(LIST_LIMIT_S));
    char *sql = sqlite3_mprintf(query, tables_sql);
    if (sql == NULL) {
        return error_memory(error);
    }
    int result = prepare(db, sql, ret_statement, error);
    sqlite3_free(sql);
    return result;
}

int schema_require_table(sqlite3 *db, const char *name, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    int result = prepare_of_tables(db, "SELECT type FROM (%s) WHERE name = ?1", &statement, error);
    if (result < 0) {
        return result;
    }
    sqlite3_bind_text(statement, 1, name, -1, SQLITE_TRANSIENT);
    int rc = sqlite3_step(statement);
    if (rc == SQLITE_DONE) {
        result = error_set(error, ERR_NOT_FOUND, "There is no table %.100s.", name);
    } else if (rc != SQLITE_ROW) {
        result = database_error(db, rc, "read the tables", error);
    } else if (strcmp(text_column(statement, 0), "table") != 0) {
        result = error_set(error, ERR_NOT_FOUND,
                           "%.100s is a %s%s: nothing is read but what a table holds.", name,
                           text_column(statement, 0),
                           strcmp(text_column(statement, 0), "view") == 0 ? "" : " table");
    }
    sqlite3_finalize(statement);
    return result;
}

enum { SQL_MAX = 16 << 20 };

static const char objects_sql[] =
    "SELECT type, name, sql, type = 'table' AND name IN (SELECT name FROM (%s) WHERE type = "
    "'table') FROM sqlite_schema WHERE type IN ('table', 'index', 'view', 'trigger') AND "
    "substr(name, 1, 7) <> 'sqlite_' AND substr(name, 1, 12) <> '_litestream_'";

/* Adds what it takes to *BYTES. */
static int add_object(struct schema_objects *objects, sqlite3_stmt *statement, size_t *bytes,
                      struct error *error)
{
    *bytes +=
        (size_t)sqlite3_column_bytes(statement, 1) + (size_t)sqlite3_column_bytes(statement, 2);
    if (objects->count == ENTRIES_MAX || *bytes > SQL_MAX) {
        return error_set(
            error, ERR_UNUSABLE,
            "The database's schema is too large: at most %d tables, indexes, views and "
            "triggers, and %d MB.",
            ENTRIES_MAX, SQL_MAX >> 20);
    }
    struct schema_object *items =
        array_make_room(objects->items, objects->count, sizeof *items, ENTRIES_MAX);
    if (items == NULL) {
        return error_memory(error);
    }
    objects->items = items;
    struct schema_object *object = &items[objects->count++];
    *object = (struct schema_object){.type = strdup(text_column(statement, 0)),
                                     .name = strdup(text_column(statement, 1)),
                                     .sql = strdup(text_column(statement, 2)),
                                     .is_ordinary_table = sqlite3_column_int(statement, 3) != 0};
    return object->type == NULL || object->name == NULL || object->sql == NULL ? error_memory(error)
                                                                               : 0;
}

int schema_compare_objects(const struct schema_object *a, const struct schema_object *b)
{
    int order = strcmp(a->type, b->type);
    return order != 0 ? order : strcmp(a->name, b->name);
}

static int compare_objects(const void *a, const void *b)
{
    return schema_compare_objects(a, b);
}

int schema_read_objects(sqlite3 *db, struct schema_objects *objects, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    *objects = (struct schema_objects){0};
    int result = prepare_of_tables(db, objects_sql, &statement, error);
    int rc = SQLITE_DONE;
    size_t bytes = 0;
    while (result == 0 && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
        result = add_object(objects, statement, &bytes, error);
    }
    if (result == 0 && rc != SQLITE_DONE) {
        result = database_error(db, rc, "read the schema", error);
    }
    sqlite3_finalize(statement);
    if (result == 0 && objects->count > 1) {
        qsort(objects->items, objects->count, sizeof *objects->items, compare_objects);
    }
    return result;
}

void schema_free_objects(struct schema_objects *objects)
{
    for (size_t i = 0; i < objects->count; i++) {
        free(objects->items[i].type);
        free(objects->items[i].name);
        free(objects->items[i].sql);
    }
    free(objects->items);
    *objects = (struct schema_objects){0};
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
    if (live->rc != SQLITE_DONE) {
        int result = database_error(live->db, live->rc, "read the live database's tables", error);
        return result == ERR_DAMAGED || result == ERR_UNUSABLE ? 0 : result;
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
