/* GET /api/databases: the databases there are. */
#include <stdlib.h>
#include <sys/stat.h>

#include "endpoint.h"
#include "human.h"
#include "json.h"

/* Adds how many backups there are, and when the newest was made. */
static int add_backups(const struct database *database, cJSON *object, struct error *error)
{
    struct backup *list;
    size_t count;
    int result = catalog_list_backups(database, &list, &count, error);
    if (result == 0) {
        json_add_integer(object, "backups", (int64_t)count);
        json_add_time(object, "last_backup", count == 0 ? 0 : list[0].created_ms,
                      TIMESTAMP_MILLISECONDS);
    }
    free(list);
    return result;
}

static int add_database(const struct database *database, cJSON *array, struct error *error)
{
    struct stat status;
    cJSON *object = cJSON_CreateObject();
    cJSON_AddItemToArray(array, object);
    json_add_text(object, "name", database->name);
    json_add_text(object, "path", database->path);
    if (stat(database->path, &status) == 0) {
        json_add_integer(object, "size", status.st_size);
    } else {
        cJSON_AddNullToObject(object, "size");
    }
    cJSON_AddBoolToObject(object, "default", database->is_default);
    return add_backups(database, object, error);
}

static int handle(const struct request *request, struct response *response)
{
    struct database *list = NULL;
    size_t count = 0;
    int result = catalog_list(request->config, &list, &count, &response->error);
    response->json = cJSON_CreateArray();
    for (size_t i = 0; result == 0 && i < count; i++) {
        result = add_database(&list[i], response->json, &response->error);
    }
    free(list);
    return result;
}

static void print(const cJSON *answer, FILE *out)
{
    static const struct human_column columns[] = {
        {.heading = "NAME", .field = "name"},
        {.heading = "DEFAULT", .field = "default", .format = HUMAN_FLAG},
        {.heading = "SIZE", .field = "size", .format = HUMAN_BYTES, .missing = "missing"},
        {.heading = "BACKUPS", .field = "backups", .format = HUMAN_COUNT},
        {.heading = "LAST BACKUP", .field = "last_backup", .missing = "never"},
        {.heading = "PATH", .field = "path"},
    };
    human_table(answer, columns, sizeof columns / sizeof columns[0], "There is no database.", out);
}

static const int errors[] = {0};

static const struct endpoint endpoint = {
    .program = "database-list",
    .method = "GET",
    .path = "/api/databases",
    .summary = "Lists the databases and how well each is backed up.",
    .touches = TOUCH_LIST_DATABASES | TOUCH_READ_BACKUPS,
    .success_status = 200,
    .answer = "Database",
    .answers_array = true,
    .needs_no_database = true,
    .errors = errors,
    .handle = handle,
    .print = print,
};

int main(int argc, char **argv)
{
    return endpoint_main(&endpoint, argc, argv);
}
