/* GET /api/backups/{filename|live}/tables: the tables of a backup or of the live database. */
#include <string.h>

#include "database.h"
#include "endpoint.h"
#include "human.h"
#include "json.h"
#include "schema.h"

enum { FILENAME };

static const struct parameter parameters[] = {
    [FILENAME] = {.name = "filename",
                  .source = FROM_PATH,
                  .kind = KIND_FILENAME,
                  .required = true,
                  .also = "live",
                  .help = "the backup, or live for the live database"},
};

static int open_backup(const struct request *request, const char *filename, sqlite3 **ret_db,
                       struct error *error)
{
    struct store store;
    struct backup backup;
    char path[PATH_MAX + FILENAME_SIZE];
    int result = catalog_open_store(request->database, STORE_READ, &store, error);
    if (result == 0) {
        result = store_get(&store, filename, &backup, error);
    }
    snprintf(path, sizeof path, "%s/%s", store.path, filename);
    store_close(&store);
    return result == 0 ? database_open_backup(path, ret_db, error) : result;
}

static int open_live(const struct request *request, sqlite3 **ret_db, struct error *error)
{
    int result = catalog_require_file(request->database, error);
    return result < 0 ? result
                      : database_open_live(request->database->path, DATABASE_LOOK,
                                           request->config->busy_timeout_s * 1000, ret_db, error);
}

static int handle(const struct request *request, struct response *response)
{
    const char *filename = request->values[FILENAME].text;
    sqlite3 *db = NULL;
    int result = strcmp(filename, parameters[FILENAME].also) == 0
                     ? open_live(request, &db, &response->error)
                     : open_backup(request, filename, &db, &response->error);
    if (result == 0) {
        /* One read transaction: all counts are of one moment. */
        result = database_execute(db, "BEGIN", "read the database", &response->error);
    }
    if (result == 0) {
        result = schema_tables(db, &response->json, &response->error);
    }
    if (result == 0) {
        result = database_was_left_alone(db, &response->error);
    }
    database_close(db);
    return result;
}

static void print_columns(const cJSON *row, char *out, size_t size)
{
    const cJSON *column;
    size_t end = 0;
    out[0] = '\0';
    cJSON_ArrayForEach(column, cJSON_GetObjectItemCaseSensitive(row, "columns"))
    {
        if (end < size) {
            int length = snprintf(out + end, size - end, "%s%s", end == 0 ? "" : ", ",
                                  json_text(column, "name", ""));
            end += (size_t)length;
        }
    }
}

static void print(const cJSON *answer, FILE *out)
{
    static const struct human_column columns[] = {
        {.heading = "NAME", .field = "name"},
        {.heading = "TYPE", .field = "type"},
        {.heading = "ROWS", .field = "rows", .format = HUMAN_COUNT, .missing = "-"},
        {.heading = "COLUMNS", .print = print_columns},
    };
    human_table(answer, columns, sizeof columns / sizeof columns[0], "There is no table.", out);
}

static const int errors[] = {ERR_NOT_FOUND, ERR_DAMAGED, ERR_UNUSABLE, ERR_BUSY, 0};

static const struct endpoint endpoint = {
    .program = "backup-tables",
    .method = "GET",
    .path = "/api/backups/{filename}/tables",
    .summary = "Lists the tables of a backup or of the live database, with their columns and rows.",
    .parameters = PARAMETERS(parameters),
    .touches = TOUCH_LOOK_AT_LIVE | TOUCH_READ_BACKUPS,
    .success_status = 200,
    .answer = "Table",
    .answers_array = true,
    .errors = errors,
    .handle = handle,
    .print = print,
};

int main(int argc, char **argv)
{
    return endpoint_main(&endpoint, argc, argv);
}
