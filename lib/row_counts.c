#include "row_counts.h"

#include <stdlib.h>
#include <string.h>

#include "database.h"
#include "schema.h"
#include "table.h"

/* Takes over the tables of OBJECTS, which are sorted. */
static int take_tables(struct schema_objects *objects, struct row_counts *counts,
                       struct error *error)
{
    counts->items = calloc(objects->count + 1, sizeof *counts->items);
    if (counts->items == NULL) {
        return error_memory(error);
    }
    for (size_t i = 0; i < objects->count; i++) {
        struct schema_object *object = &objects->items[i];
        if (strcmp(object->type, "table") == 0) {
            counts->items[counts->count++] =
                (struct row_count){object->name, object->is_ordinary_table ? 0 : -1};
            object->name = NULL;
        }
    }
    return 0;
}

static int read_tables(sqlite3 *db, struct row_counts *counts, struct error *error)
{
    struct schema_objects objects;
    int result = schema_read_objects(db, &objects, error);
    if (result == 0) {
        result = take_tables(&objects, counts, error);
    }
    schema_free_objects(&objects);
    return result;
}

int row_counts_read(sqlite3 *db, struct row_counts *counts, struct error *error)
{
    *counts = (struct row_counts){0};
    int result = database_execute(db, "BEGIN", "read the database", error);
    if (result == 0) {
        result = read_tables(db, counts, error);
    }
    database_renew_time(db, NULL);
    for (size_t i = 0; result == 0 && i < counts->count; i++) {
        struct row_count *item = &counts->items[i];
        result = item->rows < 0 ? 0 : table_count_rows(db, item->name, &item->rows, error);
    }
    return result;
}

static int compare_name(const void *name, const void *item)
{
    return strcmp(name, ((const struct row_count *)item)->name);
}

const struct row_count *row_counts_find(const struct row_counts *counts, const char *name)
{
    return counts->count == 0
               ? NULL
               : bsearch(name, counts->items, counts->count, sizeof *counts->items, compare_name);
}

void row_counts_sum(const struct row_counts *counts, int64_t *ret_tables, int64_t *ret_rows)
{
    *ret_tables = 0;
    *ret_rows = 0;
    for (size_t i = 0; i < counts->count; i++) {
        *ret_tables += counts->items[i].rows >= 0;
        *ret_rows += counts->items[i].rows >= 0 ? counts->items[i].rows : 0;
    }
}

void row_counts_free(struct row_counts *counts)
{
    for (size_t i = 0; i < counts->count; i++) {
        free(counts->items[i].name);
    }
    free(counts->items);
    *counts = (struct row_counts){0};
}
