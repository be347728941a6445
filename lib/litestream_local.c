#include "litestream_local.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "text.h"
#include "timestamp.h"
#include "wal_index.h"

/* No look at the database takes so long, unless its WAL is huge. */
enum { LOOK_MS = 250 };

enum { FOLDER_SIZE = PATH_MAX + NAME_MAX + LAYOUT_FOLDER_SIZE };

static int refuse(struct error *error)
{
    return error_set(error, ERR_NOT_FOUND, "Litestream has not begun to replicate this database.");
}

static int read_generation(const struct litestream_database *database,
                           char generation[GENERATION_SIZE], struct error *error)
{
    char path[FOLDER_SIZE];
    char *text = NULL;
    struct error reason;
    snprintf(path, sizeof path, "%s/generation", database->meta_path);
    int result = file_read(AT_FDCWD, path, 64, &text, &reason);
    if (result == 0) {
        text[strcspn(text, "\r\n")] = '\0';
        result = layout_is_generation(text) ? 0 : ERR_NOT_FOUND;
    }
    if (result == 0) {
        memcpy(generation, text, GENERATION_SIZE);
    }
    free(text);
    return result == 0 ? 0 : refuse(error);
}

static void write_folder(const struct litestream_database *database, const char *generation,
                         char out[FOLDER_SIZE])
{
    char folder[LAYOUT_FOLDER_SIZE];
    layout_folder(LAYOUT_SEGMENT, generation, folder);
    snprintf(out, FOLDER_SIZE, "%s/%s", database->meta_path, folder);
}

enum { WAL_PATH_SIZE = FOLDER_SIZE + LAYOUT_NAME_SIZE };

/* Of the WAL file that Litestream keeps as number INDEX. */
static void write_wal_path(const struct litestream_database *database, const char *generation,
                           int64_t index, char out[WAL_PATH_SIZE])
{
    char folder[FOLDER_SIZE];
    char name[LAYOUT_NAME_SIZE];
    write_folder(database, generation, folder);
    layout_local_name(index, name);
    snprintf(out, WAL_PATH_SIZE, "%s%s", folder, name);
}

/* The WAL file INDEX: its salts, and its size without a frame that is still being written; -1
 * without one. */
static int64_t read_wal(const struct litestream_database *database, const char *generation,
                        int64_t index, unsigned char salts[WAL_SALTS_SIZE])
{
    unsigned char header[WAL_HEADER_SIZE];
    char path[WAL_PATH_SIZE];
    int64_t size = 0;
    struct error error;
    write_wal_path(database, generation, index, path);
    int fd = file_open_regular(AT_FDCWD, path, &size, &error);
    if (fd < 0) {
        return -1;
    }
    bool has_header = pread(fd, header, sizeof header, 0) == (ssize_t)sizeof header;
    file_close(fd);
    if (!has_header) {
        return 0;
    }
    int64_t frame = WAL_FRAME_HEADER_SIZE + (int64_t)wal_number(header + WAL_HEADER_PAGE_SIZE_AT);
    memcpy(salts, header + WAL_HEADER_SALTS_AT, WAL_SALTS_SIZE);
    return WAL_HEADER_SIZE + (size - WAL_HEADER_SIZE) / frame * frame;
}

struct entries {
    int64_t highest; /* WAL file; -1: none */
    bool is_looking; /* Litestream is at it right now: there is a temporary file */
};

static int note_entry(const char *entry, void *context)
{
    struct entries *entries = context;
    int64_t index;
    if (layout_parse_local(entry, &index) && index > entries->highest) {
        entries->highest = index;
    }
    entries->is_looking = entries->is_looking || text_ends_with(entry, ".tmp");
    return 0;
}

/* A look renews the folder's time when it begins and when it ends. What was committed while it went
 * on may not be in it. */
static int64_t complete_by_looks(const struct litestream_database *database, int64_t looked_ms,
                                 bool is_looking)
{
    return looked_ms - LOOK_MS - (is_looking ? database->monitor_interval_ms : 0);
}

/* Finds the position, and from when on it is complete: from now on, if it reaches to the end of the
 * live WAL. That is read before the files: what is seen in them is at least as new. */
static int read_position(const struct litestream_database *database, struct litestream_local *local,
                         struct error *error)
{
    char folder[FOLDER_SIZE];
    unsigned char salts[WAL_SALTS_SIZE] = {0};
    struct stat status = {0};
    struct error reason;
    struct wal_index live;
    struct entries entries = {.highest = -1};
    int64_t now_ms = timestamp_now_ms();
    bool has_live = wal_index_read(database->path, &live);
    write_folder(database, local->generation, folder);
    if (stat(folder, &status) == 0) {
        local->looked_ms = (int64_t)status.st_mtim.tv_sec * 1000 + status.st_mtim.tv_nsec / 1000000;
        (void)file_each(AT_FDCWD, folder, note_entry, &entries, &reason);
    }
    local->position.index = entries.highest;
    local->position.offset =
        entries.highest < 0 ? -1 : read_wal(database, local->generation, entries.highest, salts);
    bool reaches_end = has_live && live.end > 0 && memcmp(live.salts, salts, sizeof salts) == 0 &&
                       local->position.offset >= live.end;
    local->complete_ms =
        reaches_end ? now_ms : complete_by_looks(database, local->looked_ms, entries.is_looking);
    return local->position.offset >= 0 ? 0 : refuse(error);
}

int litestream_local_read(const struct litestream_database *database,
                          struct litestream_local *local, struct error *error)
{
    *local = (struct litestream_local){0};
    int result = read_generation(database, local->generation, error);
    return result == 0 ? read_position(database, local, error) : result;
}

struct span {
    const struct litestream_database *database;
    const char *generation;
    int64_t begin, end; /* WAL files, the second not included */
    int64_t bytes;
};

static int add_size(const char *entry, void *context)
{
    struct span *span = context;
    unsigned char salts[WAL_SALTS_SIZE];
    int64_t index;
    if (layout_parse_local(entry, &index) && index >= span->begin && index < span->end) {
        int64_t size = read_wal(span->database, span->generation, index, salts);
        span->bytes += size < 0 ? 0 : size;
    }
    return 0;
}

int64_t litestream_local_bytes_after(const struct litestream_database *database,
                                     const struct litestream_local *local,
                                     struct layout_position position)
{
    char folder[FOLDER_SIZE];
    struct error ignored;
    struct span span = {.database = database,
                        .generation = local->generation,
                        .begin = position.index,
                        .end = local->position.index};
    write_folder(database, local->generation, folder);
    (void)file_each(AT_FDCWD, folder, add_size, &span, &ignored);
    int64_t bytes = span.bytes + local->position.offset - position.offset;
    return layout_compare(position, local->position) >= 0 || bytes < 0 ? 0 : bytes;
}

int64_t litestream_local_began_ms(const struct litestream_database *database,
                                  const struct litestream_local *local, int64_t index)
{
    char path[WAL_PATH_SIZE];
    struct statx status;
    write_wal_path(database, local->generation, index, path);
    if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_BTIME, &status) != 0 ||
        (status.stx_mask & STATX_BTIME) == 0) {
        return 0;
    }
    return (int64_t)status.stx_btime.tv_sec * 1000 + status.stx_btime.tv_nsec / 1000000;
}

int64_t litestream_local_size(const struct litestream_database *database,
                              const struct litestream_local *local, int64_t index)
{
    unsigned char salts[WAL_SALTS_SIZE];
    return read_wal(database, local->generation, index, salts);
}
