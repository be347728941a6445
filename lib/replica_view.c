#include "replica_view.h"

#include <stdio.h>
#include <string.h>

#include "lz4_reader.h"
#include "replica.h"

/* Between Litestream's look at the database and the begin of the upload. */
enum { SLACK_MS = 1000 };

/* What a replica's own listing tells. */
struct seen {
    bool has_snapshot;
    int64_t snapshot; /* the last one's WAL file */
    int segments;     /* from the asked WAL file on */
    bool has_current; /* one of the current WAL file or a later one */
    int64_t current;  /* its number */
    struct layout_position last;
    int64_t last_ms;
    int64_t before_last_ms; /* when the one before the last had arrived; 0: there is none */
};

/* --- listing -------------------------------------------------------------------------------- */

static bool on_snapshot(void *context, const struct replica_object *object)
{
    struct seen *seen = context;
    struct layout_position position;
    if (layout_parse(LAYOUT_SNAPSHOT, object->name, &position) && position.index <= seen->current &&
        position.index >= seen->snapshot) {
        seen->has_snapshot = true;
        seen->snapshot = position.index;
    }
    return true;
}

static void take_segment(struct seen *seen, struct layout_position position, int64_t modified_ms)
{
    int64_t earlier_ms = seen->segments == 1 ? 0 : modified_ms;
    if (seen->segments == 1 || layout_compare(position, seen->last) > 0) {
        earlier_ms = seen->last_ms;
        seen->last = position;
        seen->last_ms = modified_ms;
    }
    seen->before_last_ms = earlier_ms > seen->before_last_ms ? earlier_ms : seen->before_last_ms;
}

static bool on_segment(void *context, const struct replica_object *object)
{
    struct seen *seen = context;
    struct layout_position position;
    if (layout_parse(LAYOUT_SEGMENT, object->name, &position)) {
        seen->segments++;
        seen->has_current = seen->has_current || position.index >= seen->current;
        take_segment(seen, position, object->modified_ms);
    }
    return true;
}

static bool on_one_segment(void *context, const struct replica_object *object)
{
    (void)on_segment(context, object);
    return ((const struct seen *)context)->segments == 0;
}

/* Looks for a snapshot, and at the segments of the WAL file INDEX and later: at one, or at all with
 * those of the file before. */
static int list(struct replica *replica, const char *generation, int64_t index, bool one,
                struct seen *seen, struct error *error)
{
    char snapshots[LAYOUT_FOLDER_SIZE];
    char segments[LAYOUT_FOLDER_SIZE];
    char after[LAYOUT_NAME_SIZE];
    layout_folder(LAYOUT_SNAPSHOT, generation, snapshots);
    layout_folder(LAYOUT_SEGMENT, generation, segments);
    layout_before(one || index == 0 ? index : index - 1, after);
    *seen = (struct seen){.current = index};
    struct replica_listing listings[] = {
        {.folder = snapshots, .after = "", .visit = on_snapshot, .context = seen},
        {.folder = segments,
         .after = after,
         .most = one ? 1 : 0,
         .visit = one ? on_one_segment : on_segment,
         .context = seen}};
    return replica_list(replica, listings, 2, error);
}

static bool on_begin(void *context, const struct replica_object *object)
{
    (void)object;
    *(bool *)context = true;
    return false;
}

/* Looks for the segment that a restore from the last snapshot begins with. */
static int look_for_begin(struct replica *replica, const char *generation, const struct seen *seen,
                          bool *ret_found, struct error *error)
{
    char folder[LAYOUT_FOLDER_SIZE];
    char name[LAYOUT_NAME_SIZE];
    struct layout_position begin = {.index = seen->snapshot};
    layout_folder(LAYOUT_SEGMENT, generation, folder);
    layout_name(LAYOUT_SEGMENT, begin, name);
    *ret_found = false;
    struct replica_listing listing = {.folder = folder,
                                      .after = "",
                                      .only = name,
                                      .most = 1,
                                      .visit = on_begin,
                                      .context = ret_found};
    return replica_list(replica, &listing, 1, error);
}

static int measure(void *context, const char *data, size_t size)
{
    return lz4_reader_feed(context, data, size);
}

/* Where the last segment ends. */
static bool find_end(struct replica *replica, const char *generation, const struct seen *seen,
                     struct layout_position *ret_end)
{
    char path[LAYOUT_PATH_SIZE];
    struct lz4_reader unpacked;
    struct error error;
    layout_path(LAYOUT_SEGMENT, generation, seen->last, path);
    struct replica_reading reading = {path, measure, &unpacked};
    if (lz4_reader_begin(&unpacked, &error) < 0) {
        return false;
    }
    int result = replica_read(replica, &reading, 1, &error);
    int64_t length = lz4_reader_end(&unpacked);
    *ret_end = (struct layout_position){seen->last.index, seen->last.offset + length};
    return result == 0 && length >= 0;
}

/* --- comparing ------------------------------------------------------------------------------ */

/* Whether a replica that has everything up to POSITION has everything there was when Litestream
 * last looked. */
static bool is_all(const struct replica_view_base *base, struct layout_position position)
{
    return strcmp(base->before->generation, base->after->generation) == 0 &&
           layout_compare(base->before->position, position) <= 0 &&
           layout_compare(position, base->after->position) <= 0;
}

/* How it is known up to where a replica has everything. */
enum knowledge { UNKNOWN, FROM_RECORD, FROM_METRICS };

/* Up to where, as far as that is known without reading the replica. */
static enum knowledge known_position(const struct replica_view_base *base,
                                     const struct litestream_replica *config,
                                     const struct replica_record *record,
                                     struct layout_position *ret_position)
{
    if (litestream_metrics_position(base->metrics, base->database->path, config->name,
                                    ret_position)) {
        return FROM_METRICS;
    }
    *ret_position = record->position;
    return strcmp(record->generation, base->before->generation) == 0 ? FROM_RECORD : UNKNOWN;
}

/* One WAL file follows another when a checkpoint is done. A replica that has all of those before
 * has what was committed before the file was begun. */
static int64_t by_wal_files(const struct replica_view_base *base, struct layout_position position)
{
    int64_t index = position.index;
    if (index < base->before->position.index &&
        litestream_local_size(base->database, base->before, index) <= position.offset) {
        index++;
    }
    return litestream_local_began_ms(base->database, base->before, index);
}

/* In one WAL file, a segment's content was read after the one before it had arrived. */
static int64_t by_segments(const struct replica_view_base *base, const struct seen *seen,
                           int64_t clock_ahead_ms)
{
    return seen->last.index == base->before->position.index && seen->before_last_ms > 0
               ? seen->before_last_ms - clock_ahead_ms
               : 0;
}

/* What was committed before this is in a replica that has everything up to POSITION; 0 if that is
 * not known. */
static int64_t had_all_ms(const struct replica_view_base *base, struct layout_position position,
                          const struct seen *seen, int64_t clock_ahead_ms)
{
    int64_t files_ms = by_wal_files(base, position);
    int64_t segments_ms = by_segments(base, seen, clock_ahead_ms);
    int64_t later_ms = files_ms > segments_ms ? files_ms : segments_ms;
    return later_ms == 0 ? 0 : later_ms - base->database->monitor_interval_ms - SLACK_MS;
}

static int look_inside(const struct replica_view_base *base, struct replica *replica,
                       enum knowledge known, struct layout_position position,
                       struct replica_view *view, struct error *error)
{
    const char *generation = base->before->generation;
    struct seen seen;
    bool all = known != UNKNOWN && is_all(base, position);
    int64_t index = known == FROM_METRICS ? position.index : base->before->position.index;
    bool has_begin = false;
    int result = list(replica, generation, index, all, &seen, error);
    if (result == 0 && seen.has_snapshot) {
        result = look_for_begin(replica, generation, &seen, &has_begin, error);
    }
    if (result < 0) {
        return result;
    }
    if (!all && known != FROM_METRICS && seen.segments > 0 &&
        find_end(replica, generation, &seen, &position)) {
        known = FROM_RECORD;
        view->lag_bytes = litestream_local_bytes_after(base->database, base->before, position);
        all = is_all(base, position);
    }
    view->no_snapshot = !seen.has_snapshot;
    view->no_begin = seen.has_snapshot && !has_begin && seen.segments > 0;
    view->has_all = all && seen.has_current && has_begin;
    if (!view->has_all && has_begin && seen.segments > 0 && known != UNKNOWN) {
        view->had_all_ms = had_all_ms(base, position, &seen, replica_clock_ahead(replica));
    }
    return 0;
}

int replica_view_take(const struct replica_view_base *base, const struct litestream_replica *config,
                      const struct replica_record *record, int64_t deadline_ms,
                      struct replica_view *view, struct error *error)
{
    struct replica *replica;
    struct layout_position position;
    enum knowledge known = known_position(base, config, record, &position);
    *view = (struct replica_view){.lag_bytes = -1};
    if (known != UNKNOWN) {
        view->lag_bytes = litestream_local_bytes_after(base->database, base->before, position);
    }
    if (!litestream_replica_is_readable(config)) {
        /* Litestream's word is all there is. */
        view->has_all = known != UNKNOWN && is_all(base, position);
        return 0;
    }
    int result = replica_open(config, deadline_ms, 0, &replica, error);
    if (result == 0) {
        result = look_inside(base, replica, known, position, view, error);
    }
    replica_close(replica);
    return result;
}
