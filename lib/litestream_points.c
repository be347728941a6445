#include "litestream_points.h"

#include <string.h>

#include "litestream_history.h"

/* --- one generation ------------------------------------------------------------------------- */

/* A part of a generation's WAL files: INDEX and later, up to before END. */
struct stretch {
    struct points_collection *collection;
    const struct history_generation *generation;
    int64_t begin, end;
};

static bool on_segment(void *context, const struct replica_object *object)
{
    struct stretch *stretch = context;
    struct layout_position position;
    if (!layout_parse(LAYOUT_SEGMENT, object->name, &position)) {
        return true;
    }
    if (position.index >= stretch->end) {
        return false;
    }
    struct point point = {
        .time_ms = history_time(object), .size = object->size, .kind = LAYOUT_SEGMENT};
    memcpy(point.generation, stretch->generation->name, sizeof point.generation);
    /* What came before the oldest snapshot was there cannot be restored. */
    if (point.time_ms >= stretch->generation->snapshots[0].time_ms) {
        points_add(stretch->collection, &point);
    }
    return true;
}

/* In no order, a folder is read as one, and nothing in it ends the reading. */
static bool on_segment_anywhere(void *context, const struct replica_object *object)
{
    (void)on_segment(context, object);
    return true;
}

static int read_stretches(struct replica *replica, struct stretch *stretches, size_t count,
                          struct error *error)
{
    char folder[LAYOUT_FOLDER_SIZE];
    char after[REPLICA_PARALLEL_MAX][LAYOUT_NAME_SIZE];
    struct replica_listing listings[REPLICA_PARALLEL_MAX];
    layout_folder(LAYOUT_SEGMENT, stretches[0].generation->name, folder);
    for (size_t i = 0; i < count; i++) {
        layout_before(stretches[i].begin, after[i]);
        listings[i] = (struct replica_listing){
            .folder = folder,
            .after = after[i],
            .visit = replica_is_sorted(replica) ? on_segment : on_segment_anywhere,
            .context = &stretches[i]};
    }
    return replica_list(replica, listings, count, error);
}

/* Reads the WAL files from BEGIN to before END, several parts of them at once. */
static int read_range(struct replica *replica, struct points_collection *collection,
                      const struct history_generation *generation, int64_t begin, int64_t end,
                      struct error *error)
{
    struct stretch stretches[REPLICA_PARALLEL_MAX];
    int64_t files = end - begin;
    int64_t count = replica_is_sorted(replica) ? REPLICA_PARALLEL_MAX : 1;
    count = files < count ? files : count;
    for (int64_t i = 0; i < count; i++) {
        stretches[i] = (struct stretch){.collection = collection,
                                        .generation = generation,
                                        .begin = begin + files * i / count,
                                        .end = begin + files * (i + 1) / count};
    }
    return count <= 0 ? 0 : read_stretches(replica, stretches, (size_t)count, error);
}

/* Reads the WAL files of a range backwards, in pieces that double, until there are points enough.
 */
static int read_newest(struct replica *replica, struct points_collection *collection,
                       const struct history_generation *generation, int64_t begin, int64_t end,
                       struct error *error)
{
    int result = 0;
    int64_t piece = REPLICA_PARALLEL_MAX;
    int64_t enough = collection->total + collection->query->limit;
    while (result == 0 && end > begin && collection->total <= enough) {
        int64_t middle = end - begin > piece ? end - piece : begin;
        result = read_range(replica, collection, generation, middle, end, error);
        end = middle;
        piece *= 2;
    }
    return result;
}

/* The first WAL file that can have a segment of FROM_MS or later. */
static int64_t first_file(const struct history_generation *generation, int64_t from_ms)
{
    const struct history_snapshot *snapshot = history_snapshot_at(generation, from_ms);
    return snapshot == NULL ? generation->snapshots[0].index : snapshot->index;
}

/* A WAL file that has none of TO_MS or before; -1 if the snapshots do not tell. */
static int64_t end_file(const struct history_generation *generation, int64_t to_ms)
{
    for (size_t i = 0; i < generation->count; i++) {
        if (generation->snapshots[i].time_ms > to_ms) {
            return generation->snapshots[i].index + 1;
        }
    }
    return -1;
}

static int read_segments(struct replica *replica, struct points_collection *collection,
                         struct history_generation *generation, struct error *error)
{
    int64_t begin = first_file(generation, collection->points->from_ms);
    int64_t end = end_file(generation, collection->points->to_ms);
    if (!replica_is_sorted(replica)) {
        return read_range(replica, collection, generation, begin, LAYOUT_INDEX_END, error);
    }
    if (end < 0) {
        int result = history_find_last(replica, generation, error);
        if (result < 0 || !generation->last.found) {
            return result;
        }
        end = generation->last.position.index + 1;
    }
    return collection->query->intervals > 0
               ? read_range(replica, collection, generation, begin, end, error)
               : read_newest(replica, collection, generation, begin, end, error);
}

static void add_snapshots(struct points_collection *collection,
                          const struct history_generation *generation)
{
    for (size_t i = 0; i < generation->count; i++) {
        struct point point = {.time_ms = generation->snapshots[i].time_ms,
                              .size = generation->snapshots[i].size,
                              .kind = LAYOUT_SNAPSHOT};
        memcpy(point.generation, generation->name, sizeof point.generation);
        points_add(collection, &point);
    }
}

/* Whether another generation is the current one before the range begins. */
static bool is_over(const struct history *history, size_t at, int64_t from_ms)
{
    return at + 1 < history->count && history->generations[at + 1].snapshots[0].time_ms < from_ms;
}

/* --- all of it ------------------------------------------------------------------------------ */

static int read_generations(struct replica *replica, struct points_collection *collection,
                            struct history *history, struct error *error)
{
    int result = 0;
    /* The newest first: often there are points enough in it. */
    for (size_t i = history->count; result == 0 && i-- > 0;) {
        struct history_generation *generation = &history->generations[i];
        bool enough =
            collection->query->intervals == 0 && collection->total > collection->query->limit;
        if (!enough && generation->snapshots[0].time_ms <= collection->points->to_ms &&
            !is_over(history, i, collection->points->from_ms)) {
            add_snapshots(collection, generation);
            result = read_segments(replica, collection, generation, error);
        }
    }
    return result;
}

int points_read(struct replica *replica, const struct points_query *query, struct points *points,
                struct error *error)
{
    struct history history;
    struct points_collection collection = {.query = query, .points = points};
    *points = (struct points){0};
    int result = history_read(replica, &history, error);
    if (result == 0) {
        points->earliest_ms = history_earliest(&history);
        result = history_find_latest(replica, &history, &points->latest_ms, error);
    }
    if (result == 0 && history.count > 0) {
        points->from_ms = query->from_ms == 0 ? points->earliest_ms : query->from_ms;
        points->to_ms = query->to_ms == 0 ? points->latest_ms : query->to_ms;
        result = read_generations(replica, &collection, &history, error);
    }
    points_finish(&collection);
    history_free(&history);
    return result;
}
