#include "export.h"

#include <string.h>

#include "csv.h"
#include "database.h"
#include "schema.h"

static char *select_rows(const char *name, const struct table *table)
{
    sqlite3_str *sql = sqlite3_str_new(NULL);
    for (int i = 0; i < table->column_count; i++) {
        sqlite3_str_appendf(sql, "%s \"%w\"", i == 0 ? "SELECT" : ",", table->columns[i]);
    }
    table_append_from(table, name, sql);
    return sqlite3_str_finish(sql);
}

static int read_first_row(struct export *export, const char *name, struct error *error)
{
    char *sql = select_rows(name, &export->table);
    if (sql == NULL) {
        return error_memory(error);
    }
    export->rc = sqlite3_prepare_v2(export->db, sql, -1, &export->rows, NULL);
    sqlite3_free(sql);
    if (export->rc == SQLITE_OK) {
        export->rc = sqlite3_step(export->rows);
    }
    return export->rc == SQLITE_ROW || export->rc == SQLITE_DONE
               ? 0
               : database_error(export->db, export->rc, "read the table", error);
}

int export_begin(sqlite3 *db, const char *name, struct export *export, struct error *error)
{
    *export = (struct export){.db = db};
    int result = schema_require_table(db, name, error);
    if (result == 0) {
        database_renew_time(db, NULL);
        result = table_read(db, name, &export->table, error);
    }
    return result < 0 ? result : read_first_row(export, name, error);
}

static void write_names(const struct table *table, struct csv *csv)
{
    for (int i = 0; i < table->column_count; i++) {
        csv_text(csv, table->columns[i], strlen(table->columns[i]));
    }
    csv_end_row(csv);
}

static void write_value(sqlite3_stmt *row, int column, struct csv *csv)
{
    switch (sqlite3_column_type(row, column)) {
    case SQLITE_INTEGER:
        csv_integer(csv, sqlite3_column_int64(row, column));
        break;
    case SQLITE_FLOAT:
        csv_real(csv, sqlite3_column_double(row, column));
        break;
    case SQLITE_BLOB:
        csv_blob(csv, sqlite3_column_blob(row, column), (size_t)sqlite3_column_bytes(row, column));
        break;
    case SQLITE_TEXT:
        csv_text(csv, (const char *)sqlite3_column_text(row, column),
                 (size_t)sqlite3_column_bytes(row, column));
        break;
    default:
        csv_null(csv);
    }
}

int export_write(struct export *export, const struct sink *sink, struct error *error)
{
    struct csv csv = {.sink = sink, .error = error};
    write_names(&export->table, &csv);
    while (csv.result == 0 && export->rc == SQLITE_ROW) {
        for (int i = 0; i < export->table.column_count; i++) {
            write_value(export->rows, i, &csv);
        }
        /* A value is nothing where there was no memory for it. */
        if (database_lacked_memory(export->db)) {
            return error_memory(error);
        }
        csv_end_row(&csv);
        export->rc = sqlite3_step(export->rows);
    }
    if (csv.result < 0) {
        return csv.result;
    }
    return export->rc == SQLITE_DONE
               ? database_was_left_alone(export->db, error)
               : database_error(export->db, export->rc, "read the table to its end", error);
}

void export_end(struct export *export)
{
    sqlite3_finalize(export->rows);
    table_free(&export->table);
    *export = (struct export){0};
}
