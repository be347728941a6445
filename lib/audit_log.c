#include "audit_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

/* What is taken at once: the blocks of a file that grows by lines lie together. */
enum { ROOM = 64 << 10, BLOCK_SIZE = 512, NAME_SIZE = 32 };

/* On a full disk a full file cannot be exchanged, and goes on; as far as this it is read. */
enum { READ_MAX = 4 * AUDIT_LOG_FILE_SIZE };

static void name_file(int number, char out[NAME_SIZE])
{
    if (number == 0) {
        snprintf(out, NAME_SIZE, "log.jsonl");
    } else {
        snprintf(out, NAME_SIZE, "log.%d.jsonl", number);
    }
}

/* --- adding --------------------------------------------------------------------------------- */

static int open_log(int folder_fd, struct stat *ret_status, struct error *error)
{
    char name[NAME_SIZE];
    name_file(0, name);
    bool is_new = !file_exists(folder_fd, name);
    int fd = file_open(folder_fd, name, O_RDWR | O_APPEND | O_CREAT, error);
    if (fd < 0) {
        return fd;
    }
    int result = 0;
    if (fstat(fd, ret_status) != 0) {
        result = error_system(error, errno, "Cannot look at the audit log");
    } else if (is_new) {
        result = file_sync(folder_fd, "the audit log's folder", error);
    }
    if (result != 0) {
        file_close(fd);
    }
    return result != 0 ? result : fd;
}

/* Blocks behind the end of the file count: they are what was taken. */
static bool has_room(const struct stat *status)
{
    return (int64_t)status->st_blocks * BLOCK_SIZE - status->st_size > AUDIT_LOG_LINE_MAX;
}

static int allocate(int fd, int64_t offset, int64_t size)
{
    int failed;
    do {
        failed = fallocate(fd, FALLOC_FL_KEEP_SIZE, offset, size);
    } while (failed != 0 && errno == EINTR);
    return failed;
}

static int take_room(int fd, const struct stat *status, struct error *error)
{
    int failed = allocate(fd, status->st_size, ROOM);
    if (failed != 0 && errno == ENOSPC) {
        failed = allocate(fd, status->st_size, AUDIT_LOG_LINE_MAX + 1);
    }
    /* Where a file system cannot take room, adding the line will tell. */
    return failed == 0 || errno == EOPNOTSUPP || errno == ENOSYS
               ? 0
               : error_system(error, errno, "There is no room in the audit log");
}

int audit_log_reserve(int folder_fd, struct error *error)
{
    struct stat status;
    int fd = open_log(folder_fd, &status, error);
    if (fd < 0) {
        return fd;
    }
    int result = has_room(&status) ? 0 : take_room(fd, &status, error);
    file_close(fd);
    return result;
}

/* Makes place for a new file. Where that is not possible, the full one is added to. */
static void rotate(int folder_fd)
{
    for (int number = AUDIT_LOG_FILES - 2; number >= 0; number--) {
        char from[NAME_SIZE];
        char to[NAME_SIZE];
        name_file(number, from);
        name_file(number + 1, to);
        (void)renameat(folder_fd, from, folder_fd, to);
    }
}

/* A line that a power loss has cut off must not run into the next one. */
static bool is_cut_off(int fd, int64_t size)
{
    char last = '\n';
    return size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n';
}

static int add_to(int fd, int64_t size, const char *line, struct error *error)
{
    char *text;
    int length = asprintf(&text, "%s%s\n", is_cut_off(fd, size) ? "\n" : "", line);
    if (length < 0) {
        return error_memory(error);
    }
    int result = file_write_all(fd, "the audit log", text, (size_t)length, error);
    free(text);
    if (result == 0) {
        result = file_sync(fd, "the audit log", error);
    }
    if (result < 0 && ftruncate(fd, size) != 0) {
        /* A part of the line stays: it is cut off. */
        return result;
    }
    return result;
}

int audit_log_append(int folder_fd, const char *line, struct error *error)
{
    struct stat status;
    int fd = open_log(folder_fd, &status, error);
    if (fd >= 0 && status.st_size + (int64_t)strlen(line) >= AUDIT_LOG_FILE_SIZE) {
        file_close(fd);
        rotate(folder_fd);
        fd = open_log(folder_fd, &status, error);
    }
    if (fd < 0) {
        return fd;
    }
    int result = add_to(fd, status.st_size, line, error);
    file_close(fd);
    return result;
}

/* --- reading -------------------------------------------------------------------------------- */

/* The lines of TEXT from the last one to the first one; false when there are enough. NULs, which a
 * power loss may leave where a line was, end one line and no more. */
static bool visit_lines(char *text, size_t size, bool (*visit)(void *context, const char *line),
                        void *context)
{
    for (size_t end = size; end > 0;) {
        text[--end] = '\0';
        char *before = memrchr(text, '\n', end);
        char *line = before == NULL ? text : before + 1;
        if (line[0] != '\0' && !visit(context, line)) {
            return false;
        }
        end = (size_t)(line - text);
    }
    return true;
}

int audit_log_each(int folder_fd, bool (*visit)(void *context, const char *line), void *context,
                   struct error *error)
{
    bool more = true;
    for (int number = 0; more && number < AUDIT_LOG_FILES; number++) {
        char name[NAME_SIZE];
        char *text;
        size_t size;
        name_file(number, name);
        int result = file_read_bytes(folder_fd, name, READ_MAX, &text, &size, error);
        if (result < 0) {
            return result == ERR_NOT_FOUND ? 0 : result;
        }
        more = visit_lines(text, size, visit, context);
        free(text);
    }
    return 0;
}
