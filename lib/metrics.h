/* The text that Prometheus reads, version 0.0.4:
 * https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 *
 * All samples of a family stand together, behind its # HELP and # TYPE. */
#ifndef METRICS_H
#define METRICS_H

#include <stdint.h>
#include <stdio.h>

#define METRICS_MEDIA_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* What the names of all families begin with. */
#define METRICS_PREFIX "camera_sheet_backup_"

enum { METRICS_LABELS_MAX = 3 };

/* The names of a family's labels, in the order of their values; NULL behind the last one. */
struct metrics_family {
    const char *name; /* without the prefix, with its unit */
    const char *help; /* one sentence, without a backslash or a line end */
    const char *labels[METRICS_LABELS_MAX + 1];
};

/* Begins a family; each is a gauge: a look, not a count since some start. */
void metrics_begin(FILE *out, const struct metrics_family *family);

/* Writes a sample of it. VALUES are the values of its labels, which may be any bytes: they are
 * written as printable UTF-8, and escaped. */
void metrics_integer(FILE *out, const struct metrics_family *family, const char *const *values,
                     int64_t number);

/* The same for milliseconds, as seconds. */
void metrics_seconds(FILE *out, const struct metrics_family *family, const char *const *values,
                     int64_t ms);

#endif
