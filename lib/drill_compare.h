/* Comparing what came back from a replica with the live database, by the rows of every table.
 *
 * The live database goes on meanwhile, and what came back is as it was at some moment. So it is
 * looked at before that moment and after it: a table that only grows or shrinks had a number of
 * rows then that lies between the two. One that does both was perhaps never seen at its extremes:
 * it is given as much again, on both sides, as it was seen to move. A table that was never seen to
 * move is given nothing: one row that is missing is told.
 *
 * Where the replica lags, the moment lies before all looks, and nobody can tell how far a table has
 * moved since: then only a table that did not come back at all, or with less than half of its rows,
 * is told. */
#ifndef DRILL_COMPARE_H
#define DRILL_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "row_counts.h"

/* A table of the live database, as it was seen. */
struct drill_span {
    char *name;
    int64_t lowest, highest; /* rows; -1: they are not counted */
    bool stayed;             /* it was there at every look */
};

struct drill_spans {
    struct drill_span *items; /* by name, byte by byte */
    size_t count;
    int looks;
};

/* Adds one look at the live database, and takes the names that are new out of COUNTS, which is good
 * for nothing but row_counts_free() then. SPANS begins as zeros; the caller frees it, whatever the
 * result. */
int drill_spans_look(struct drill_spans *spans, struct row_counts *counts, struct error *error);

void drill_spans_free(struct drill_spans *spans);

/* Whether COPY, which came back, is what LIVE was. IS_BETWEEN: its moment lies between the looks.
 * ERR_POINT, with the first table that is not, if it cannot be. */
int drill_compare(const struct drill_spans *live, const struct row_counts *copy, bool is_between,
                  struct error *error);

#endif
