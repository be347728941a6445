#include "drill_compare.h"

#include <stdlib.h>
#include <string.h>

/* --- looking -------------------------------------------------------------------------------- */

static int compare_name(const void *name, const void *span)
{
    return strcmp(name, ((const struct drill_span *)span)->name);
}

static int compare_spans(const void *a, const void *b)
{
    return compare_name(((const struct drill_span *)a)->name, b);
}

static const struct drill_span *find(const struct drill_spans *spans, const char *name)
{
    return spans->count == 0
               ? NULL
               : bsearch(name, spans->items, spans->count, sizeof *spans->items, compare_name);
}

/* A table that is made begins without a row. */
static void was_not_always(struct drill_span *span)
{
    span->stayed = false;
    span->lowest = span->lowest < 0 ? -1 : 0;
}

static void widen(struct drill_span *span, const struct row_count *now)
{
    if (now == NULL) {
        was_not_always(span);
        return;
    }
    span->lowest = now->rows < span->lowest ? now->rows : span->lowest;
    span->highest = now->rows > span->highest ? now->rows : span->highest;
}

/* Where there is room for it. */
static void add(struct drill_spans *spans, struct row_count *seen)
{
    struct drill_span *span = &spans->items[spans->count++];
    *span = (struct drill_span){seen->name, seen->rows, seen->rows, true};
    seen->name = NULL;
    if (spans->looks > 0) {
        was_not_always(span);
    }
}

static int make_room(struct drill_spans *spans, size_t more, struct error *error)
{
    struct drill_span *items =
        reallocarray(spans->items, spans->count + more + 1, sizeof *spans->items);
    if (items == NULL) {
        return error_memory(error);
    }
    spans->items = items;
    return 0;
}

int drill_spans_look(struct drill_spans *spans, struct row_counts *counts, struct error *error)
{
    if (make_room(spans, counts->count, error) < 0) {
        return error->code;
    }
    /* What is added is not among those that are searched: they are sorted. */
    const struct drill_spans before = *spans;
    for (size_t i = 0; i < before.count; i++) {
        widen(&before.items[i], row_counts_find(counts, before.items[i].name));
    }
    for (size_t i = 0; i < counts->count; i++) {
        if (find(&before, counts->items[i].name) == NULL) {
            add(spans, &counts->items[i]);
        }
    }
    spans->looks++;
    if (spans->count > 1) {
        qsort(spans->items, spans->count, sizeof *spans->items, compare_spans);
    }
    return 0;
}

void drill_spans_free(struct drill_spans *spans)
{
    for (size_t i = 0; i < spans->count; i++) {
        free(spans->items[i].name);
    }
    free(spans->items);
    *spans = (struct drill_spans){0};
}

/* --- comparing ------------------------------------------------------------------------------ */

static int refuse_rows(const struct drill_span *span, int64_t rows, struct error *error)
{
    if (span->lowest == span->highest) {
        return error_set(error, ERR_POINT,
                         "The table %.100s came back with %lld rows; the live database has %lld.",
                         span->name, (long long)rows, (long long)span->lowest);
    }
    return error_set(error, ERR_POINT,
                     "The table %.100s came back with %lld rows; the live database had %lld to "
                     "%lld while it was compared.",
                     span->name, (long long)rows, (long long)span->lowest,
                     (long long)span->highest);
}

static int compare_table(const struct drill_span *span, const struct row_count *copy,
                         bool is_between, struct error *error)
{
    if (copy == NULL) {
        return span->stayed
                   ? error_set(error, ERR_POINT, "The table %.100s did not come back.", span->name)
                   : 0;
    }
    if (span->lowest < 0 || copy->rows < 0) {
        return 0;
    }
    int64_t moved = span->highest - span->lowest;
    bool fits = is_between
                    ? copy->rows >= span->lowest - moved && copy->rows <= span->highest + moved
                    : copy->rows >= span->lowest - span->lowest / 2;
    return fits ? 0 : refuse_rows(span, copy->rows, error);
}

int drill_compare(const struct drill_spans *live, const struct row_counts *copy, bool is_between,
                  struct error *error)
{
    int result = 0;
    for (size_t i = 0; result == 0 && i < live->count; i++) {
        const struct drill_span *span = &live->items[i];
        result = compare_table(span, row_counts_find(copy, span->name), is_between, error);
    }
    for (size_t i = 0; result == 0 && is_between && i < copy->count; i++) {
        if (find(live, copy->items[i].name) == NULL) {
            result = error_set(error, ERR_POINT,
                               "The table %.100s came back, which the live database does not have.",
                               copy->items[i].name);
        }
    }
    return result;
}
