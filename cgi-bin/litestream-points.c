/* GET /api/backups/litestream/restore-points: the moments that the replica can give back. */
#include "litestream_points.h"

#include "endpoint.h"
#include "human.h"
#include "json.h"
#include "litestream_cli.h"

/* The whole answer has two minutes: longer than any listing takes, shorter than a browser waits. */
enum { LIMIT_MS = 120000, STALL_S = 10 };

enum { FROM, TO, LIMIT, INTERVALS, REPLICA };

static const struct parameter parameters[] = {
    [FROM] = {.name = "from",
              .source = FROM_QUERY,
              .kind = KIND_TIME,
              .help = "the begin of the range (default: the earliest)"},
    [TO] = {.name = "to",
            .source = FROM_QUERY,
            .kind = KIND_TIME,
            .help = "its end (default: the latest)"},
    [LIMIT] = {.name = "limit",
               .source = FROM_QUERY,
               .kind = KIND_INTEGER,
               .minimum = 1,
               .maximum = POINTS_MAX,
               .help = "how many points of the range, the newest (default: 100)"},
    [INTERVALS] = {.name = "intervals",
                   .source = FROM_QUERY,
                   .kind = KIND_INTEGER,
                   .minimum = 1,
                   .maximum = POINT_INTERVALS_MAX,
                   .help = "counts the points in so many equal parts of the range"},
    [REPLICA] = PARAMETER_REPLICA,
};

static cJSON *describe_point(const struct point *point)
{
    cJSON *json = cJSON_CreateObject();
    json_add_time(json, "time", point->time_ms, TIMESTAMP_MILLISECONDS);
    json_add_text(json, "kind", point->kind == LAYOUT_SNAPSHOT ? "snapshot" : "wal");
    json_add_text(json, "generation", point->generation);
    json_add_integer(json, "size", point->size);
    return json;
}

static void add_intervals(const struct points *points, int count, cJSON *json)
{
    cJSON *intervals = cJSON_AddArrayToObject(json, "intervals");
    /* A range beyond all points has none. */
    bool empty = points->latest_ms == 0 || points->from_ms > points->to_ms;
    for (int i = 0; i < count && !empty; i++) {
        int64_t length = points->to_ms - points->from_ms;
        cJSON *interval = cJSON_CreateObject();
        json_add_time(interval, "start", points->from_ms + length * i / count,
                      TIMESTAMP_MILLISECONDS);
        json_add_integer(interval, "count", points->interval_counts[i]);
        cJSON_AddItemToArray(intervals, interval);
    }
}

static cJSON *describe(const struct points *points, int intervals)
{
    cJSON *json = cJSON_CreateObject();
    json_add_time(json, "earliest", points->earliest_ms, TIMESTAMP_MILLISECONDS);
    json_add_time(json, "latest", points->latest_ms, TIMESTAMP_MILLISECONDS);
    json_add_time(json, "from", points->from_ms, TIMESTAMP_MILLISECONDS);
    json_add_time(json, "to", points->to_ms, TIMESTAMP_MILLISECONDS);
    cJSON *list = cJSON_AddArrayToObject(json, "points");
    for (size_t i = 0; i < points->count; i++) {
        cJSON_AddItemToArray(list, describe_point(&points->newest[i]));
    }
    cJSON_AddBoolToObject(json, "truncated", points->truncated);
    if (intervals > 0) {
        add_intervals(points, intervals, json);
    }
    return json;
}

static int read_points(const struct request *request, const struct points_query *query,
                       struct points *points, struct error *error)
{
    const struct database *database = request->database;
    struct litestream_database configured;
    const struct litestream_replica *config;
    struct replica *replica = NULL;
    int result = litestream_config_find_replica(
        request->config->litestream_config, database->folder, database->name,
        request->values[REPLICA].text, &configured, &config, error);
    if (result < 0) {
        return result;
    }
    if (!litestream_replica_is_readable(config)) {
        return litestream_cli_points(request->config, configured.path, config->name, query, points,
                                     error);
    }
    result = replica_open(config, timestamp_monotonic_ms() + LIMIT_MS, STALL_S, &replica, error);
    if (result == 0) {
        result = points_read(replica, query, points, error);
    }
    replica_close(replica);
    return result;
}

static int handle(const struct request *request, struct response *response)
{
    const struct value *values = request->values;
    struct points points;
    struct points_query query = {.from_ms = values[FROM].integer,
                                 .to_ms = values[TO].integer,
                                 .limit = values[LIMIT].given ? (int)values[LIMIT].integer
                                                              : POINTS_DEFAULT,
                                 .intervals = (int)values[INTERVALS].integer};
    if (values[FROM].given && values[TO].given && query.from_ms > query.to_ms) {
        return error_set(&response->error, ERR_BAD_REQUEST, "from must not be later than to.");
    }
    int result = read_points(request, &query, &points, &response->error);
    if (result == 0) {
        response->json = describe(&points, query.intervals);
    }
    return result;
}

static void print(const cJSON *answer, FILE *out)
{
    static const struct human_column columns[] = {
        {"TIME", "time", HUMAN_TEXT, "", NULL},
        {"KIND", "kind", HUMAN_TEXT, "", NULL},
        {"SIZE", "size", HUMAN_BYTES, "", NULL},
        {"GENERATION", "generation", HUMAN_TEXT, "", NULL},
    };
    human_table(cJSON_GetObjectItemCaseSensitive(answer, "points"), columns,
                sizeof columns / sizeof columns[0], "The range has no restore points.", out);
    fprintf(out, "Any moment from %s to %s can be restored.\n",
            json_text(answer, "earliest", "(none)"), json_text(answer, "latest", "(none)"));
}

static const int errors[] = {ERR_NOT_FOUND, ERR_POINT, ERR_UNAVAILABLE, 0};

static const struct endpoint endpoint = {
    .program = "litestream-points",
    .method = "GET",
    .path = "/api/backups/litestream/restore-points",
    .summary = "Tells which moments the replica can give back.",
    .description = "A point is a snapshot or a segment of the WAL; every moment between the "
                   "earliest and the latest\ncan be asked for, and gives what the point before it "
                   "has.",
    .parameters = PARAMETERS(parameters),
    .touches = TOUCH_REPLICA | TOUCH_RUN_LITESTREAM | TOUCH_CONNECT,
    .success_status = 200,
    .answer = "RestorePoints",
    .errors = errors,
    .handle = handle,
    .print = print,
};

int main(int argc, char **argv)
{
    return endpoint_main(&endpoint, argc, argv);
}
