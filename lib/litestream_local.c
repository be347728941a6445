#include "litestream_local.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

/* SQLite's WAL format: a header of 32 bytes, frames of 24 bytes and a page. */
enum { WAL_HEADER_SIZE = 32, FRAME_HEADER_SIZE = 24, PAGE_SIZE_AT = 8 };

enum { FOLDER_SIZE = PATH_MAX + NAME_MAX + LAYOUT_FOLDER_SIZE };

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
    return result == 0 ? 0
                       : error_set(error, ERR_NOT_FOUND,
                                   "Litestream has not begun to replicate this database.");
}

static void write_folder(const struct litestream_database *database, const char *generation,
                         char out[FOLDER_SIZE])
{
    char folder[LAYOUT_FOLDER_SIZE];
    layout_folder(LAYOUT_SEGMENT, generation, folder);
    snprintf(out, FOLDER_SIZE, "%s/%s", database->meta_path, folder);
}

/* Opens the WAL file that Litestream keeps as number INDEX. Returns the descriptor or -1. */
static int open_wal(const struct litestream_database *database, const char *generation,
                    int64_t index, int64_t *ret_size)
{
    char folder[FOLDER_SIZE];
    char name[LAYOUT_NAME_SIZE];
    char path[FOLDER_SIZE + LAYOUT_NAME_SIZE];
    struct error error;
    write_folder(database, generation, folder);
    layout_local_name(index, name);
    snprintf(path, sizeof path, "%s%s", folder, name);
    return file_open_regular(AT_FDCWD, path, ret_size, &error);
}

static uint32_t big_endian(const unsigned char bytes[4])
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* The size of the WAL file INDEX without a frame that is still being written; -1 without one. */
static int64_t aligned_size(const struct litestream_database *database, const char *generation,
                            int64_t index)
{
    unsigned char header[WAL_HEADER_SIZE];
    int64_t size = 0;
    int fd = open_wal(database, generation, index, &size);
    if (fd < 0) {
        return -1;
    }
    bool has_header = pread(fd, header, sizeof header, 0) == (ssize_t)sizeof header;
    file_close(fd);
    if (!has_header) {
        return 0;
    }
    int64_t frame = FRAME_HEADER_SIZE + (int64_t)big_endian(header + PAGE_SIZE_AT);
    return WAL_HEADER_SIZE + (size - WAL_HEADER_SIZE) / frame * frame;
}

static int note_highest(const char *entry, void *context)
{
    int64_t *highest = context;
    int64_t index;
    if (layout_parse_local(entry, &index) && index > *highest) {
        *highest = index;
    }
    return 0;
}

static int read_position(const struct litestream_database *database, struct litestream_local *local,
                         struct error *error)
{
    char folder[FOLDER_SIZE];
    struct stat status;
    struct error reason;
    int64_t highest = -1;
    write_folder(database, local->generation, folder);
    /* Before the files: what is seen in them is at least as new. */
    if (stat(folder, &status) == 0) {
        local->looked_ms = (int64_t)status.st_mtim.tv_sec * 1000 + status.st_mtim.tv_nsec / 1000000;
        (void)file_each(AT_FDCWD, folder, note_highest, &highest, &reason);
    }
    local->position.index = highest;
    local->position.offset = highest < 0 ? -1 : aligned_size(database, local->generation, highest);
    return local->position.offset >= 0
               ? 0
               : error_set(error, ERR_NOT_FOUND,
                           "Litestream has not begun to replicate this database.");
}

int litestream_local_read(const struct litestream_database *database,
                          struct litestream_local *local, struct error *error)
{
    *local = (struct litestream_local){0};
    int result = read_generation(database, local->generation, error);
    return result == 0 ? read_position(database, local, error) : result;
}

int64_t litestream_local_bytes_after(const struct litestream_database *database,
                                     const struct litestream_local *local,
                                     struct layout_position position)
{
    int64_t bytes = -position.offset;
    for (int64_t index = position.index; index < local->position.index; index++) {
        int64_t size = aligned_size(database, local->generation, index);
        bytes += size < 0 ? 0 : size;
    }
    bytes += local->position.offset;
    return layout_compare(position, local->position) >= 0 || bytes < 0 ? 0 : bytes;
}
