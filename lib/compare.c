#include "compare.h"

#include <stdio.h>
#include <string.h>

#include "compare_rows.h"
#include "database.h"
#include "json.h"
#include "schema.h"
#include "text.h"

/* All of the answer is held in memory until it is sent. */
enum { SQL_SHOWN = 4000, SQL_MAX = 8 << 20, SAMPLES_MAX = 1 << 20 };

struct work {
    sqlite3 *from, *to;
    cJSON *schema, *tables;
    size_t sql_left, samples_left;
    struct error *error;
};

static void add_sql(cJSON *entry, const char *name, const struct schema_object *object)
{
    char sql[SQL_SHOWN + sizeof "…"];
    if (object == NULL) {
        json_add_text(entry, name, NULL);
        return;
    }
    snprintf(sql, SQL_SHOWN + 1, "%s", object->sql);
    text_make_printable(sql);
    if (strlen(object->sql) > SQL_SHOWN) {
        text_append(sql, sizeof sql, "…");
    }
    json_add_text(entry, name, sql);
}

static size_t shown_size(const struct schema_object *object)
{
    size_t size = object == NULL ? 0 : strlen(object->sql);
    return size < SQL_SHOWN ? size : SQL_SHOWN;
}

static int add_change(struct work *work, const char *name, const struct schema_object *from,
                      const struct schema_object *to)
{
    size_t size = strlen(name) + shown_size(from) + shown_size(to) + sizeof *from;
    if (size > work->sql_left) {
        return error_set(work->error, ERR_UNUSABLE,
                         "The two schemas differ in more than can be listed.");
    }
    work->sql_left -= size;
    cJSON *entry = cJSON_CreateObject();
    json_add_printable(entry, "name", name);
    json_add_text(entry, "change", from == NULL ? "added" : to == NULL ? "removed" : "changed");
    add_sql(entry, "from", from);
    add_sql(entry, "to", to);
    cJSON_AddItemToArray(work->schema, entry);
    return 0;
}

/* What both have, or, where one is NULL, only one. */
static int compare_objects(struct work *work, const char *name, const struct schema_object *from,
                           const struct schema_object *to)
{
    int result = 0;
    if (from == NULL || to == NULL || strcmp(from->sql, to->sql) != 0) {
        result = add_change(work, name, from, to);
    }
    sqlite3 *from_db = from != NULL && from->is_ordinary_table ? work->from : NULL;
    sqlite3 *to_db = to != NULL && to->is_ordinary_table ? work->to : NULL;
    if (result < 0 || (from_db == NULL && to_db == NULL)) {
        return result;
    }
    return compare_rows(from_db, to_db, name, &work->samples_left, work->tables, work->error);
}

/* Merges the two sorted lists. */
static int compare_lists(struct work *work, const struct schema_objects *from,
                         const struct schema_objects *to)
{
    size_t i = 0;
    size_t k = 0;
    int result = 0;
    while (result == 0 && (i < from->count || k < to->count)) {
        int order = i == from->count ? 1
                    : k == to->count ? -1
                                     : schema_compare_objects(&from->items[i], &to->items[k]);
        const struct schema_object *old = order <= 0 ? &from->items[i] : NULL;
        const struct schema_object *new = order >= 0 ? &to->items[k] : NULL;
        result =
            compare_objects(work, order <= 0 ? from->items[i].name : to->items[k].name, old, new);
        i += order <= 0;
        k += order >= 0;
    }
    return result;
}

static int compare_all(struct work *work)
{
    struct schema_objects from = {0};
    struct schema_objects to = {0};
    int result = schema_read_objects(work->from, &from, work->error);
    if (result == 0) {
        result = schema_read_objects(work->to, &to, work->error);
    }
    if (result == 0) {
        database_renew_time(work->from, work->to);
        result = compare_lists(work, &from, &to);
    }
    schema_free_objects(&from);
    schema_free_objects(&to);
    return result;
}

int compare_databases(sqlite3 *from, sqlite3 *to, cJSON *answer, struct error *error)
{
    struct work work = {.from = from,
                        .to = to,
                        .schema = cJSON_CreateArray(),
                        .tables = cJSON_CreateArray(),
                        .sql_left = SQL_MAX,
                        .samples_left = SAMPLES_MAX,
                        .error = error};
    int result = compare_all(&work);
    cJSON_AddBoolToObject(answer, "identical",
                          cJSON_GetArraySize(work.schema) + cJSON_GetArraySize(work.tables) == 0);
    cJSON_AddItemToObject(answer, "schema", work.schema);
    cJSON_AddItemToObject(answer, "tables", work.tables);
    return result;
}
