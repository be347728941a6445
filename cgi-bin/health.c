/* GET /api/health: whether backups can be made and restored right now; GET /metrics: the same, and
 * more, for Prometheus. */
#include "health.h"

#include <sysexits.h>

#include "endpoint.h"
#include "json.h"
#include "metrics.h"
#include "survey_metrics.h"

static int handle(const struct request *request, struct response *response)
{
    struct database found;
    struct error error;
    const struct database *database = request->database;
    if (database == NULL && catalog_find(request->config, NULL, &found, &error) == 0) {
        database = &found;
    }
    enum health_status status = database == NULL ? health_of_none(&error, &response->json)
                                                 : health_check(database, &response->json);
    if (status == HEALTH_FAILING) {
        response->http_status = request->endpoint->other_status;
        response->exit_status = EX_UNAVAILABLE;
    }
    return 0;
}

static void print(const cJSON *answer, FILE *out)
{
    const cJSON *check;
    fprintf(out, "%s\n", json_text(answer, "status", ""));
    cJSON_ArrayForEach(check, cJSON_GetObjectItemCaseSensitive(answer, "checks"))
    {
        fprintf(out, "  %-16s %-9s %s\n", check->string, json_text(check, "status", ""),
                json_text(check, "detail", ""));
    }
}

static int handle_metrics(const struct request *request, struct response *response)
{
    response->text_type = METRICS_MEDIA_TYPE;
    return survey_metrics(request->config, request->database, &response->text, &response->error);
}

static const int errors[] = {0};
static const int errors_of_metrics[] = {ERR_BUSY, ERR_UNAVAILABLE, 0};

/* It calls out to the replica, and /api/health, which probes ask, does not. */
static const struct endpoint metrics = {
    .program = "health",
    .option = "metrics",
    .method = "GET",
    .path = "/metrics",
    .summary = "Tells Prometheus about every database, in its text format.",
    .touches = TOUCH_LIST_DATABASES | TOUCH_LOOK_AT_LIVE | TOUCH_READ_BACKUPS | TOUCH_REPLICA |
               TOUCH_CONNECT,
    .success_status = 200,
    .media_type = "text/plain",
    .answers_text = true,
    .needs_no_database = true,
    .errors = errors_of_metrics,
    .handle = handle_metrics,
};

static const struct endpoint endpoint = {
    .program = "health",
    .method = "GET",
    .path = "/api/health",
    .summary = "Tells whether backups can be made and restored right now.",
    .description = "The status is ok, degraded (works, but somebody should look) or failing (503; "
                   "exit status 69).",
    .touches = TOUCH_LOOK_AT_LIVE | TOUCH_READ_BACKUPS,
    .success_status = 200,
    .other_status = 503,
    .answer = "Health",
    .needs_no_database = true,
    .lists_settings = true,
    .also = &metrics,
    .errors = errors,
    .handle = handle,
    .print = print,
};

int main(int argc, char **argv)
{
    return endpoint_main(&endpoint, argc, argv);
}
