#include "litestream_history.h"

#include <stdlib.h>
#include <string.h>

/* More generations than this are not looked at: Litestream removes those that retention has
 * emptied. */
enum { GENERATIONS_MAX = 1000, SNAPSHOTS_MAX = 100000 };

int64_t history_time(const struct replica_object *object)
{
    return object->modified_ms % 1000 == 0 ? object->modified_ms + 999 : object->modified_ms;
}

/* --- reading -------------------------------------------------------------------------------- */

static bool on_generation(void *context, const struct replica_object *object)
{
    struct history *history = context;
    if (layout_is_generation(object->name) && history->count < GENERATIONS_MAX) {
        memcpy(history->generations[history->count].name, object->name, GENERATION_SIZE);
        history->count++;
    }
    return true;
}

static bool on_snapshot(void *context, const struct replica_object *object)
{
    struct history_generation *generation = context;
    struct layout_position position;
    if (!layout_parse(LAYOUT_SNAPSHOT, object->name, &position) ||
        generation->count == SNAPSHOTS_MAX) {
        return true;
    }
    struct history_snapshot *longer =
        reallocarray(generation->snapshots, generation->count + 1, sizeof *longer);
    if (longer == NULL) {
        return false;
    }
    generation->snapshots = longer;
    longer[generation->count++] =
        (struct history_snapshot){position.index, object->size, history_time(object)};
    return true;
}

/* Lists the snapshots of up to REPLICA_PARALLEL_MAX generations. */
static int list_snapshots(struct replica *replica, struct history_generation *generations,
                          size_t count, struct error *error)
{
    char folders[REPLICA_PARALLEL_MAX][LAYOUT_FOLDER_SIZE];
    struct replica_listing listings[REPLICA_PARALLEL_MAX];
    for (size_t i = 0; i < count; i++) {
        layout_folder(LAYOUT_SNAPSHOT, generations[i].name, folders[i]);
        listings[i] = (struct replica_listing){
            .folder = folders[i], .after = "", .visit = on_snapshot, .context = &generations[i]};
    }
    return replica_list(replica, listings, count, error);
}

static int by_index(const void *left, const void *right)
{
    const struct history_snapshot *a = left;
    const struct history_snapshot *b = right;
    return a->index < b->index ? -1 : a->index > b->index;
}

static int by_oldest(const void *left, const void *right)
{
    const struct history_generation *a = left;
    const struct history_generation *b = right;
    return a->snapshots[0].time_ms < b->snapshots[0].time_ms
               ? -1
               : a->snapshots[0].time_ms > b->snapshots[0].time_ms;
}

static void put_in_order(struct history *history)
{
    size_t kept = 0;
    for (size_t i = 0; i < history->count; i++) {
        struct history_generation *generation = &history->generations[i];
        if (generation->count > 0) {
            qsort(generation->snapshots, generation->count, sizeof *generation->snapshots,
                  by_index);
            history->generations[kept++] = *generation;
        }
    }
    history->count = kept;
    if (kept > 0) {
        qsort(history->generations, kept, sizeof *history->generations, by_oldest);
    }
}

int history_read(struct replica *replica, struct history *history, struct error *error)
{
    *history =
        (struct history){.generations = calloc(GENERATIONS_MAX, sizeof *history->generations)};
    if (history->generations == NULL) {
        return error_memory(error);
    }
    struct replica_listing listing = {.folder = LAYOUT_GENERATIONS,
                                      .after = "",
                                      .folders = true,
                                      .visit = on_generation,
                                      .context = history};
    int result = replica_list(replica, &listing, 1, error);
    for (size_t i = 0; result == 0 && i < history->count; i += REPLICA_PARALLEL_MAX) {
        size_t rest = history->count - i;
        result = list_snapshots(replica, &history->generations[i],
                                rest < REPLICA_PARALLEL_MAX ? rest : REPLICA_PARALLEL_MAX, error);
    }
    put_in_order(history);
    return result;
}

void history_free(struct history *history)
{
    for (size_t i = 0; i < history->count; i++) {
        free(history->generations[i].snapshots);
    }
    free(history->generations);
    *history = (struct history){0};
}

/* --- asking --------------------------------------------------------------------------------- */

int64_t history_earliest(const struct history *history)
{
    return history->count == 0 ? 0 : history->generations[0].snapshots[0].time_ms;
}

const struct history_generation *history_generation_at(const struct history *history,
                                                       int64_t moment_ms)
{
    const struct history_generation *found = NULL;
    for (size_t i = 0; i < history->count; i++) {
        if (history->generations[i].snapshots[0].time_ms <= moment_ms) {
            found = &history->generations[i];
        }
    }
    return found;
}

const struct history_snapshot *history_snapshot_at(const struct history_generation *generation,
                                                   int64_t moment_ms)
{
    const struct history_snapshot *found = NULL;
    for (size_t i = 0; i < generation->count; i++) {
        if (generation->snapshots[i].time_ms <= moment_ms) {
            found = &generation->snapshots[i];
        }
    }
    return found;
}

/* --- the last segment ----------------------------------------------------------------------- */

struct last {
    bool found;
    struct layout_position position;
    int64_t time_ms;
};

static bool on_segment(void *context, const struct replica_object *object)
{
    struct last *last = context;
    struct layout_position position;
    if (layout_parse(LAYOUT_SEGMENT, object->name, &position) &&
        (!last->found || layout_compare(position, last->position) > 0)) {
        *last = (struct last){true, position, history_time(object)};
    }
    return true;
}

static bool on_first_segment(void *context, const struct replica_object *object)
{
    (void)on_segment(context, object);
    return !((const struct last *)context)->found;
}

/* Looks at the segments of the WAL file INDEX and later: at the first one, or at all. */
static int look_from(struct replica *replica, const char *generation, int64_t index, bool first,
                     struct last *last, struct error *error)
{
    char folder[LAYOUT_FOLDER_SIZE];
    char after[LAYOUT_NAME_SIZE];
    layout_folder(LAYOUT_SEGMENT, generation, folder);
    layout_before(index, after);
    *last = (struct last){0};
    struct replica_listing listing = {.folder = folder,
                                      .after = after,
                                      .most = first ? 1 : 0,
                                      .visit = first ? on_first_segment : on_segment,
                                      .context = last};
    return replica_list(replica, &listing, 1, error);
}

/* Raises *index, by strides that double and then halve, to the last WAL file that has a segment: a
 * few small listings instead of all. */
static int gallop(struct replica *replica, const char *generation, int64_t *index,
                  struct error *error)
{
    int64_t stride = 1;
    bool doubles = true;
    while (stride > 0) {
        struct last last;
        int result = look_from(replica, generation, *index + stride, true, &last, error);
        if (result < 0) {
            return result;
        }
        *index = last.found ? last.position.index : *index;
        doubles = doubles && last.found;
        stride = doubles ? stride * 2 : stride / 2;
    }
    return 0;
}

int history_find_last(struct replica *replica, const struct history_generation *generation,
                      struct layout_position *ret_position, int64_t *ret_time_ms, bool *ret_found,
                      struct error *error)
{
    struct last last;
    int64_t index = generation->snapshots[generation->count - 1].index;
    int result = replica_is_sorted(replica) ? gallop(replica, generation->name, &index, error) : 0;
    if (result == 0) {
        result = look_from(replica, generation->name, index, false, &last, error);
    }
    if (result == 0) {
        *ret_found = last.found;
        *ret_position = last.position;
        *ret_time_ms = last.time_ms;
    }
    return result;
}
