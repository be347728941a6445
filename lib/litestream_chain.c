#include "litestream_chain.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "litestream_points.h"
#include "lz4_measure.h"
#include "text.h"
#include "timestamp.h"

/* A week with a segment every second has 604,800. */
enum { SEGMENTS_MAX = 8 << 20 };

/* --- finding -------------------------------------------------------------------------------- */

struct search {
    struct chain *chain;
    int64_t moment_ms;
    size_t room;
    bool sorted;
    bool no_memory;
    bool has_later; /* a segment that came after the moment, the first of which is at `later` */
    struct layout_position later;
};

static bool grow(struct search *search)
{
    if (search->chain->count < search->room) {
        return true;
    }
    size_t room = search->room == 0 ? 1024 : 2 * search->room;
    struct chain_segment *segments = NULL;
    if (room <= SEGMENTS_MAX) {
        segments = realloc(search->chain->segments, room * sizeof *segments);
    }
    if (segments == NULL) {
        search->no_memory = true;
        return false;
    }
    search->chain->segments = segments;
    search->room = room;
    return true;
}

static bool on_segment(void *context, const struct replica_object *object)
{
    struct search *search = context;
    struct chain_segment segment = {.time_ms = history_time(object), .size = object->size};
    if (!layout_parse(LAYOUT_SEGMENT, object->name, &segment.position)) {
        return true;
    }
    if (segment.time_ms > search->moment_ms) {
        if (!search->has_later || layout_compare(segment.position, search->later) < 0) {
            search->later = segment.position;
        }
        search->has_later = true;
        return !search->sorted;
    }
    if (!grow(search)) {
        return false;
    }
    search->chain->segments[search->chain->count++] = segment;
    return true;
}

static int by_position(const void *left, const void *right)
{
    const struct chain_segment *a = left;
    const struct chain_segment *b = right;
    return layout_compare(a->position, b->position);
}

/* Puts the segments in order, and cuts them off where the first one came after the moment. */
static void settle(struct search *search)
{
    struct chain *chain = search->chain;
    size_t kept = 0;
    if (chain->count > 0) {
        qsort(chain->segments, chain->count, sizeof *chain->segments, by_position);
    }
    chain->size = chain->snapshot.size;
    chain->point_ms = chain->snapshot.time_ms;
    while (kept < chain->count &&
           !(search->has_later &&
             layout_compare(chain->segments[kept].position, search->later) >= 0)) {
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
        settle(&search);
    }
    return result;
}

static int refuse(struct replica *replica, struct error *error)
{
    int64_t earliest_ms;
    int64_t latest_ms;
    char earliest[TIMESTAMP_SIZE];
    char latest[TIMESTAMP_SIZE];
    int result = points_find_range(replica, &earliest_ms, &latest_ms, error);
    if (result < 0) {
        return result;
    }
    if (earliest_ms == 0) {
        return error_set(error, ERR_POINT, "The replica has nothing to restore yet.");
    }
    timestamp_format(earliest_ms, TIMESTAMP_MILLISECONDS, earliest);
    timestamp_format(latest_ms, TIMESTAMP_MILLISECONDS, latest);
    return error_set(error, ERR_POINT,
                     "The replica does not reach back that far: ask for a time from %s to %s.",
                     earliest, latest);
}

int chain_find(struct replica *replica, int64_t moment_ms, struct chain *chain, struct error *error)
{
    struct history history;
    *chain = (struct chain){0};
    int result = history_read(replica, &history, error);
    const struct history_generation *generation = history_generation_at(&history, moment_ms);
    const struct history_snapshot *snapshot =
        generation == NULL ? NULL : history_snapshot_at(generation, moment_ms);
    if (result == 0 && snapshot != NULL) {
        memcpy(chain->generation, generation->name, sizeof chain->generation);
        chain->snapshot = *snapshot;
        result = find_segments(replica, moment_ms, chain, error);
    } else if (result == 0) {
        result = refuse(replica, error);
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
    struct chain *chain;
    int folder_fd;
    const struct progress *progress;
    int64_t done;
};

/* One file on its way. */
struct download {
    struct fetch *fetch;
    char path[LAYOUT_PATH_SIZE];
    int fd;
    struct lz4_measure measure;
    int code; /* what went wrong on this side */
    struct error error;
};

static int write_all(int fd, const char *data, size_t size, struct error *error)
{
    while (size > 0) {
        ssize_t written = write(fd, data, size);
        if (written < 0 && errno != EINTR) {
            return error_system(error, errno, "Cannot write what comes from the replica");
        }
        data += written < 0 ? 0 : written;
        size -= written < 0 ? 0 : (size_t)written;
    }
    return 0;
}

static int receive(void *context, const char *data, size_t size)
{
    struct download *download = context;
    struct fetch *fetch = download->fetch;
    download->code = write_all(download->fd, data, size, &download->error);
    if (download->code == 0 && lz4_measure_feed(&download->measure, data, size) < 0) {
        download->code = error_set(&download->error, ERR_POINT,
                                   "This moment cannot be restored: %s is damaged in the replica. "
                                   "Ask for another moment.",
                                   download->path);
    }
    fetch->done += (int64_t)size;
    progress_report(fetch->progress, "downloading", (uint64_t)fetch->done,
                    (uint64_t)fetch->chain->size);
    return download->code;
}

static int begin_download(struct fetch *fetch, enum layout_kind kind,
                          struct layout_position position, struct download *download,
                          struct error *error)
{
    char name[LAYOUT_NAME_SIZE];
    layout_folder(kind, fetch->chain->generation, download->path);
    layout_name(kind, position, name);
    (void)text_append(download->path, sizeof download->path, name);
    download->fetch = fetch;
    download->fd = file_open(fetch->folder_fd, download->path, O_WRONLY | O_CREAT | O_EXCL, error);
    return download->fd < 0 ? download->fd : lz4_measure_begin(&download->measure, error);
}

/* Ends it; *ret_length is the unpacked length. */
static int end_download(struct download *download, int64_t *ret_length, struct error *error)
{
    file_close(download->fd);
    *ret_length = lz4_measure_end(&download->measure);
    if (download->code < 0) {
        *error = download->error;
        return download->code;
    }
    return *ret_length >= 0
               ? 0
               : error_set(error, ERR_POINT,
                           "This moment cannot be restored: %s is cut off in the replica. Ask for "
                           "another moment.",
                           download->path);
}

static int explain_loss(int result, struct error *error)
{
    if (result == ERR_NOT_FOUND) {
        struct error reason = *error;
        return error_set(error, ERR_POINT,
                         "This moment cannot be restored: %.400s Ask for another "
                         "moment.",
                         reason.detail);
    }
    return result;
}

/* Fetches COUNT files at once. */
static int run_downloads(struct fetch *fetch, struct download *downloads, size_t count,
                         int64_t *lengths, struct error *error)
{
    struct replica_reading readings[REPLICA_PARALLEL_MAX];
    for (size_t i = 0; i < count; i++) {
        readings[i] = (struct replica_reading){downloads[i].path, receive, &downloads[i]};
    }
    struct error reason;
    int read = replica_read(fetch->replica, readings, count, &reason);
    int result = 0;
    for (size_t i = 0; i < count; i++) {
        struct error own;
        int ended = end_download(&downloads[i], &lengths[i], &own);
        /* What went wrong on this side says more; a file that was not read is cut off, too. */
        if (result == 0 && ended < 0 && (read == 0 || downloads[i].code < 0)) {
            *error = own;
            result = ended;
        }
    }
    if (result == 0 && read < 0) {
        *error = reason;
        result = explain_loss(read, error);
    }
    return result;
}

static int fetch_snapshot(struct fetch *fetch, struct error *error)
{
    struct download download = {.fd = -1};
    struct layout_position position = {.index = fetch->chain->snapshot.index};
    int64_t length;
    int result = begin_download(fetch, LAYOUT_SNAPSHOT, position, &download, error);
    if (result < 0) {
        file_close(download.fd);
        return result;
    }
    return run_downloads(fetch, &download, 1, &length, error);
}

static int fetch_segments(struct fetch *fetch, size_t first, size_t count, struct error *error)
{
    struct download downloads[REPLICA_PARALLEL_MAX] = {0};
    int64_t lengths[REPLICA_PARALLEL_MAX];
    size_t begun = 0;
    int result = 0;
    for (; result == 0 && begun < count; begun++) {
        result =
            begin_download(fetch, LAYOUT_SEGMENT, fetch->chain->segments[first + begun].position,
                           &downloads[begun], error);
    }
    if (result < 0) {
        for (size_t i = 0; i < begun; i++) {
            struct error ignored;
            (void)end_download(&downloads[i], &lengths[i], &ignored);
        }
        return result;
    }
    result = run_downloads(fetch, downloads, count, lengths, error);
    for (size_t i = 0; result == 0 && i < count; i++) {
        fetch->chain->segments[first + i].length = lengths[i];
    }
    return result;
}

/* Each segment begins where the one before it ended: in the same WAL file, or in the next. */
static int check_order(const struct chain *chain, struct error *error)
{
    struct layout_position expected = {.index = chain->snapshot.index};
    for (size_t i = 0; i < chain->count; i++) {
        const struct chain_segment *segment = &chain->segments[i];
        struct layout_position next_file = {.index = expected.index + 1};
        bool follows = layout_compare(segment->position, expected) == 0 ||
                       (i > 0 && layout_compare(segment->position, next_file) == 0);
        if (!follows) {
            char name[LAYOUT_NAME_SIZE];
            layout_name(LAYOUT_SEGMENT, segment->position, name);
            return error_set(error, ERR_POINT,
                             "This moment cannot be restored: before %s something is missing in "
                             "the replica. Ask for another moment.",
                             name);
        }
        expected = segment->position;
        expected.offset += segment->length;
    }
    return 0;
}

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

int chain_fetch(struct replica *replica, struct chain *chain, int folder_fd,
                const struct progress *progress, struct error *error)
{
    struct fetch fetch = {
        .replica = replica, .chain = chain, .folder_fd = folder_fd, .progress = progress};
    int result = prepare(chain, folder_fd, error);
    if (result == 0) {
        result = fetch_snapshot(&fetch, error);
    }
    for (size_t i = 0; result == 0 && i < chain->count; i += REPLICA_PARALLEL_MAX) {
        size_t rest = chain->count - i;
        result = fetch_segments(&fetch, i,
                                rest < REPLICA_PARALLEL_MAX ? rest : REPLICA_PARALLEL_MAX, error);
    }
    return result == 0 ? check_order(chain, error) : result;
}
