#include "restore_fit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "database.h"
#include "file.h"
#include "litestream_config.h"
#include "schema.h"
#include "stage.h"

int restore_fit_open(const struct restore_job *job, const char *name, sqlite3 **ret_db,
                     struct error *error)
{
    char path[WORK_FILE_PATH_SIZE];
    work_file_path(&job->work, name, path);
    return database_open_backup(path, ret_db, error);
}

int restore_fit_is_bare(sqlite3 *db, bool *ret_bare, struct error *error)
{
    int64_t entries = 0;
    int64_t pages = 0;
    int result = database_number(db, "PRAGMA page_count", &pages, error);
    if (result == 0) {
        result = database_number(db, "SELECT count(*) FROM sqlite_schema", &entries, error);
    }
    if (result == 0) {
        *ret_bare = entries == 0 && pages <= 1;
    }
    return result;
}

/* Open connections cannot follow a change of the text's encoding. */
static int check_encoding(const struct restore_job *job, sqlite3 *live, sqlite3 *staged,
                          struct error *error)
{
    static const char sql[] =
        "SELECT instr('UTF-8 UTF-16le UTF-16be', encoding) FROM pragma_encoding";
    int64_t live_encoding = 0;
    int64_t staged_encoding = 0;
    int result = database_number(staged, sql, &staged_encoding, error);
    if (result == 0) {
        result = database_number(live, sql, &live_encoding, error);
    }
    if (result == 0 && live_encoding != staged_encoding) {
        job->result->reopen_required = true;
    }
    return result;
}

/* Whether reading DB failed for a reason that says nothing about what is in it. */
static bool says_nothing(sqlite3 *db, int result)
{
    return result == ERR_BUSY || result == ERR_UNAVAILABLE || result == ERR_NO_ROOM ||
           (result < 0 && database_call_failed(db));
}

/* Compares what is in the live database (or in a copy of it) with the backup, unless forced. One
 * whose tables cannot be read is not compared; one without anything in it is looked at again under
 * the lock, when nobody can put something in. */
static int compare_with(struct restore_job *job, sqlite3 *live, sqlite3 *staged,
                        struct error *error)
{
    bool bare = false;
    int result = restore_fit_is_bare(live, &bare, error);
    if (says_nothing(live, result)) {
        return result;
    }
    job->is_compared = !bare;
    if (result < 0 || bare) {
        return 0;
    }
    return job->force ? check_encoding(job, live, staged, error)
                      : schema_require_same(live, staged, error);
}

int restore_fit_compare(struct restore_job *job, sqlite3 *live, struct error *error)
{
    sqlite3 *staged;
    int result = restore_fit_open(job, stage_file, &staged, error);
    if (result == 0) {
        result = compare_with(job, live, staged, error);
    }
    database_close(staged);
    return result;
}

/* Whether Litestream replicates the live database: it is configured to, has left its tables in it,
 * or keeps its folder beside it. One that cannot tell may be. */
static int is_replicated(const struct restore_job *job, sqlite3 *live, bool *ret_replicated,
                         struct error *error)
{
    struct litestream_database configured;
    struct error ignored;
    char folder[PATH_MAX + NAME_MAX];
    snprintf(folder, sizeof folder, "%s/.%s.db-litestream", job->database->folder,
             job->database->name);
    int64_t tables = 0;
    int result = database_number(
        live, "SELECT count(*) FROM sqlite_schema WHERE name = '_litestream_seq'", &tables, error);
    *ret_replicated =
        result < 0 || tables > 0 || file_exists(AT_FDCWD, folder) ||
        litestream_config_find(job->config->litestream_config, job->database->folder,
                               job->database->name, &configured, &ignored) != ERR_NOT_FOUND;
    return says_nothing(live, result) ? result : 0;
}

int restore_fit_stage(const struct restore_job *job, sqlite3 *live, struct error *error)
{
    int64_t page_size = 0;
    int result = database_number(live, "PRAGMA page_size", &page_size, error);
    if (result == 0) {
        result = stage_fit_page_size(&job->work, page_size, error);
    }
    bool replicated = false;
    if (result == 0) {
        result = is_replicated(job, live, &replicated, error);
    }
    if (result == 0 && replicated) {
        result = stage_add_litestream_tables(&job->work, error);
    }
    return result;
}

/* The transaction's pages go through the WAL or the journal beside the live database. */
int restore_fit_check_room(const struct restore_job *job, struct error *error)
{
    struct stat staged;
    struct stat live;
    if (fstatat(job->work.folder_fd, stage_file, &staged, 0) != 0 ||
        stat(job->database->path, &live) != 0) {
        return error_system(error, errno, "Cannot look at the live database");
    }
    int fd = file_open(AT_FDCWD, job->database->folder, O_RDONLY | O_DIRECTORY, error);
    if (fd < 0) {
        return fd;
    }
    int64_t larger = staged.st_size > live.st_size ? staged.st_size : live.st_size;
    /* A WAL frame is a page and 24 bytes. */
    int result = file_check_room(fd, larger + larger / 16, "the restore's transaction", error);
    file_close(fd);
    return result;
}
