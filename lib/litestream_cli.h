/* Litestream's own program (0.3): for what only it can do. */
#ifndef LITESTREAM_CLI_H
#define LITESTREAM_CLI_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "error.h"
#include "litestream_layout.h"
#include "litestream_points.h"

/* Runs `litestream restore` with ARGV, and LIMIT_MS and TICK as child_run() does. ERR_POINT with
 * its last words if it fails, ERR_NO_ROOM if that is why, ERR_UNAVAILABLE if it cannot be run. */
int litestream_cli_restore(const char *const argv[], int64_t limit_ms, void (*tick)(void *context),
                           void *context, struct error *error);

/* What Litestream is to be asked for. */
struct cli_target {
    char generation[GENERATION_SIZE];
    int64_t time_ms; /* the last point of the moment or before */
    bool is_latest;  /* there is none after it */
};

/* The points of the replica NAME of the database DB, as Litestream lists them (in whole seconds).
 * ERR_UNAVAILABLE if it lists none. */
int litestream_cli_points(const struct config *config, const char *db, const char *name,
                          const struct points_query *query, struct points *points,
                          struct error *error);

/* Finds what MOMENT_MS (0: the latest) is restored from. ERR_POINT, with the range, if it lies
 * before all. */
int litestream_cli_find(const struct config *config, const char *db, const char *name,
                        int64_t moment_ms, struct cli_target *target, struct error *error);

#endif
