#include "snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "database.h"
#include "file.h"
#include "timestamp.h"

enum { WAL_HEADER_SIZE = 32 };

/* Begins R: the first read of a transaction takes the read lock. This one reads a number from the
 * file's header and does not need a schema that this SQLite understands. */
static int begin_read(sqlite3 *live, bool *ret_is_wal, struct error *error)
{
    int result =
        database_execute(live, "BEGIN; PRAGMA schema_version", "read the live database", error);
    /* The mode cannot change under an open read transaction. */
    return result < 0 ? result : database_is_wal(live, ret_is_wal, error);
}

/* Copies the file FROM_FD as it is now to the new file NAME. */
static int copy_as(int from_fd, const struct work *work, const char *name,
                   const struct progress *progress, struct error *error)
{
    struct stat status;
    if (fstat(from_fd, &status) != 0) {
        return error_system(error, errno, "Cannot look at the live database");
    }
    int to_fd = file_open(work->folder_fd, name, O_RDWR | O_CREAT | O_EXCL, error);
    if (to_fd < 0) {
        return to_fd;
    }
    int result = file_copy(from_fd, to_fd, status.st_size, progress, "copying", error);
    file_close(to_fd);
    return result;
}

/* Reads the header, zeros for a WAL that has none yet. */
static int read_wal_header(int wal_fd, unsigned char header[WAL_HEADER_SIZE], struct error *error)
{
    memset(header, 0, WAL_HEADER_SIZE);
    ssize_t got = file_read_at(wal_fd, header, WAL_HEADER_SIZE, 0);
    if (got < 0) {
        return error_system(error, errno, "Cannot read the live database's WAL");
    }
    if (got < WAL_HEADER_SIZE) {
        memset(header, 0, WAL_HEADER_SIZE);
    }
    return 0;
}

static int copy_wal_file(int wal_fd, const struct work *work, const char *wal_name,
                         struct error *error)
{
    unsigned char before[WAL_HEADER_SIZE];
    unsigned char after[WAL_HEADER_SIZE];
    int result = read_wal_header(wal_fd, before, error);
    if (result == 0) {
        result = copy_as(wal_fd, work, wal_name, NULL, error);
    }
    if (result == 0) {
        result = read_wal_header(wal_fd, after, error);
    }
    if (result == 0 && memcmp(before, after, WAL_HEADER_SIZE) != 0 &&
        unlinkat(work->folder_fd, wal_name, 0) != 0) {
        result = error_system(error, errno, "Cannot drop the copied WAL");
    }
    return result;
}

static int copy_wal(sqlite3 *live, const struct work *work, const char *name, struct error *error)
{
    char wal_name[64];
    snprintf(wal_name, sizeof wal_name, "%s-wal", name);
    /* Locks of WAL mode are on the -shm file: opening and closing the -wal file drops none. */
    int wal_fd = file_open(AT_FDCWD, sqlite3_filename_wal(sqlite3_db_filename(live, "main")),
                           O_RDONLY, error);
    if (wal_fd == ERR_NOT_FOUND) {
        /* Our own connection has made it: somebody took it away against SQLite's rules. */
        return error_set(error, ERR_BUSY,
                         "The live database's WAL was removed just now. Try again.");
    }
    if (wal_fd < 0) {
        return wal_fd;
    }
    int result = copy_wal_file(wal_fd, work, wal_name, error);
    file_close(wal_fd);
    return result;
}

/* Copies WAL and database, under R or under the write lock. The copy is of the moment between. */
static int copy_files(sqlite3 *live, bool is_wal, const struct work *work, const char *name,
                      const struct progress *progress, int64_t *ret_taken_ms, struct error *error)
{
    int live_fd;
    int result = database_descriptor(live, &live_fd, error);
    if (result == 0 && is_wal) {
        result = copy_wal(live, work, name, error);
    }
    *ret_taken_ms = timestamp_now_ms();
    if (result == 0) {
        result = copy_as(live_fd, work, name, progress, error);
    }
    return result;
}

int snapshot_copy_files(sqlite3 *live, bool is_wal, const struct work *work, const char *name,
                        struct error *error)
{
    int64_t taken_ms;
    return copy_files(live, is_wal, work, name, NULL, &taken_ms, error);
}

/* Lets SQLite recover the copy from its WAL, and leaves one file that needs no other. */
static int fold_wal(const struct work *work, const char *name, struct error *error)
{
    char path[WORK_FILE_PATH_SIZE];
    work_file_path(work, name, path);
    sqlite3 *copy;
    int result = database_open_copy(path, &copy, error);
    bool still_wal = true;
    if (result == 0) {
        result =
            database_execute(copy, "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode=DELETE",
                             "fold the WAL in", error);
    }
    if (result == 0) {
        result = database_is_wal(copy, &still_wal, error);
    }
    database_close(copy);
    if (result == 0 && still_wal) {
        result = error_set(error, ERR_IO, "SQLite could not fold the copied WAL in.");
    }
    return result;
}

/* A file of 0 bytes is a valid database to SQLite, and a backup of it would be worth nothing. */
static int refuse_empty(const struct work *work, const char *name, struct error *error)
{
    struct stat status;
    if (fstatat(work->folder_fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
        return error_system(error, errno, "Cannot look at the copy");
    }
    if (status.st_size == 0) {
        return error_set(error, ERR_UNUSABLE,
                         "The live database is empty (0 bytes): there is nothing to back up.");
    }
    return 0;
}

/* Makes one file that needs no other out of what was copied. */
static int finish(bool is_wal, const struct work *work, const char *name, struct error *error)
{
    int result = refuse_empty(work, name, error);
    return result == 0 && is_wal ? fold_wal(work, name, error) : result;
}

int snapshot_take_locked(sqlite3 *live, bool is_wal, const struct work *work, const char *name,
                         const struct progress *progress, int64_t *ret_taken_ms,
                         struct error *error)
{
    int result = copy_files(live, is_wal, work, name, progress, ret_taken_ms, error);
    return result == 0 ? finish(is_wal, work, name, error) : result;
}

int snapshot_take(const char *live_path, int busy_timeout_ms, const struct work *work,
                  const char *name, const struct progress *progress, int64_t *ret_taken_ms,
                  struct error *error)
{
    sqlite3 *live;
    bool is_wal = false;
    int result = database_open_live(live_path, DATABASE_READ, busy_timeout_ms, &live, error);
    if (result == 0) {
        result = begin_read(live, &is_wal, error);
    }
    if (result == 0) {
        result = copy_files(live, is_wal, work, name, progress, ret_taken_ms, error);
    }
    database_close(live);
    return result == 0 ? finish(is_wal, work, name, error) : result;
}
