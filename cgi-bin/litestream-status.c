/* GET /api/backups/litestream/status: whether every change is in the replica. */
#include "litestream_status.h"

#include <string.h>

#include "drill_record.h"
#include "endpoint.h"
#include "human.h"
#include "json.h"

/* What one replica and the whole have alike. */
static void describe(const struct replica_status *status, cJSON *json)
{
    json_add_text(json, "status", replication_state_name(status->state));
    json_add_time(json, "last_sync", status->last_sync_ms, TIMESTAMP_MILLISECONDS);
    if (status->lag_ms < 0) {
        cJSON_AddNullToObject(json, "lag_seconds");
    } else {
        cJSON_AddNumberToObject(json, "lag_seconds", (double)status->lag_ms / 1000);
    }
    if (status->lag_bytes < 0) {
        cJSON_AddNullToObject(json, "lag_bytes");
    } else {
        json_add_integer(json, "lag_bytes", status->lag_bytes);
    }
    json_add_text(json, "detail", status->detail);
}

static cJSON *describe_replica(const struct litestream_replica *replica,
                               const struct replica_status *status)
{
    cJSON *json = cJSON_CreateObject();
    json_add_text(json, "name", replica->name);
    json_add_text(json, "url", replica->url);
    describe(status, json);
    return json;
}

static cJSON *describe_all(const struct litestream_status *status)
{
    struct replica_status none = {.state = status->state, .lag_ms = -1, .lag_bytes = -1};
    int worst = litestream_status_worst(status);
    snprintf(none.detail, sizeof none.detail, "%s", status->detail);
    const struct litestream_replica *replica = &status->database.replicas[worst < 0 ? 0 : worst];
    cJSON *json = cJSON_CreateObject();
    describe(worst < 0 ? &none : &status->replicas[worst], json);
    json_add_text(json, "replica_url", worst < 0 ? NULL : replica->url);
    if (worst >= 0) {
        cJSON_AddNumberToObject(json, "sync_interval_seconds",
                                (double)replica->sync_interval_ms / 1000);
    }
    cJSON *replicas = cJSON_AddArrayToObject(json, "replicas");
    for (int i = 0; i < status->database.replica_count; i++) {
        cJSON_AddItemToArray(replicas,
                             describe_replica(&status->database.replicas[i], &status->replicas[i]));
    }
    return json;
}

/* A record that cannot be read proves nothing; health tells of it. */
static void describe_drill(const struct database *database, const struct litestream_status *status,
                           cJSON *json)
{
    struct drill_record record;
    struct error ignored;
    (void)drill_record_read_of(database, &status->database, &record, &ignored);
    json_add_time(json, "proven", record.last_proven_ms, TIMESTAMP_MILLISECONDS);
    if (record.last_ms == 0) {
        cJSON_AddNullToObject(json, "drill");
    } else {
        cJSON_AddItemToObject(json, "drill", drill_record_to_json(&record, database->name));
    }
}

static int handle(const struct request *request, struct response *response)
{
    struct litestream_status status;
    int result =
        litestream_status_read(request->config, request->database, &status, &response->error);
    if (result == 0) {
        response->json = describe_all(&status);
        describe_drill(request->database, &status, response->json);
    }
    return result;
}

static void print_time(const cJSON *answer, const char *name, const char *heading, FILE *out)
{
    char age[HUMAN_AGE_SIZE];
    int64_t ms = 0;
    const char *time = json_text(answer, name, "");
    if (timestamp_parse(time, strlen(time), TIMESTAMP_MILLISECONDS, &ms)) {
        human_age(timestamp_now_ms() - ms, age);
        fprintf(out, "  %-9s  %s (%s)\n", heading, age, time);
    }
}

static void print(const cJSON *answer, FILE *out)
{
    const cJSON *drill = cJSON_GetObjectItemCaseSensitive(answer, "drill");
    const char *url = json_text(answer, "replica_url", NULL);
    fprintf(out, "%s: %s\n", json_text(answer, "status", ""), json_text(answer, "detail", ""));
    if (url != NULL) {
        fprintf(out, "  replica    %s\n", url);
    }
    print_time(answer, "last_sync", "last sync", out);
    print_time(answer, "proven", "proven", out);
    if (strcmp(json_text(drill, "status", ""), "failed") == 0) {
        fprintf(out, "  The last restore drill failed: %s\n", json_text(drill, "detail", ""));
    }
}

static const int errors[] = {ERR_NOT_FOUND, ERR_UNAVAILABLE, 0};

static const struct endpoint endpoint = {
    .program = "litestream-status",
    .method = "GET",
    .path = "/api/backups/litestream/status",
    .summary = "Tells whether every change of the database is in its replica.",
    .description =
        "active: nothing older than the sync interval and 5 seconds is missing. behind: "
        "something is, or may be.\nstopped: Litestream does not run. unreachable: the "
        "replica does not answer or refuses.\ndisabled: Litestream's configuration does "
        "not name this database. Answers within 2 seconds. Proven is when a restore drill "
        "last got everything back.",
    .touches = TOUCH_REPLICA | TOUCH_CONNECT,
    .success_status = 200,
    .answer = "Replication",
    .errors = errors,
    .handle = handle,
    .print = print,
};

int main(int argc, char **argv)
{
    return endpoint_main(&endpoint, argc, argv);
}
