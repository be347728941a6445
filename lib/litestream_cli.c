#include "litestream_cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "child.h"
#include "timestamp.h"

enum { LIST_LIMIT_MS = 45000, ALL_MAX = 1 << 20 };

/* --- restoring ------------------------------------------------------------------------------ */

/* What can be done about a program that cannot be run. */
static int advise(int result, struct error *error)
{
    struct error reason = *error;
    return result == ERR_UNAVAILABLE
               ? error_set(error, ERR_UNAVAILABLE,
                           "%.500s Litestream puts together what is fetched: install it, or set "
                           "LITESTREAM_BIN.",
                           reason.detail)
               : result;
}

/* The last line that says something; but not one in which a part of the configuration may stand:
 * there may be a password in it. */
static const char *last_words(char *output)
{
    static const char *const telling[] = {"://", "parse", "unmarshal", "yaml"};
    char *newline = strrchr(output, '\n');
    while (newline != NULL && newline[1] == '\0') {
        *newline = '\0';
        newline = strrchr(output, '\n');
    }
    const char *line = newline == NULL ? output : newline + 1;
    for (size_t i = 0; i < sizeof telling / sizeof telling[0]; i++) {
        if (strstr(line, telling[i]) != NULL) {
            return "it does not understand its configuration, or cannot reach the store. What it "
                   "says is not shown here, because there may be a password in it.";
        }
    }
    return line;
}

int litestream_cli_restore(const char *const argv[], int64_t limit_ms, void (*tick)(void *context),
                           void *context, struct error *error)
{
    struct child_result done;
    const struct child_watch watch = {.tick = tick, .context = context};
    int result = child_run(argv, limit_ms, &watch, &done, error);
    if (result < 0 || done.exit_status == 0) {
        return advise(result, error);
    }
    bool is_full = strstr(done.output, "no space left") != NULL;
    return error_set(error, is_full ? ERR_NO_ROOM : ERR_POINT,
                     is_full ? "There is no room for what the replica has: free some."
                             : "Litestream cannot restore this moment: %.400s",
                     last_words(done.output));
}

/* --- listing -------------------------------------------------------------------------------- */

struct list {
    enum layout_kind kind; /* of what is being listed */
    struct point *points;
    size_t count;
    bool no_memory;
};

enum { WORD_SIZE = 32 };

/* The word of LINE behind SKIP others; empty where there is none, or one that is too long. */
static void take_word(const char *line, int skip, char out[WORD_SIZE])
{
    static const char blanks[] = " \t";
    const char *word = line + strspn(line, blanks);
    for (; skip > 0; skip--) {
        word += strcspn(word, blanks);
        word += strspn(word, blanks);
    }
    size_t length = strcspn(word, blanks);
    length = length < WORD_SIZE ? length : 0;
    memcpy(out, word, length);
    out[length] = '\0';
}

/* "replica generation index size created", with an offset before the size of a segment. */
static bool read_line(const char *line, enum layout_kind kind, struct point *point)
{
    char generation[WORD_SIZE];
    char size[WORD_SIZE];
    char created[WORD_SIZE];
    char *end;
    int before_size = kind == LAYOUT_SNAPSHOT ? 3 : 4;
    take_word(line, 1, generation);
    take_word(line, before_size, size);
    take_word(line, before_size + 1, created);
    *point = (struct point){.kind = kind, .size = strtoll(size, &end, 10)};
    if (end == size || *end != '\0' || point->size < 0 || !layout_is_generation(generation) ||
        !timestamp_parse_rfc3339(created, &point->time_ms)) {
        return false;
    }
    memcpy(point->generation, generation, sizeof point->generation);
    /* Whole seconds, rounded down. */
    point->time_ms += point->time_ms % 1000 == 0 ? 999 : 0;
    return true;
}

static void on_line(void *context, const char *line)
{
    struct list *list = context;
    struct point point;
    if (!read_line(line, list->kind, &point)) {
        return;
    }
    struct point *points = array_make_room(list->points, list->count, sizeof point, ALL_MAX);
    if (points == NULL) {
        list->no_memory = true;
        return;
    }
    list->points = points;
    points[list->count++] = point;
}

static int list_kind(const struct config *config, const char *db, const char *name,
                     enum layout_kind kind, struct list *list, struct error *error)
{
    struct child_result done;
    const struct child_watch watch = {.line = on_line, .context = list};
    const char *const argv[] = {config->litestream_bin,
                                kind == LAYOUT_SNAPSHOT ? "snapshots" : "wal",
                                "-config",
                                config->litestream_config,
                                "-replica",
                                name,
                                db,
                                NULL};
    list->kind = kind;
    int result = child_run(argv, LIST_LIMIT_MS, &watch, &done, error);
    if (result == 0 && done.exit_status != 0) {
        result = error_set(error, ERR_UNAVAILABLE, "Litestream cannot list the replica: %.400s",
                           last_words(done.output));
    }
    return result == 0 && list->no_memory ? error_memory(error) : result;
}

/* Where nothing is listed Litestream may not have been let in: it says so in its log alone. */
static int list_all(const struct config *config, const char *db, const char *name,
                    struct list *list, struct error *error)
{
    int result = list_kind(config, db, name, LAYOUT_SNAPSHOT, list, error);
    if (result == 0 && list->count == 0) {
        result = error_set(error, ERR_UNAVAILABLE,
                           "Litestream lists nothing for the replica %s: it is empty, or cannot be "
                           "reached.",
                           name);
    }
    return result == 0 ? list_kind(config, db, name, LAYOUT_SEGMENT, list, error) : result;
}

static void find_range(const struct list *list, struct points *points)
{
    points->earliest_ms = list->points[0].time_ms;
    points->latest_ms = list->points[0].time_ms;
    for (size_t i = 0; i < list->count; i++) {
        const struct point *point = &list->points[i];
        if (point->kind == LAYOUT_SNAPSHOT && point->time_ms < points->earliest_ms) {
            points->earliest_ms = point->time_ms;
        }
        if (point->time_ms > points->latest_ms) {
            points->latest_ms = point->time_ms;
        }
    }
}

int litestream_cli_points(const struct config *config, const char *db, const char *name,
                          const struct points_query *query, struct points *points,
                          struct error *error)
{
    struct list list = {0};
    struct points_collection collection = {.query = query, .points = points};
    *points = (struct points){0};
    int result = list_all(config, db, name, &list, error);
    if (result == 0) {
        find_range(&list, points);
        points->from_ms = query->from_ms == 0 ? points->earliest_ms : query->from_ms;
        points->to_ms = query->to_ms == 0 ? points->latest_ms : query->to_ms;
    }
    for (size_t i = 0; result == 0 && i < list.count; i++) {
        if (list.points[i].time_ms >= points->earliest_ms) {
            points_add(&collection, &list.points[i]);
        }
    }
    points_finish(&collection);
    free(list.points);
    return result;
}

/* --- choosing ------------------------------------------------------------------------------- */

/* The newest point of the moment or before; and whether its generation ends with it. */
static bool choose(const struct list *list, int64_t moment_ms, struct cli_target *target)
{
    const struct point *chosen = NULL;
    for (size_t i = 0; i < list->count; i++) {
        const struct point *point = &list->points[i];
        if (point->time_ms <= moment_ms && (chosen == NULL || point->time_ms > chosen->time_ms)) {
            chosen = point;
        }
    }
    if (chosen == NULL) {
        return false;
    }
    *target = (struct cli_target){.time_ms = chosen->time_ms, .is_latest = true};
    memcpy(target->generation, chosen->generation, sizeof target->generation);
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->points[i].generation, chosen->generation) == 0 &&
            list->points[i].time_ms > chosen->time_ms) {
            target->is_latest = false;
        }
    }
    return true;
}

int litestream_cli_find(const struct config *config, const char *db, const char *name,
                        int64_t moment_ms, struct cli_target *target, struct error *error)
{
    struct list list = {0};
    struct points points = {0};
    int result = list_all(config, db, name, &list, error);
    if (result == 0) {
        find_range(&list, &points);
        bool is_before = moment_ms != 0 && moment_ms < points.earliest_ms;
        if (is_before || !choose(&list, moment_ms == 0 ? INT64_MAX : moment_ms, target)) {
            result = points_refuse(points.earliest_ms, points.latest_ms, error);
        }
    }
    free(list.points);
    return result;
}
