/* POST /api/backups/litestream/drill: proves that the replica gives the database back. */
#include "drill.h"
#include "endpoint.h"
#include "human.h"
#include "json.h"

enum { REPLICA };

static const struct parameter parameters[] = {
    [REPLICA] = PARAMETER_REPLICA,
};

static int handle(const struct request *request, struct response *response)
{
    struct drill_record record;
    struct store store;
    int result = catalog_open_store(request->database, STORE_WRITE, &store, &response->error);
    if (result < 0) {
        return result;
    }
    result = drill_run(request->config, request->database, &store, request->values[REPLICA].text,
                       request->progress, &record, &response->error);
    store_close(&store);
    if (result == 0) {
        response->json = drill_record_to_json(&record, request->database->name);
    }
    return result;
}

static void print(const cJSON *answer, FILE *out)
{
    char size[HUMAN_SIZE_SIZE];
    human_size(json_integer(answer, "size", 0), size);
    fprintf(out, "Proven restorable from %s (%s), with everything up to %s.\n",
            json_text(answer, "replica_url", ""), size, json_text(answer, "point", ""));
    fprintf(out, "%s\n", json_text(answer, "detail", ""));
}

static const int errors[] = {ERR_NOT_FOUND, ERR_DAMAGED,     ERR_UNUSABLE, ERR_POINT,
                             ERR_BUSY,      ERR_UNAVAILABLE, ERR_NO_ROOM,  0};

static const struct endpoint endpoint = {
    .program = "litestream-drill",
    .method = "POST",
    .path = "/api/backups/litestream/drill",
    .summary = "Proves that the replica gives the database back.",
    .description =
        "What the replica has is fetched, checked, compared with the live database by the "
        "rows of every table, and\nremoved again. The outcome is recorded, a failure "
        "too: litestream-status and health tell it.",
    .parameters = PARAMETERS(parameters),
    .touches = TOUCH_LOOK_AT_LIVE | TOUCH_WRITE_BACKUPS | TOUCH_REPLICA | TOUCH_RUN_LITESTREAM |
               TOUCH_CONNECT,
    .action = "drill",
    .success_status = 200,
    .answer = "Drill",
    .streams_progress = true,
    .errors = errors,
    .handle = handle,
    .print = print,
};

int main(int argc, char **argv)
{
    return endpoint_main(&endpoint, argc, argv);
}
