/* POST /api/backups/{filename}/restore: makes a backup the live database's content. */
#include "endpoint.h"
#include "json.h"
#include "litestream_status.h"
#include "restore.h"

enum { FILENAME, FORCE, YES };

static const struct parameter parameters[] = {
    [FILENAME] = PARAMETER_FILENAME,
    [FORCE] = {.name = "force",
               .source = FROM_BODY,
               .kind = KIND_FLAG,
               .help = "even if the backup's tables are not those of the live database"},
    [YES] = {.name = "yes",
             .source = FROM_OPTION,
             .kind = KIND_FLAG,
             .required = true,
             .help = "says that the live data may be replaced"},
};

/* How long the answer waits for the replica, beyond its sync interval. */
enum { REPLICA_PATIENCE_MS = 5000 };

/* What the answer says of the replica; NULL where there is none. */
static const char *await_replica(const struct request *request)
{
    enum replication_state state = litestream_status_wait(request->config, request->database,
                                                          REPLICA_PATIENCE_MS, request->progress);
    if (state == REPLICATION_DISABLED) {
        return NULL;
    }
    return state == REPLICATION_ACTIVE ? "in sync" : replication_state_name(state);
}

static void describe(const struct restore_result *done, const char *filename, const char *replica,
                     struct response *response)
{
    char message[512];
    const char *advice = !done->reopen_required ? ""
                         : replica == NULL
                             ? " The app has to open the database again: restart it."
                             : " The app and Litestream have to open the database again: restart "
                               "them.";
    snprintf(message, sizeof message, "%s is now the live database.%s", filename, advice);
    cJSON *json = cJSON_CreateObject();
    json_add_text(json, "status", "restored");
    json_add_text(json, "message", message);
    json_add_text(json, "filename", filename);
    json_add_text(json, "safety_backup",
                  done->safety_backup[0] == '\0' ? NULL : done->safety_backup);
    json_add_integer(json, "duration_ms", done->duration_ms);
    webhook_add_notified(&done->webhook, json);
    json_add_text(json, "replica", replica);
    if (done->reopen_required) {
        cJSON_AddTrueToObject(json, "reopen_required");
        json_add_text(json, "kept_aside", done->kept_aside[0] == '\0' ? NULL : done->kept_aside);
    }
    response->json = json;
}

static int handle(const struct request *request, struct response *response)
{
    const char *filename = request->values[FILENAME].text;
    struct store store;
    struct restore_result done;
    int result = catalog_open_store(request->database, STORE_WRITE, &store, &response->error);
    if (result < 0) {
        return result;
    }
    result =
        restore_backup(request->config, request->database, &store, filename,
                       request->values[FORCE].flag, request->progress, &done, &response->error);
    store_close(&store);
    response->warning = done.retention_error;
    webhook_add_warning(&done.webhook, &response->warning);
    if (result == 0) {
        describe(&done, filename, await_replica(request), response);
    }
    return result;
}

static void print(const cJSON *answer, FILE *out)
{
    const char *safety = json_text(answer, "safety_backup", NULL);
    const char *replica = json_text(answer, "replica", NULL);
    fprintf(out, "%s It took %.1f s.\n", json_text(answer, "message", ""),
            (double)json_integer(answer, "duration_ms", 0) / 1000);
    if (replica != NULL) {
        fprintf(out, "The replica: %s.\n", replica);
    }
    if (safety != NULL) {
        fprintf(out, "To undo it: backup-restore %s --yes\n", safety);
    }
}

static const int errors[] = {
    ERR_NOT_FOUND, ERR_DAMAGED, ERR_SCHEMA_DIFFERS, ERR_UNUSABLE, ERR_BUSY, ERR_NO_ROOM, 0};

static const struct endpoint endpoint = {
    .program = "backup-restore",
    .method = "POST",
    .path = "/api/backups/{filename}/restore",
    .summary = "Makes a backup the content of the live database, while everybody keeps working.",
    .description = "A safety backup of what is live now is taken first. The restore itself is one "
                   "SQLite\ntransaction: everybody sees the old database or the new one, whole, "
                   "and nothing has to restart.",
    .parameters = PARAMETERS(parameters),
    .touches = TOUCH_WRITE_LIVE | TOUCH_WRITE_BACKUPS | TOUCH_REPLICA | TOUCH_CONNECT,
    .action = "restore",
    .success_status = 200,
    .answer = "Restored",
    .streams_progress = true,
    .errors = errors,
    .handle = handle,
    .print = print,
};

int main(int argc, char **argv)
{
    return endpoint_main(&endpoint, argc, argv);
}
