#include "litestream_chain.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "array.h"
#include "file.h"
#include "lz4_reader.h"
#include "points.h"
#include "timestamp.h"
#include "wal_check.h"

/* A week with a segment every second has 604,800. */
enum { SEGMENTS_MAX = 8 << 20 };

/* --- finding -------------------------------------------------------------------------------- */

struct search {
    struct chain *chain;
    int64_t moment_ms;
    bool sorted;
    bool no_memory;
};

static bool on_segment(void *context, const struct replica_object *object)
{
    struct search *search = context;
    struct chain *chain = search->chain;
    struct chain_segment segment = {.time_ms = history_time(object), .size = object->size};
    if (!layout_parse(LAYOUT_SEGMENT, object->name, &segment.position)) {
        return true;
    }
    if (segment.time_ms > search->moment_ms) {
        if (!chain->has_later || layout_compare(segment.position, chain->later) < 0) {
            chain->later = segment.position;
        }
        chain->has_later = true;
        return !search->sorted;
    }
    struct chain_segment *segments =
        array_make_room(chain->segments, chain->count, sizeof segment, SEGMENTS_MAX);
    if (segments == NULL) {
        search->no_memory = true;
        return false;
    }
    chain->segments = segments;
    segments[chain->count++] = segment;
    return true;
}

static int by_position(const void *left, const void *right)
{
    const struct chain_segment *a = left;
    const struct chain_segment *b = right;
    return layout_compare(a->position, b->position);
}

/* Puts the segments in order, and cuts them off where the first one came after the moment. */
static void settle(struct chain *chain)
{
    size_t kept = 0;
    if (chain->count > 0) {
        qsort(chain->segments, chain->count, sizeof *chain->segments, by_position);
    }
    chain->size = chain->snapshot.size;
    chain->point_ms = chain->snapshot.time_ms;
    while (
        kept < chain->count &&
        !(chain->has_later && layout_compare(chain->segments[kept].position, chain->later) >= 0)) {
        struct chain_segment *segment = &chain->segments[kept++];
        chain->size += segment->size;
        chain->point_ms = segment->time_ms > chain->point_ms ? segment->time_ms : chain->point_ms;
    }
    chain->count = kept;
}

static int find_segments(struct replica *replica, int64_t moment_ms, struct chain *chain,
                         struct error *error)
{
    char folder[LAYOUT_FOLDER_SIZE];
    char after[LAYOUT_NAME_SIZE];
    struct search search = {
        .chain = chain, .moment_ms = moment_ms, .sorted = replica_is_sorted(replica)};
    layout_folder(LAYOUT_SEGMENT, chain->generation, folder);
    layout_before(chain->snapshot.index, after);
    struct replica_listing listing = {
        .folder = folder, .after = after, .visit = on_segment, .context = &search};
    int result = replica_list(replica, &listing, 1, error);
    if (result == 0 && search.no_memory) {
        result = error_memory(error);
    }
    if (result == 0) {
        settle(chain);
    }
    return result;
}

static int refuse(struct replica *replica, struct history *history, struct error *error)
{
    int64_t latest_ms;
    if (history->count == 0) {
        return error_set(error, ERR_POINT, "The replica has nothing to restore yet.");
    }
    int result = history_find_latest(replica, history, &latest_ms, error);
    return result == 0 ? points_refuse(history_earliest(history), latest_ms, error) : result;
}

/* Tries the snapshots of the moment and before, the last one first: one that is younger than all
 * segments of its WAL file lacks what was in the WAL when it was made. */
static int find_in(struct replica *replica, const struct history_generation *generation,
                   int64_t moment_ms, struct chain *chain, struct error *error)
{
    int result = 0;
    memcpy(chain->generation, generation->name, sizeof chain->generation);
    for (size_t i = generation->count; result == 0 && chain->count == 0 && i-- > 0;) {
        if (generation->snapshots[i].time_ms <= moment_ms) {
            chain->snapshot = generation->snapshots[i];
            chain->has_later = false;
            result = find_segments(replica, moment_ms, chain, error);
        }
    }
    return result;
}

int chain_find(struct replica *replica, int64_t moment_ms, struct chain *chain, struct error *error)
{
    struct history history;
    *chain = (struct chain){.moment_ms = moment_ms};
    int result = history_read(replica, &history, error);
    const struct history_generation *generation = history_generation_at(&history, moment_ms);
    if (result == 0) {
        result = generation == NULL ? refuse(replica, &history, error)
                                    : find_in(replica, generation, moment_ms, chain, error);
    }
    history_free(&history);
    return result;
}

void chain_free(struct chain *chain)
{
    free(chain->segments);
    *chain = (struct chain){0};
}

/* --- fetching ------------------------------------------------------------------------------- */

struct fetch {
    struct replica *replica;
    const struct chain *chain;
    int folder_fd;
    const struct progress *progress;
    int64_t done;
};

/* One file on its way. */
struct download {
    struct fetch *fetch;
    char path[LAYOUT_PATH_SIZE];
    int fd;
    int code; /* what went wrong on this side */
    struct error error;
};

static int receive(void *context, const char *data, size_t size)
{
    struct download *download = context;
    struct fetch *fetch = download->fetch;
    download->code =
        file_write_all(download->fd, "what comes from the replica", data, size, &download->error);
    fetch->done += (int64_t)size;
    progress_report(fetch->progress, "downloading", (uint64_t)fetch->done,
                    (uint64_t)fetch->chain->size);
    return download->code;
}

/* What is gone from the replica since it was listed. */
static int explain(int result, struct error *error)
{
    struct error reason = *error;
    return result == ERR_NOT_FOUND
               ? error_set(error, ERR_POINT,
                           "This moment cannot be restored: %.400s Ask for another moment.",
                           reason.detail)
               : result;
}

static int run_downloads(struct fetch *fetch, struct download *downloads, size_t count,
                         struct error *error)
{
    struct replica_reading readings[REPLICA_PARALLEL_MAX];
    for (size_t i = 0; i < count; i++) {
        readings[i] = (struct replica_reading){downloads[i].path, receive, &downloads[i]};
    }
    int result = replica_read(fetch->replica, readings, count, error);
    for (size_t i = 0; i < count; i++) {
        if (downloads[i].code < 0) {
            *error = downloads[i].error;
            return downloads[i].code;
        }
    }
    return explain(result, error);
}

/* Fetches COUNT files of one kind at once. */
static int fetch_files(struct fetch *fetch, enum layout_kind kind,
                       const struct layout_position *positions, size_t count, struct error *error)
{
    struct download downloads[REPLICA_PARALLEL_MAX];
    size_t begun = 0;
    int result = 0;
    for (; result == 0 && begun < count; begun++) {
        struct download *download = &downloads[begun];
        *download = (struct download){.fetch = fetch};
        layout_path(kind, fetch->chain->generation, positions[begun], download->path);
        download->fd =
            file_open(fetch->folder_fd, download->path, O_WRONLY | O_CREAT | O_EXCL, error);
        result = download->fd < 0 ? download->fd : 0;
    }
    if (result == 0) {
        result = run_downloads(fetch, downloads, count, error);
    }
    for (size_t i = 0; i < begun; i++) {
        file_close(downloads[i].fd);
    }
    return result;
}

static int fetch_segments(struct fetch *fetch, size_t first, size_t count, struct error *error)
{
    struct layout_position positions[REPLICA_PARALLEL_MAX];
    for (size_t i = 0; i < count; i++) {
        positions[i] = fetch->chain->segments[first + i].position;
    }
    return fetch_files(fetch, LAYOUT_SEGMENT, positions, count, error);
}

static int fetch_all(struct fetch *fetch, struct error *error)
{
    const struct chain *chain = fetch->chain;
    struct layout_position snapshot = {.index = chain->snapshot.index};
    int result = fetch_files(fetch, LAYOUT_SNAPSHOT, &snapshot, 1, error);
    for (size_t i = 0; result == 0 && i < chain->count; i += REPLICA_PARALLEL_MAX) {
        size_t rest = chain->count - i;
        result = fetch_segments(fetch, i, rest < REPLICA_PARALLEL_MAX ? rest : REPLICA_PARALLEL_MAX,
                                error);
    }
    return result;
}

/* --- checking ------------------------------------------------------------------------------- */

static int refuse_damaged(const char *path, struct error *error)
{
    return error_set(error, ERR_POINT,
                     "This moment cannot be restored: %s is damaged in the replica. Ask for "
                     "another moment.",
                     path);
}

static int refuse_gap(struct layout_position position, struct error *error)
{
    char name[LAYOUT_NAME_SIZE];
    layout_name(LAYOUT_SEGMENT, position, name);
    return error_set(error, ERR_POINT,
                     "This moment cannot be restored: before %s something is missing in the "
                     "replica. Ask for another moment.",
                     name);
}

static int unpack(int fd, struct lz4_reader *reader)
{
    char piece[64 << 10];
    ssize_t got;
    int result = 0;
    while (result == 0 && (got = read(fd, piece, sizeof piece)) != 0) {
        result = got < 0 ? ERR_IO : lz4_reader_feed(reader, piece, (size_t)got);
    }
    return result;
}

static int take_wal(void *context, const unsigned char *data, size_t size)
{
    return wal_check_feed(context, data, size);
}

/* Unpacks the file at PATH, into WAL if that is not NULL. Returns its unpacked length. */
static int64_t check_file(int folder_fd, const char *path, struct wal_check *wal,
                          struct error *error)
{
    struct lz4_reader reader;
    int fd = file_open(folder_fd, path, O_RDONLY, error);
    int64_t result = fd < 0 ? fd : lz4_reader_begin(&reader, error);
    if (result < 0) {
        file_close(fd);
        return result;
    }
    if (wal != NULL) {
        reader.take = take_wal;
        reader.context = wal;
    }
    result = unpack(fd, &reader);
    file_close(fd);
    int64_t length = lz4_reader_end(&reader);
    if (result == ERR_IO) {
        return error_set(error, ERR_IO, "Cannot read what came from the replica.");
    }
    bool is_good = result == 0 && length >= 0 && (wal == NULL || wal_check_is_even(wal));
    return is_good ? length : refuse_damaged(path, error);
}

/* Whether POSITION is where the WAL goes on after EXPECTED: there, or at the next file's begin. */
static bool follows(struct layout_position position, struct layout_position expected)
{
    struct layout_position next_file = {.index = expected.index + 1};
    return layout_compare(position, expected) == 0 ||
           (expected.offset > 0 && layout_compare(position, next_file) == 0);
}

/* What came after the moment is not restored, but shows what is missing: something between the last
 * segment and that one. It was there at the moment or not; at the last segment's time it was not.
 */
static bool is_cut_short(const struct chain *chain, struct layout_position end)
{
    return chain->has_later && chain->moment_ms > chain->point_ms && !follows(chain->later, end);
}

static int refuse_loss(const struct chain *chain, struct error *error)
{
    char point[TIMESTAMP_SIZE];
    timestamp_format(chain->point_ms, TIMESTAMP_MILLISECONDS, point);
    return error_set(error, ERR_POINT,
                     "This moment cannot be restored: something is missing in the replica. The "
                     "last whole moment before it is %s.",
                     point);
}

static int check_segments(const struct fetch *fetch, struct wal_check *wal, struct error *error)
{
    const struct chain *chain = fetch->chain;
    struct layout_position expected = {.index = chain->snapshot.index};
    for (size_t i = 0; i < chain->count; i++) {
        struct layout_position position = chain->segments[i].position;
        char path[LAYOUT_PATH_SIZE];
        if (!follows(position, expected)) {
            return refuse_gap(position, error);
        }
        if (position.offset == 0) {
            wal_check_begin(wal);
        }
        layout_path(LAYOUT_SEGMENT, chain->generation, position, path);
        int64_t length = check_file(fetch->folder_fd, path, wal, error);
        if (length < 0) {
            return (int)length;
        }
        expected = position;
        expected.offset += length;
    }
    return is_cut_short(chain, expected) ? refuse_loss(chain, error) : 0;
}

static int check_all(const struct fetch *fetch, struct error *error)
{
    char path[LAYOUT_PATH_SIZE];
    struct layout_position snapshot = {.index = fetch->chain->snapshot.index};
    struct wal_check *wal = malloc(sizeof *wal);
    if (wal == NULL) {
        return error_memory(error);
    }
    layout_path(LAYOUT_SNAPSHOT, fetch->chain->generation, snapshot, path);
    int64_t length = check_file(fetch->folder_fd, path, NULL, error);
    int result = length < 0 ? (int)length : check_segments(fetch, wal, error);
    free(wal);
    return result;
}

/* --- both ----------------------------------------------------------------------------------- */

static int make_folder(int folder_fd, const char *path, struct error *error)
{
    return mkdirat(folder_fd, path, FOLDER_MODE) == 0 || errno == EEXIST
               ? 0
               : error_system(error, errno, "Cannot make a folder for the replica's files");
}

/* Makes every folder on the way to PATH, which ends in a slash. */
static int make_folders(int folder_fd, char *path, struct error *error)
{
    int result = 0;
    for (char *slash = strchr(path, '/'); result == 0 && slash != NULL;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        result = make_folder(folder_fd, path, error);
        *slash = '/';
    }
    return result;
}

static int prepare(const struct chain *chain, int folder_fd, struct error *error)
{
    char folder[LAYOUT_FOLDER_SIZE];
    int result = file_check_room(folder_fd, 2 * chain->size, "what the replica has", error);
    for (int kind = LAYOUT_SNAPSHOT; result == 0 && kind <= LAYOUT_SEGMENT; kind++) {
        layout_folder((enum layout_kind)kind, chain->generation, folder);
        result = make_folders(folder_fd, folder, error);
    }
    return result;
}

int chain_fetch(struct replica *replica, const struct chain *chain, int folder_fd,
                const struct progress *progress, struct error *error)
{
    struct fetch fetch = {
        .replica = replica, .chain = chain, .folder_fd = folder_fd, .progress = progress};
    int result = prepare(chain, folder_fd, error);
    if (result == 0) {
        result = fetch_all(&fetch, error);
    }
    return result == 0 ? check_all(&fetch, error) : result;
}
