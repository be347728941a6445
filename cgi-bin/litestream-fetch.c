/* POST /api/backups/litestream/fetch: makes a local backup from the replica. */
#include "litestream_fetch.h"

#include "endpoint.h"
#include "human.h"
#include "json.h"
#include "webhook.h"

enum { TIMESTAMP, REPLICA };

static const struct parameter parameters[] = {
    [TIMESTAMP] = {.name = "timestamp",
                   .source = FROM_BODY,
                   .kind = KIND_TIME,
                   .is_argument = true,
                   .also = "latest",
                   .help = "the moment, such as 2025-01-06T14:30:00.123Z (default: latest)"},
    [REPLICA] = PARAMETER_REPLICA,
};

static int handle(const struct request *request, struct response *response)
{
    struct fetched fetched;
    struct store store;
    int64_t moment_ms = request->values[TIMESTAMP].integer;
    int result = catalog_open_store(request->database, STORE_WRITE, &store, &response->error);
    if (result < 0) {
        return result;
    }
    result =
        litestream_fetch(request->config, request->database, &store, request->values[REPLICA].text,
                         moment_ms, request->progress, &fetched, &response->error);
    store_close(&store);
    if (result < 0) {
        return result;
    }
    response->warning = fetched.retention_error;
    endpoint_locate_backup(request->database, &fetched.backup, response);
    webhook_backup_created(&request->config->webhook, &fetched.backup, request->database->name,
                           &response->warning);
    response->json = backup_to_json(&fetched.backup, request->database->name);
    json_add_time(response->json, "moment", moment_ms, TIMESTAMP_MILLISECONDS);
    json_add_time(response->json, "point", fetched.point_ms, TIMESTAMP_MILLISECONDS);
    return 0;
}

static void print(const cJSON *answer, FILE *out)
{
    char size[HUMAN_SIZE_SIZE];
    const char *filename = json_text(answer, "filename", "");
    human_size(json_integer(answer, "size", 0), size);
    fprintf(out, "Made %s (%s), with everything up to %s.\n", filename, size,
            json_text(answer, "point", ""));
    fprintf(out, "To make it the live database: backup-restore %s --yes\n", filename);
}

static const int errors[] = {ERR_NOT_FOUND, ERR_POINT, ERR_BUSY, ERR_UNAVAILABLE, ERR_NO_ROOM, 0};

static const struct endpoint endpoint = {
    .program = "litestream-fetch",
    .method = "POST",
    .path = "/api/backups/litestream/fetch",
    .summary = "Makes a local backup of any moment that the replica can give back.",
    .description = "It has everything that was in the replica at that moment, and nothing newer; "
                   "a moment after the\nlast upload is the latest. Nothing live is touched: "
                   "backup-restore makes it the live database.",
    .parameters = PARAMETERS(parameters),
    .touches = TOUCH_WRITE_BACKUPS | TOUCH_REPLICA | TOUCH_RUN_LITESTREAM | TOUCH_CONNECT,
    .action = "fetch",
    .success_status = 201,
    .answer = "FetchedBackup",
    .streams_progress = true,
    .errors = errors,
    .handle = handle,
    .print = print,
};

int main(int argc, char **argv)
{
    return endpoint_main(&endpoint, argc, argv);
}
