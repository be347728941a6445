#include "restore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "create.h"
#include "database.h"
#include "file.h"
#include "replace.h"
#include "schema.h"
#include "stage.h"
#include "timestamp.h"

/* 8 MB a step at the usual page size: often enough for a progress bar. */
enum { PAGES_A_STEP = 2048, LOCK_POLL_MS = 1 };

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
};

enum live_state {
    LIVE_WHOLE,
    LIVE_EMPTY, /* 0 bytes: what SQLite makes when an app opens a database that is not there */
    LIVE_LOST,  /* missing or damaged */
};

static int open_live(const struct job *job, sqlite3 **ret_live, struct error *error)
{
    return database_open_live(job->database->path, job->config->busy_timeout_s * 1000, ret_live,
                              error);
}

/* --- what is there ------------------------------------------------------------------------- */

/* Compares the tables, unless forced. */
static int check_schema(const struct job *job, struct error *error)
{
    sqlite3 *live = NULL;
    sqlite3 *staged = NULL;
    char path[WORK_FILE_PATH_SIZE];
    work_file_path(&job->work, stage_file, path);
    if (job->force) {
        return 0;
    }
    int result = open_live(job, &live, error);
    if (result == 0) {
        result = database_open_backup(path, &staged, error);
    }
    if (result == 0) {
        result = schema_require_same(live, staged, error);
    }
    database_close(staged);
    database_close(live);
    return result;
}

/* Takes the safety backup, which also tells whether the live database is whole. */
static int take_safety_backup(const struct job *job, struct error *error)
{
    char label[LABEL_SIZE];
    snprintf(label, sizeof label, "before restoring %.150s", job->filename);
    const struct create_options options = {
        .kind = BACKUP_PRE_RESTORE, .label = label, .spare = job->filename};
    struct backup backup;
    int result = create_from_live(job->config, job->database, job->store, &options, job->progress,
                                  &backup, &job->result->retention_error, error);
    if (result == 0) {
        memcpy(job->result->safety_backup, backup.filename, sizeof backup.filename);
    }
    return result;
}

/* Finds out what the live database is and saves it if it is whole. */
static int save_live(const struct job *job, enum live_state *ret_state, struct error *error)
{
    struct stat status;
    if (!job->database->exists) {
        *ret_state = LIVE_LOST;
        return 0;
    }
    if (stat(job->database->path, &status) == 0 && status.st_size == 0) {
        *ret_state = LIVE_EMPTY;
        return 0;
    }
    *ret_state = LIVE_WHOLE;
    int result = check_schema(job, error);
    if (result == 0) {
        result = take_safety_backup(job, error);
    }
    /* The backup was checked before: what is found damaged here is the live database. */
    if (result == ERR_DAMAGED || result == ERR_UNUSABLE) {
        *ret_state = LIVE_LOST;
        return 0;
    }
    return result;
}

/* --- into the live database ---------------------------------------------------------------- */

/* Whether Litestream replicates the live database: it has left its tables in it, or keeps its
 * folder beside it. */
static int is_replicated(const struct job *job, sqlite3 *live, bool *ret_replicated,
                         struct error *error)
{
    char folder[PATH_MAX + NAME_MAX];
    const char *slash = strrchr(job->database->path, '/');
    snprintf(folder, sizeof folder, "%.*s.%s-litestream", (int)(slash + 1 - job->database->path),
             job->database->path, slash + 1);
    int64_t tables = 0;
    int result = database_number(
        live, "SELECT count(*) FROM sqlite_schema WHERE name = '_litestream_seq'", &tables, error);
    *ret_replicated = tables > 0 || file_exists(AT_FDCWD, folder);
    return result;
}

/* Fits the staged copy to the live database. */
static int fit(const struct job *job, sqlite3 *live, struct error *error)
{
    int64_t page_size = 0;
    bool replicated = false;
    int result = database_number(live, "PRAGMA page_size", &page_size, error);
    if (result == 0) {
        result = stage_fit_page_size(&job->work, page_size, error);
    }
    if (result == 0) {
        result = is_replicated(job, live, &replicated, error);
    }
    if (result == 0 && replicated) {
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

/* Copies all pages in steps. Only SQLITE_DONE says that the transaction was committed; the lock is
 * polled for here, and not by SQLite's busy handler, whose long naps lose against a busy writer. */
static int copy_pages(sqlite3_backup *pages, int64_t page_size, const struct job *job,
                      struct error *error)
{
    int64_t deadline = timestamp_monotonic_ms() + job->config->busy_timeout_s * 1000LL;
    const struct timespec pause = {.tv_nsec = LOCK_POLL_MS * 1000000L};
    int rc;
    while ((rc = sqlite3_backup_step(pages, PAGES_A_STEP)) != SQLITE_DONE) {
        if (rc == SQLITE_OK) {
            int64_t total = page_size * sqlite3_backup_pagecount(pages);
            int64_t rest = page_size * sqlite3_backup_remaining(pages);
            progress_report(job->progress, "restoring", (uint64_t)(total - rest), (uint64_t)total);
            continue;
        }
        if ((rc & 0xFF) != SQLITE_BUSY && (rc & 0xFF) != SQLITE_LOCKED) {
            return error_set(error, rc == SQLITE_FULL ? ERR_NO_ROOM : ERR_IO,
                             "Cannot restore: %s. The live database is as it was.",
                             sqlite3_errstr(rc));
        }
        if (timestamp_monotonic_ms() >= deadline) {
            return error_set(error, ERR_BUSY,
                             "The app held its lock on the database for more than %d seconds. "
                             "Nothing was changed. Try again in a moment.",
                             job->config->busy_timeout_s);
        }
        nanosleep(&pause, NULL);
    }
    return 0;
}

static int write_into_live(const struct job *job, sqlite3 *live, struct error *error)
{
    char path[WORK_FILE_PATH_SIZE];
    work_file_path(&job->work, stage_file, path);
    sqlite3 *staged;
    int64_t page_size = 0;
    int result = database_open_copy(path, &staged, error);
    if (result == 0) {
        result = database_number(staged, "PRAGMA page_size", &page_size, error);
    }
    if (result < 0) {
        database_close(staged);
        return result;
    }
    sqlite3_busy_timeout(live, 0);
    sqlite3_backup *pages = sqlite3_backup_init(live, "main", staged, "main");
    if (pages == NULL) {
        result = database_error(live, sqlite3_errcode(live), "begin the restore", error);
    } else {
        result = copy_pages(pages, page_size, job, error);
        sqlite3_backup_finish(pages);
    }
    database_close(staged);
    return result;
}

static int restore_in_place(const struct job *job, struct error *error)
{
    sqlite3 *live;
    int result = open_live(job, &live, error);
    if (result == 0) {
        result = fit(job, live, error);
    }
    if (result == 0) {
        result = check_room(job, error);
    }
    if (result == 0) {
        result = write_into_live(job, live, error);
    }
    database_close(live);
    return result;
}

/* --- instead of a lost one ----------------------------------------------------------------- */

static int restore_by_replacing(const struct job *job, struct error *error)
{
    int result = stage_set_wal(&job->work, replace_wants_wal(job->database), error);
    if (result == 0) {
        result =
            replace_database(job->database, &job->work, stage_file, job->result->kept_aside, error);
    }
    job->result->reopen_required = result == 0;
    return result;
}

/* --- all of it ----------------------------------------------------------------------------- */

static int run(const struct job *job, struct error *error)
{
    enum live_state state = LIVE_LOST;
    int result = stage_backup(job->store, job->filename, &job->work, job->progress, error);
    if (result == 0) {
        result = save_live(job, &state, error);
    }
    if (result < 0) {
        return result;
    }
    return state == LIVE_LOST ? restore_by_replacing(job, error) : restore_in_place(job, error);
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
