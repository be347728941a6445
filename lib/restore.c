#include "restore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "create.h"
#include "database.h"
#include "file.h"
#include "replace.h"
#include "schema.h"
#include "snapshot.h"
#include "stage.h"
#include "timestamp.h"

/* 8 MB a step at the usual page size: often enough for a progress bar. */
enum { PAGES_A_STEP = 2048 };

static const char safety_file[] = "safety.db";
static const char aside_file[] = "aside.db";

/* What the parts of one restore share. */
struct job {
    const struct config *config;
    const struct database *database;
    const struct store *store;
    const char *filename;
    bool force;
    const struct progress *progress;
    struct work work;
    struct restore_result *result;
    bool live_is_lost; /* no transaction can begin on the live database */
};

/* --- fitting the backup to the live database ------------------------------------------------ */

static int open_staged(const struct job *job, sqlite3 **ret_staged, struct error *error)
{
    char path[WORK_FILE_PATH_SIZE];
    work_file_path(&job->work, stage_file, path);
    return database_open_backup(path, ret_staged, error);
}

/* Whether open connections cannot read the backup's text without opening the database again. */
static int check_encoding(struct job *job, sqlite3 *live, sqlite3 *staged, struct error *error)
{
    static const char sql[] = "SELECT encoding = 'UTF-8' FROM pragma_encoding";
    int64_t live_is_utf8 = 0;
    int64_t staged_is_utf8 = 0;
    int result = database_number(staged, sql, &staged_is_utf8, error);
    /* A live database that cannot tell has no connection that could mind. */
    if (result == 0 && database_number(live, sql, &live_is_utf8, error) == 0 &&
        live_is_utf8 != staged_is_utf8) {
        job->result->reopen_required = true;
    }
    return result;
}

static int compare_with(struct job *job, sqlite3 *live, sqlite3 *staged, struct error *error)
{
    int64_t live_entries = 0;
    int result = database_number(live, "SELECT count(*) FROM sqlite_schema", &live_entries, error);
    if (result == ERR_DAMAGED || (result == 0 && live_entries == 0)) {
        return 0;
    }
    if (result < 0) {
        return result;
    }
    return job->force ? check_encoding(job, live, staged, error)
                      : schema_require_same(live, staged, error);
}

/* Compares the tables, unless forced, or there is none to be found in the live database. */
static int compare(struct job *job, sqlite3 *live, struct error *error)
{
    sqlite3 *staged;
    int result = open_staged(job, &staged, error);
    if (result == 0) {
        result = compare_with(job, live, staged, error);
    }
    database_close(staged);
    return result;
}

/* Whether Litestream replicates the live database: it has left its tables in it, or keeps its
 * folder beside it. One that cannot tell may be. */
static bool is_replicated(const struct job *job, sqlite3 *live)
{
    char folder[PATH_MAX + NAME_MAX];
    const char *slash = strrchr(job->database->path, '/');
    snprintf(folder, sizeof folder, "%.*s.%s-litestream", (int)(slash + 1 - job->database->path),
             job->database->path, slash + 1);
    int64_t tables = 0;
    struct error ignored;
    int result =
        database_number(live, "SELECT count(*) FROM sqlite_schema WHERE name = '_litestream_seq'",
                        &tables, &ignored);
    return result < 0 || tables > 0 || file_exists(AT_FDCWD, folder);
}

static int fit(const struct job *job, sqlite3 *live, struct error *error)
{
    int64_t page_size = 0;
    int result = database_number(live, "PRAGMA page_size", &page_size, error);
    if (result == 0) {
        result = stage_fit_page_size(&job->work, page_size, error);
    }
    if (result == 0 && is_replicated(job, live)) {
        result = stage_add_litestream_tables(&job->work, error);
    }
    return result;
}

/* The transaction's pages go through the WAL or the journal beside the live database. */
static int check_room(const struct job *job, struct error *error)
{
    struct stat staged;
    struct stat live;
    if (fstatat(job->work.folder_fd, stage_file, &staged, 0) != 0 ||
        stat(job->database->path, &live) != 0) {
        return error_system(error, errno, "Cannot look at the live database");
    }
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%.*s",
             (int)(strrchr(job->database->path, '/') + 1 - job->database->path),
             job->database->path);
    int fd = file_open(AT_FDCWD, folder, O_RDONLY | O_DIRECTORY, error);
    if (fd < 0) {
        return fd;
    }
    int64_t larger = staged.st_size > live.st_size ? staged.st_size : live.st_size;
    /* A WAL frame is a page and 24 bytes. */
    int result = file_check_room(fd, larger + larger / 16, "the restore's transaction", error);
    file_close(fd);
    return result;
}

/* --- under the write lock ------------------------------------------------------------------- */

/* Takes the lock: a step of no pages begins the transaction and writes nothing. */
static int lock_live(const struct job *job, sqlite3_backup *pages, struct error *error)
{
    int rc = sqlite3_backup_step(pages, 0);
    if (rc == SQLITE_OK || rc == SQLITE_DONE) {
        return 0;
    }
    if ((rc & 0xFF) == SQLITE_BUSY || (rc & 0xFF) == SQLITE_LOCKED) {
        return error_set(error, ERR_BUSY,
                         "The app held its lock on the database for more than %d seconds. Nothing "
                         "was changed. Try again in a moment.",
                         job->config->busy_timeout_s);
    }
    return database_error(NULL, rc, "begin the restore", error);
}

/* Keeps the live database's files as they are: they are damaged, and all there is. */
static int keep_damaged(const struct job *job, sqlite3 *live, bool is_wal, struct error *error)
{
    int result = snapshot_copy_files(live, is_wal, &job->work, aside_file, error);
    if (result == 0) {
        result = replace_keep_copy(job->database, &job->work, aside_file, job->result->kept_aside,
                                   error);
    }
    job->result->reopen_required = true;
    return result;
}

static int publish_safety_backup(const struct job *job, struct backup *backup, struct error *error)
{
    char label[LABEL_SIZE];
    snprintf(label, sizeof label, "before restoring %.150s", job->filename);
    const struct create_options options = {
        .kind = BACKUP_PRE_RESTORE, .label = label, .spare = job->filename};
    int result = create_from_work(job->config, job->store, &job->work, safety_file, &options,
                                  job->progress, backup, &job->result->retention_error, error);
    if (result == 0) {
        memcpy(job->result->safety_backup, backup->filename, sizeof backup->filename);
    }
    return result;
}

/* Whether the snapshot has no table at all, as of a database that was only just made. */
static bool is_bare(const struct job *job)
{
    char path[WORK_FILE_PATH_SIZE];
    sqlite3 *db;
    int64_t entries = 1;
    struct error ignored;
    work_file_path(&job->work, safety_file, path);
    if (database_open_backup(path, &db, &ignored) == 0) {
        (void)database_number(db, "SELECT count(*) FROM sqlite_schema", &entries, &ignored);
    }
    database_close(db);
    return entries == 0;
}

/* Saves what is about to be replaced, whole or damaged; of a database without anything in it there
 * is nothing to save. */
static int save_live(const struct job *job, sqlite3 *live, bool is_wal, struct error *error)
{
    struct stat status;
    struct backup backup = {0};
    if (stat(job->database->path, &status) != 0) {
        return error_system(error, errno, "Cannot look at the live database");
    }
    if (status.st_size == 0) {
        return 0;
    }
    int result = snapshot_take_locked(live, is_wal, &job->work, safety_file, job->progress,
                                      &backup.created_ms, error);
    if (result == 0 && !is_bare(job)) {
        result = publish_safety_backup(job, &backup, error);
    }
    return result == ERR_DAMAGED || result == ERR_UNUSABLE ? keep_damaged(job, live, is_wal, error)
                                                           : result;
}

/* Copies all pages in steps. Only SQLITE_DONE says that the transaction was committed. */
static int copy_pages(const struct job *job, sqlite3_backup *pages, int64_t page_size,
                      struct error *error)
{
    int rc;
    while ((rc = sqlite3_backup_step(pages, PAGES_A_STEP)) == SQLITE_OK) {
        int64_t total = page_size * sqlite3_backup_pagecount(pages);
        int64_t rest = page_size * sqlite3_backup_remaining(pages);
        progress_report(job->progress, "restoring", (uint64_t)(total - rest), (uint64_t)total);
    }
    return rc == SQLITE_DONE ? 0 : database_error(NULL, rc, "write the restored pages", error);
}

static int write_into_live(const struct job *job, sqlite3 *live, bool is_wal, sqlite3 *staged,
                           struct error *error)
{
    int64_t page_size = 0;
    int result = database_number(staged, "PRAGMA page_size", &page_size, error);
    if (result < 0) {
        return result;
    }
    sqlite3_backup *pages = sqlite3_backup_init(live, "main", staged, "main");
    if (pages == NULL) {
        return database_error(live, sqlite3_errcode(live), "begin the restore", error);
    }
    result = lock_live(job, pages, error);
    if (result == 0) {
        result = save_live(job, live, is_wal, error);
    }
    if (result == 0) {
        result = copy_pages(job, pages, page_size, error);
    }
    /* Rolls back what is not complete; it says OK then, too. */
    sqlite3_backup_finish(pages);
    return result;
}

/* --- all of it ----------------------------------------------------------------------------- */

/* Whether a transaction can begin on the live database: reading does what writing begins with. */
static int probe(struct job *job, sqlite3 *live, bool *ret_is_wal, struct error *error)
{
    int result = database_execute(live, "BEGIN; PRAGMA schema_version; COMMIT",
                                  "read the live database", error);
    if (result == 0) {
        result = database_is_wal(live, ret_is_wal, error);
    }
    job->live_is_lost = result == ERR_DAMAGED || result == ERR_UNUSABLE;
    return result;
}

static int restore_in_place(struct job *job, sqlite3 *live, struct error *error)
{
    bool is_wal = false;
    sqlite3 *staged = NULL;
    int result = probe(job, live, &is_wal, error);
    if (result == 0) {
        result = compare(job, live, error);
    }
    if (result == 0) {
        result = fit(job, live, error);
    }
    if (result == 0) {
        result = check_room(job, error);
    }
    if (result == 0) {
        result = open_staged(job, &staged, error);
    }
    if (result == 0) {
        result = write_into_live(job, live, is_wal, staged, error);
    }
    database_close(staged);
    return result;
}

/* Sets what can only be set while nothing is in a database: the backup's page size, and WAL mode.
 */
static int set_up_empty(const struct job *job, struct error *error)
{
    sqlite3 *staged = NULL;
    sqlite3 *live = NULL;
    int64_t page_size = 0;
    int result = open_staged(job, &staged, error);
    if (result == 0) {
        result = database_number(staged, "PRAGMA page_size", &page_size, error);
    }
    if (result == 0) {
        result = database_open_live(job->database->path, job->config->busy_timeout_s * 1000, &live,
                                    error);
    }
    if (result == 0) {
        char sql[100];
        snprintf(sql, sizeof sql, "PRAGMA page_size=%lld; PRAGMA journal_mode=WAL",
                 (long long)page_size);
        result = database_execute(live, sql, "make the database", error);
    }
    database_close(live);
    database_close(staged);
    return result;
}

/* Makes a database where there is none. */
static int make_missing(struct job *job, struct error *error)
{
    struct stat status;
    if (lstat(job->database->path, &status) == 0) {
        return 0;
    }
    if (errno != ENOENT) {
        return error_system(error, errno, "Cannot look at the live database");
    }
    job->result->reopen_required = true;
    int result = replace_make_empty(job->database, job->result->kept_aside, error);
    return result == 0 ? set_up_empty(job, error) : result;
}

static int restore_by_replacing(const struct job *job, struct error *error)
{
    job->result->reopen_required = true;
    int result = stage_set_wal(&job->work, replace_wants_wal(job->database), error);
    return result == 0 ? replace_database(job->database, &job->work, stage_file,
                                          job->result->kept_aside, error)
                       : result;
}

static int run(struct job *job, struct error *error)
{
    sqlite3 *live = NULL;
    int result = stage_backup(job->store, job->filename, &job->work, job->progress, error);
    if (result == 0) {
        result = make_missing(job, error);
    }
    if (result < 0) {
        return result;
    }
    result =
        database_open_live(job->database->path, job->config->busy_timeout_s * 1000, &live, error);
    job->live_is_lost = result == ERR_DAMAGED;
    if (result == 0) {
        result = restore_in_place(job, live, error);
    }
    database_close(live);
    return job->live_is_lost ? restore_by_replacing(job, error) : result;
}

int restore_backup(const struct config *config, const struct database *database,
                   const struct store *store, const char *filename, bool force,
                   const struct progress *progress, struct restore_result *ret_result,
                   struct error *error)
{
    int64_t start = timestamp_monotonic_ms();
    *ret_result = (struct restore_result){0};
    struct job job = {.config = config,
                      .database = database,
                      .store = store,
                      .filename = filename,
                      .force = force,
                      .progress = progress,
                      .work = WORK_CLOSED,
                      .result = ret_result};
    int lock_fd = store_lock(store, RESTORE_LOCK, error);
    if (lock_fd < 0) {
        return lock_fd;
    }
    int result = store_begin_work(store, &job.work, error);
    if (result == 0) {
        result = run(&job, error);
    }
    work_end(&job.work);
    file_close(lock_fd);
    ret_result->duration_ms = timestamp_monotonic_ms() - start;
    return result;
}
