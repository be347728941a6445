/* GET /api/backups/{filename}/compare?with={filename|live}: what differs between two of them. */
#include "compare.h"
#include "database.h"
#include "endpoint.h"
#include "human.h"
#include "json.h"

enum { FILENAME, WITH };

static const struct parameter parameters[] = {
    [FILENAME] = PARAMETER_FILENAME,
    [WITH] = {.name = "with",
              .source = FROM_QUERY,
              .kind = KIND_FILENAME,
              .is_argument = true,
              .also = SOURCE_LIVE,
              .help = "the backup to compare it with, or live, the default, for the live database"},
};

static int open_both(const struct request *request, const char *with, sqlite3 **ret_from,
                     sqlite3 **ret_to, struct error *error)
{
    const char *filename = request->values[FILENAME].text;
    int result = source_open(request->config, request->database, filename, ret_from, error);
    return result < 0 ? result
                      : source_open(request->config, request->database, with, ret_to, error);
}

static int handle(const struct request *request, struct response *response)
{
    const char *with = request->values[WITH].given ? request->values[WITH].text : SOURCE_LIVE;
    sqlite3 *from = NULL;
    sqlite3 *to = NULL;
    int result = open_both(request, with, &from, &to, &response->error);
    if (result == 0) {
        response->json = cJSON_CreateObject();
        json_add_text(response->json, "from", request->values[FILENAME].text);
        json_add_text(response->json, "to", with);
        result = compare_databases(from, to, response->json, &response->error);
    }
    if (result == 0) {
        result = database_was_left_alone(to, &response->error);
    }
    database_close(from);
    database_close(to);
    return result;
}

static void print(const cJSON *answer, FILE *out)
{
    static const struct human_column tables[] = {
        {.heading = "ROWS OF", .field = "name"},
        {.heading = "ADDED", .field = "added", .format = HUMAN_COUNT},
        {.heading = "REMOVED", .field = "removed", .format = HUMAN_COUNT},
        {.heading = "CHANGED", .field = "changed", .format = HUMAN_COUNT},
    };
    static const struct human_column schema[] = {
        {.heading = "SCHEMA", .field = "name"},
        {.heading = "CHANGE", .field = "change"},
    };
    const char *from = json_text(answer, "from", "");
    const char *to = json_text(answer, "to", "");
    if (json_flag(answer, "identical")) {
        fprintf(out, "%s and %s are identical.\n", from, to);
        return;
    }
    fprintf(out, "From %s to %s:\n\n", from, to);
    human_table(cJSON_GetObjectItemCaseSensitive(answer, "tables"), tables,
                sizeof tables / sizeof tables[0], "All rows are the same.", out);
    if (cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(answer, "schema")) > 0) {
        fputs("\n", out);
        human_table(cJSON_GetObjectItemCaseSensitive(answer, "schema"), schema,
                    sizeof schema / sizeof schema[0], "", out);
    }
}

static const int errors[] = {ERR_NOT_FOUND, ERR_DAMAGED, ERR_UNUSABLE, ERR_BUSY, 0};

static const struct endpoint endpoint = {
    .program = "backup-compare",
    .method = "GET",
    .path = "/api/backups/{filename}/compare",
    .summary = "Tells what differs from a backup to the live database, or to another backup.",
    .description =
        "Rows belong together that have the same primary key. The JSON has a few samples "
        "of\neach table's changes.",
    .parameters = PARAMETERS(parameters),
    .touches = TOUCH_LOOK_AT_LIVE | TOUCH_READ_BACKUPS,
    .success_status = 200,
    .answer = "Comparison",
    .errors = errors,
    .handle = handle,
    .print = print,
};

int main(int argc, char **argv)
{
    return endpoint_main(&endpoint, argc, argv);
}
