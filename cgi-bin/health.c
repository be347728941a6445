/* GET /api/health: whether backups can be made and restored right now. */
#include "health.h"

#include <sysexits.h>

#include "endpoint.h"
#include "json.h"

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

static const int errors[] = {0};

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
    .errors = errors,
    .handle = handle,
    .print = print,
};

int main(int argc, char **argv)
{
    return endpoint_main(&endpoint, argc, argv);
}
