/* Litestream's metrics: Prometheus' text format. */
#ifndef LITESTREAM_METRICS_H
#define LITESTREAM_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include "litestream_config.h"
#include "litestream_layout.h"

/* What the metrics at hand say. */
struct litestream_metrics {
    char *text; /* NULL if it has not answered */
};

/* Asks DATABASE's Litestream, by DEADLINE_MS (timestamp_monotonic_ms()). One that is not asked
 * (no address) or gives no answer has no text. */
void litestream_metrics_read(const struct litestream_database *database, int64_t deadline_ms,
                             struct litestream_metrics *metrics);

void litestream_metrics_free(struct litestream_metrics *metrics);

/* The value of the gauge METRIC{db="DB",name="NAME"} in TEXT; false if it is not there. */
bool litestream_metrics_gauge(const char *text, const char *metric, const char *db,
                              const char *name, double *ret_value);

/* Whether Litestream tells of the replica NAME of the database DB: it replicates it. */
bool litestream_metrics_know(const struct litestream_metrics *metrics, const char *db,
                             const char *name);

/* Up to where the replica NAME of the database DB has everything. False if Litestream does not say:
 * it has uploaded nothing since it was started. */
bool litestream_metrics_position(const struct litestream_metrics *metrics, const char *db,
                                 const char *name, struct layout_position *ret_position);

#endif
