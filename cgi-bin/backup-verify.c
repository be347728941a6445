/* POST /api/backups/{filename}/verify: checks a backup in full. */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "backup_check.h"
#include "endpoint.h"
#include "json.h"

enum { FILENAME, OLDEST };

static const struct parameter parameters[] = {
    [FILENAME] = {.name = "filename",
                  .source = FROM_PATH,
                  .kind = KIND_FILENAME,
                  .help = "the backup"},
    [OLDEST] = {.name = "oldest",
                .source = FROM_OPTION,
                .kind = KIND_INTEGER,
                .minimum = 1,
                .maximum = 10000,
                .help = "instead of FILENAME: the N whole ones whose check is longest ago"},
};

static cJSON *describe(const struct backup *backup, const struct verify_report *report,
                       const char *database)
{
    cJSON *object = cJSON_CreateObject();
    json_add_text(object, "status", report->count == 0 ? "ok" : "damaged");
    json_add_text(object, "filename", backup->filename);
    json_add_text(object, "sha256", backup->sha256[0] == '\0' ? NULL : backup->sha256);
    json_add_time(object, "verified", backup->verified_ms, TIMESTAMP_SECONDS);
    cJSON *problems = cJSON_AddArrayToObject(object, "problems");
    for (int i = 0; i < report->count; i++) {
        cJSON_AddItemToArray(problems, cJSON_CreateString(report->problems[i]));
    }
    json_add_text(object, "database", database);
    return object;
}

static int check_one(const struct request *request, const struct store *store, const char *filename,
                     cJSON **ret_json, struct response *response)
{
    struct verify_report report;
    struct backup backup;
    int result =
        backup_check(store, filename, request->progress, &report, &backup, &response->error);
    if (result == 0) {
        *ret_json = describe(&backup, &report, request->database->name);
    }
    if (result == 0 && report.count > 0) {
        response->exit_status = EX_DATAERR;
    }
    return result;
}

static int compare_verified(const void *left, const void *right)
{
    int64_t a = ((const struct backup *)left)->verified_ms;
    int64_t b = ((const struct backup *)right)->verified_ms;
    return (a > b) - (a < b);
}

/* Those that are damaged stay the oldest for ever: they are told, and do not count. One that
 * retention removed meanwhile does not matter. */
static int check_oldest(const struct request *request, const struct store *store,
                        struct response *response)
{
    struct backup *list = NULL;
    size_t count = 0;
    int64_t whole = 0;
    int result = store_list(store, &list, &count, &response->error);
    if (count > 1) {
        qsort(list, count, sizeof *list, compare_verified);
    }
    response->json = cJSON_CreateArray();
    for (size_t i = 0; result == 0 && i < count && whole < request->values[OLDEST].integer; i++) {
        cJSON *json = NULL;
        result = check_one(request, store, list[i].filename, &json, response);
        if (result == 0) {
            cJSON_AddItemToArray(response->json, json);
            whole += strcmp(json_text(json, "status", ""), "ok") == 0;
        }
        result = result == ERR_NOT_FOUND ? 0 : result;
    }
    free(list);
    return result;
}

static int handle(const struct request *request, struct response *response)
{
    const struct value *values = request->values;
    if (values[FILENAME].given == values[OLDEST].given) {
        return error_set(&response->error, ERR_BAD_REQUEST,
                         "Name a backup, or say how many: FILENAME or --oldest N.");
    }
    struct store store;
    int result = catalog_open_store(request->database, STORE_WRITE, &store, &response->error);
    if (result < 0) {
        return result;
    }
    result = values[OLDEST].given
                 ? check_oldest(request, &store, response)
                 : check_one(request, &store, values[FILENAME].text, &response->json, response);
    store_close(&store);
    return result;
}

static void print_one(const cJSON *object, FILE *out)
{
    const cJSON *problem;
    fprintf(out, "%s: %s\n", json_text(object, "filename", ""), json_text(object, "status", ""));
    cJSON_ArrayForEach(problem, cJSON_GetObjectItemCaseSensitive(object, "problems"))
    {
        fprintf(out, "  %s\n", problem->valuestring);
    }
}

static void print(const cJSON *answer, FILE *out)
{
    const cJSON *object;
    if (!cJSON_IsArray(answer)) {
        print_one(answer, out);
        return;
    }
    cJSON_ArrayForEach(object, answer)
    {
        print_one(object, out);
    }
}

static const int errors[] = {ERR_NOT_FOUND, ERR_BUSY, ERR_NO_ROOM, 0};

static const struct endpoint endpoint = {
    .program = "backup-verify",
    .method = "POST",
    .path = "/api/backups/{filename}/verify",
    .summary = "Checks a backup in full: SQLite's integrity check, and the recorded checksum.",
    .description = "The outcome is recorded. In the shell a damaged backup is exit status 65.",
    .parameters = PARAMETERS(parameters),
    .touches = TOUCH_WRITE_BACKUPS,
    .action = "verify",
    .success_status = 200,
    .answer = "Verified",
    .streams_progress = true,
    .errors = errors,
    .handle = handle,
    .print = print,
};

int main(int argc, char **argv)
{
    return endpoint_main(&endpoint, argc, argv);
}
