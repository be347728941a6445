/* GET /api/backups/{filename|live}/tables: the tables of a backup or of the live database. */
#include "database.h"
#include "endpoint.h"
#include "human.h"
#include "json.h"
#include "schema.h"
#include "source.h"

enum { FILENAME };

static const struct parameter parameters[] = {
    [FILENAME] = PARAMETER_FILENAME_OR_LIVE,
};

static int handle(const struct request *request, struct response *response)
{
    sqlite3 *db = NULL;
    int result = source_open(request->config, request->database, request->values[FILENAME].text,
                             &db, &response->error);
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
