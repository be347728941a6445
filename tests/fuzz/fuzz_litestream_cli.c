/* What Litestream's own program prints: the lines of its snapshots, an empty line, and those of its
 * WAL segments. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "litestream_cli.h"

static struct fuzz_input output;

/* In place of the library's: prints what was made up. */
int child_run(const char *const argv[], int64_t limit_ms, const struct child_watch *watch,
              struct child_result *result, struct error *error)
{
    (void)argv;
    (void)limit_ms;
    (void)error;
    *result = (struct child_result){0};
    bool more = true;
    while (more && output.size > 0) {
        char *line = fuzz_line(&output);
        more = line[0] != '\0';
        watch->line(watch->context, line);
        free(line);
    }
    return 0;
}

static void require_points(const struct points_query *query, const struct points *points)
{
    REQUIRE(points->count <= (size_t)query->limit);
    for (size_t i = 0; i < points->count; i++) {
        const struct point *point = &points->newest[i];
        REQUIRE(point->time_ms >= points->from_ms && point->time_ms <= points->to_ms);
        REQUIRE(point->time_ms > 0 && point->size >= 0);
        REQUIRE(layout_is_generation(point->generation));
        REQUIRE(i == 0 || point->time_ms <= points->newest[i - 1].time_ms);
    }
}

static void find(const struct config *config, int64_t moment_ms)
{
    struct cli_target target;
    struct error error = {0};
    int result = litestream_cli_find(config, "/x.db", "s3", moment_ms, &target, &error);
    if (result < 0) {
        fuzz_require_error(result, &error);
    } else {
        REQUIRE(layout_is_generation(target.generation));
        REQUIRE(moment_ms == 0 || target.time_ms <= moment_ms);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct config config;
    static struct points points;
    struct error error = {0};
    struct fuzz_input input = {data, size};
    struct points_query query = {.limit = 1 + fuzz_byte(&input), .intervals = 5};
    output = input;
    int result = litestream_cli_points(&config, "/x.db", "s3", &query, &points, &error);
    if (result < 0) {
        fuzz_require_error(result, &error);
    } else {
        require_points(&query, &points);
        output = input;
        find(&config, 0);
        output = input;
        find(&config, points.latest_ms);
        output = input;
        find(&config, INT64_C(1736173800000));
    }
    return 0;
}
