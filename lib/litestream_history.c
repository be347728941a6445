#include "litestream_history.h"

#include <stdlib.h>
#include <string.h>

#include "array.h"

/* Litestream removes the generations that retention has emptied. */
enum { GENERATIONS_MAX = 10000, SNAPSHOTS_MAX = 100000 };

int64_t history_time(const struct replica_object *object)
{
    return object->modified_ms % 1000 == 0 ? object->modified_ms + 999 : object->modified_ms;
}

/* --- looking at segments -------------------------------------------------------------------- */

static bool on_segment(void *context, const struct replica_object *object)
{
    struct history_last *last = context;
    struct layout_position position;
    if (layout_parse(LAYOUT_SEGMENT, object->name, &position) &&
        (!last->found || layout_compare(position, last->position) > 0)) {
        *last = (struct history_last){true, position, history_time(object)};
    }
    return true;
}

static bool on_first_segment(void *context, const struct replica_object *object)
{
    (void)on_segment(context, object);
    return !((const struct history_last *)context)->found;
}

/* Looks at the segments of the WAL file INDEX and later: at the first one, or at all. */
static int look_from(struct replica *replica, const char *generation, int64_t index, bool first,
                     struct history_last *last, struct error *error)
{
    char folder[LAYOUT_FOLDER_SIZE];
    char after[LAYOUT_NAME_SIZE];
    layout_folder(LAYOUT_SEGMENT, generation, folder);
    layout_before(index, after);
    *last = (struct history_last){0};
    struct replica_listing listing = {.folder = folder,
                                      .after = after,
                                      .most = first ? 1 : 0,
                                      .visit = first ? on_first_segment : on_segment,
                                      .context = last};
    return replica_list(replica, &listing, 1, error);
}

/* --- reading -------------------------------------------------------------------------------- */

/* Both are read completely or not at all: one that is left out might be the one to restore. */
struct reading {
    struct history *history;
    bool no_room;
};

static bool on_generation(void *context, const struct replica_object *object)
{
    struct reading *reading = context;
    struct history *history = reading->history;
    if (!layout_is_generation(object->name)) {
        return true;
    }
    struct history_generation *longer =
        array_make_room(history->generations, history->count, sizeof *longer, GENERATIONS_MAX);
    if (longer == NULL) {
        reading->no_room = true;
        return false;
    }
    history->generations = longer;
    longer[history->count] = (struct history_generation){0};
    memcpy(longer[history->count++].name, object->name, GENERATION_SIZE);
    return true;
}

static bool on_snapshot(void *context, const struct replica_object *object)
{
    struct history_generation *generation = context;
    struct layout_position position;
    if (!layout_parse(LAYOUT_SNAPSHOT, object->name, &position)) {
        return true;
    }
    struct history_snapshot *longer =
        array_make_room(generation->snapshots, generation->count, sizeof *longer, SNAPSHOTS_MAX);
    if (longer == NULL) {
        generation->is_incomplete = true;
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

static bool on_first_segment_of_wal(void *context, const struct replica_object *object)
{
    *(int64_t *)context = history_time(object);
    return false;
}

/* That segment is not there: has it not come yet, or was it lost? Then there are later ones, and
 * who asks for a moment of this generation is to be told. */
static int look_for_wal(struct replica *replica, struct history_generation *generation,
                        struct error *error)
{
    struct history_last last;
    int result =
        look_from(replica, generation->name, generation->snapshots[0].index, true, &last, error);
    generation->has_wal = last.found;
    return result;
}

/* Finds when the first segment of the oldest snapshot's WAL file came, for up to
 * REPLICA_PARALLEL_MAX generations: then the snapshot counts. */
static int date_first_snapshots(struct replica *replica, struct history_generation *generations,
                                size_t count, struct error *error)
{
    char folders[REPLICA_PARALLEL_MAX][LAYOUT_FOLDER_SIZE];
    char names[REPLICA_PARALLEL_MAX][LAYOUT_NAME_SIZE];
    int64_t times[REPLICA_PARALLEL_MAX] = {0};
    struct replica_listing listings[REPLICA_PARALLEL_MAX];
    for (size_t i = 0; i < count; i++) {
        struct layout_position first = {.index = generations[i].snapshots[0].index};
        layout_folder(LAYOUT_SEGMENT, generations[i].name, folders[i]);
        layout_name(LAYOUT_SEGMENT, first, names[i]);
        listings[i] = (struct replica_listing){.folder = folders[i],
                                               .after = "",
                                               .only = names[i],
                                               .most = 1,
                                               .visit = on_first_segment_of_wal,
                                               .context = &times[i]};
    }
    int result = replica_list(replica, listings, count, error);
    for (size_t i = 0; i < count; i++) {
        struct history_snapshot *snapshot = &generations[i].snapshots[0];
        snapshot->time_ms = times[i] > snapshot->time_ms ? times[i] : snapshot->time_ms;
        generations[i].has_wal = times[i] != 0;
        if (result == 0 && times[i] == 0) {
            result = look_for_wal(replica, &generations[i], error);
        }
    }
    return result;
}

/* Keeps the generations that WANTED takes. */
static void keep(struct history *history, bool (*wanted)(const struct history_generation *))
{
    size_t kept = 0;
    for (size_t i = 0; i < history->count; i++) {
        if (wanted(&history->generations[i])) {
            struct history_generation unwanted = history->generations[kept];
            history->generations[kept++] = history->generations[i];
            history->generations[i] = unwanted;
        }
    }
    for (size_t i = kept; i < history->count; i++) {
        free(history->generations[i].snapshots);
    }
    history->count = kept;
}

static bool has_snapshot(const struct history_generation *generation)
{
    return generation->count > 0;
}

static bool has_wal(const struct history_generation *generation)
{
    return generation->has_wal;
}

/* Calls STEP for all generations, some at a time. */
static int in_parallel(struct replica *replica, struct history *history,
                       int (*step)(struct replica *, struct history_generation *, size_t,
                                   struct error *),
                       struct error *error)
{
    int result = 0;
    for (size_t i = 0; result == 0 && i < history->count; i += REPLICA_PARALLEL_MAX) {
        size_t rest = history->count - i;
        result = step(replica, &history->generations[i],
                      rest < REPLICA_PARALLEL_MAX ? rest : REPLICA_PARALLEL_MAX, error);
    }
    return result;
}

static int list_generations(struct replica *replica, struct history *history, struct error *error)
{
    struct reading reading = {.history = history};
    struct replica_listing listing = {.folder = LAYOUT_GENERATIONS,
                                      .after = "",
                                      .folders = true,
                                      .visit = on_generation,
                                      .context = &reading};
    int result = replica_list(replica, &listing, 1, error);
    return result == 0 && reading.no_room
               ? error_set(error, ERR_UNAVAILABLE,
                           "The replica has too many generations: remove those that are not "
                           "needed.")
               : result;
}

static int check_complete(const struct history *history, struct error *error)
{
    for (size_t i = 0; i < history->count; i++) {
        if (history->generations[i].is_incomplete) {
            return error_set(error, ERR_UNAVAILABLE, "The replica has too many snapshots.");
        }
    }
    return 0;
}

static int read_snapshots(struct replica *replica, struct history *history, struct error *error)
{
    int result = in_parallel(replica, history, list_snapshots, error);
    if (result == 0) {
        result = check_complete(history, error);
    }
    keep(history, has_snapshot);
    for (size_t i = 0; i < history->count; i++) {
        struct history_generation *generation = &history->generations[i];
        qsort(generation->snapshots, generation->count, sizeof *generation->snapshots, by_index);
    }
    return result == 0 ? in_parallel(replica, history, date_first_snapshots, error) : result;
}

int history_read(struct replica *replica, struct history *history, struct error *error)
{
    *history = (struct history){0};
    int result = list_generations(replica, history, error);
    bool any = history->count > 0;
    if (result == 0) {
        result = read_snapshots(replica, history, error);
    }
    keep(history, has_wal);
    if (history->count > 0) {
        qsort(history->generations, history->count, sizeof *history->generations, by_oldest);
    }
    return result == 0 && any && history->count == 0
               ? error_set(error, ERR_POINT,
                           "Nothing can be restored from the replica: it has changes, but no "
                           "snapshot that they go with. If Litestream has not just begun, restart "
                           "it.")
               : result;
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

/* Raises *index, by strides that double and then halve, to the last WAL file that has a segment: a
 * few small listings instead of all. */
static int gallop(struct replica *replica, const char *generation, int64_t *index,
                  struct error *error)
{
    int64_t stride = 1;
    bool doubles = true;
    while (stride > 0 && *index < (LAYOUT_INDEX_END - 1)) {
        struct history_last last;
        int64_t next =
            *index + stride < (LAYOUT_INDEX_END - 1) ? *index + stride : (LAYOUT_INDEX_END - 1);
        int result = look_from(replica, generation, next, true, &last, error);
        if (result < 0) {
            return result;
        }
        *index = last.found ? last.position.index : *index;
        doubles = doubles && last.found;
        stride = doubles ? stride * 2 : stride / 2;
    }
    return 0;
}

int history_find_last(struct replica *replica, struct history_generation *generation,
                      struct error *error)
{
    int64_t index = generation->snapshots[generation->count - 1].index;
    if (generation->last.found) {
        return 0;
    }
    int result = replica_is_sorted(replica) ? gallop(replica, generation->name, &index, error) : 0;
    return result == 0
               ? look_from(replica, generation->name, index, false, &generation->last, error)
               : result;
}

int history_find_latest(struct replica *replica, struct history *history, int64_t *ret_latest_ms,
                        struct error *error)
{
    *ret_latest_ms = 0;
    if (history->count == 0) {
        return 0;
    }
    struct history_generation *current = &history->generations[history->count - 1];
    int result = history_find_last(replica, current, error);
    int64_t segment_ms = current->last.time_ms;
    int64_t snapshot_ms = current->snapshots[current->count - 1].time_ms;
    *ret_latest_ms = segment_ms > snapshot_ms ? segment_ms : snapshot_ms;
    return result;
}
