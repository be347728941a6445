#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "database.h"
#include "file.h"
#include "verify.h"

const char stage_file[] = "staged.db";
static const char fitted_file[] = "fitted.db";

static int copy_backup(const struct store *store, const char *filename, const struct work *work,
                       const struct progress *progress, struct error *error)
{
    int64_t size;
    int from_fd = store_open_backup(store, filename, &size, error);
    if (from_fd < 0) {
        return from_fd;
    }
    int to_fd = file_open(work->folder_fd, stage_file, O_RDWR | O_CREAT | O_EXCL, error);
    int result = to_fd < 0 ? to_fd : file_copy(from_fd, to_fd, size, progress, "staging", error);
    file_close(to_fd);
    file_close(from_fd);
    return result;
}

/* What was recorded when the backup was made must still be true. */
static int check_digest(const struct store *store, const struct backup *staged, const char *sha256,
                        struct error *error)
{
    struct backup backup;
    int result = store_get_again(store, staged, &backup, error);
    if (result == 0 && backup.sha256[0] != '\0' && strcmp(sha256, backup.sha256) != 0) {
        result = error_set(error, ERR_DAMAGED,
                           "%s is not what it was when it was made: its checksum differs.",
                           backup.filename);
    }
    return result;
}

int stage_backup(const struct store *store, const char *filename, const struct work *work,
                 const struct progress *progress, struct error *error)
{
    int64_t size;
    char sha256[SHA256_SIZE];
    struct backup backup;
    int result = store_get(store, filename, &backup, error);
    if (result == 0) {
        result = copy_backup(store, filename, work, progress, error);
    }
    if (result == 0) {
        result =
            verify_work(work, stage_file, filename, VERIFY_FULL, progress, &size, sha256, error);
    }
    return result == 0 ? check_digest(store, &backup, sha256, error) : result;
}

/* Writes the staged copy anew, as the file fitted_file, in pages of PAGE_SIZE. */
static int vacuum_into(sqlite3 *db, const struct work *work, int64_t page_size, struct error *error)
{
    char path[WORK_FILE_PATH_SIZE];
    work_file_path(work, fitted_file, path);
    char *sql = sqlite3_mprintf("PRAGMA page_size=%lld; VACUUM INTO %Q", page_size, path);
    if (sql == NULL) {
        return error_memory(error);
    }
    int result = database_execute(db, sql, "change the backup's page size", error);
    sqlite3_free(sql);
    return result;
}

static int open_stage(const struct work *work, sqlite3 **ret_db, struct error *error)
{
    char path[WORK_FILE_PATH_SIZE];
    work_file_path(work, stage_file, path);
    return database_open_copy(path, ret_db, error);
}

int stage_fit_page_size(const struct work *work, int64_t page_size, struct error *error)
{
    sqlite3 *db;
    int64_t own_size = 0;
    int result = open_stage(work, &db, error);
    if (result < 0) {
        return result;
    }
    result = database_number(db, "PRAGMA page_size", &own_size, error);
    bool fits = own_size == page_size;
    if (result == 0 && !fits) {
        result = vacuum_into(db, work, page_size, error);
    }
    database_close(db);
    if (result == 0 && !fits &&
        renameat(work->folder_fd, fitted_file, work->folder_fd, stage_file) != 0) {
        result = error_system(error, errno, "Cannot change the backup's page size");
    }
    return result;
}

static int execute_on_stage(const struct work *work, const char *sql, struct error *error)
{
    sqlite3 *db;
    int result = open_stage(work, &db, error);
    if (result == 0) {
        result = database_execute(db, sql, "prepare the backup", error);
    }
    database_close(db);
    return result;
}

int stage_add_litestream_tables(const struct work *work, struct error *error)
{
    return execute_on_stage(
        work,
        "CREATE TABLE IF NOT EXISTS _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER);"
        "CREATE TABLE IF NOT EXISTS _litestream_lock (id INTEGER);",
        error);
}

int stage_set_wal(const struct work *work, bool wal, struct error *error)
{
    return execute_on_stage(work, wal ? "PRAGMA journal_mode=WAL" : "PRAGMA journal_mode=DELETE",
                            error);
}
