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
#include "restore_fit.h"
#include "restore_notice.h"
#include "retention.h"
#include "snapshot.h"
#include "stage.h"
#include "timestamp.h"

/* 8 MB a step at the usual page size: often enough for a progress bar. */
enum { PAGES_A_STEP = 2048 };

static const char safety_file[] = "safety.db";
static const char aside_file[] = "aside.db";

/* --- under the write lock ------------------------------------------------------------------- */

/* Takes the lock: a step of no pages begins the transaction and writes nothing. */
static int lock_live(const struct restore_job *job, sqlite3_backup *pages, struct error *error)
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
static int keep_damaged(const struct restore_job *job, sqlite3 *live, bool is_wal,
                        struct error *error)
{
    int result = snapshot_copy_files(live, is_wal, &job->work, aside_file, error);
    if (result == 0) {
        result = replace_keep_copy(job->database, &job->work, aside_file, job->result->kept_aside,
                                   error);
    }
    job->result->reopen_required = true;
    return result;
}

static int publish_safety_backup(const struct restore_job *job, struct backup *backup,
                                 struct error *error)
{
    char label[LABEL_SIZE];
    struct error no_retention;
    snprintf(label, sizeof label, "before restoring %.150s", job->filename);
    const struct create_options options = {
        .kind = BACKUP_PRE_RESTORE, .label = label, .keeps_all = true};
    int result = create_from_work(job->config, job->store, &job->work, safety_file, &options,
                                  job->progress, backup, &no_retention, error);
    if (result == 0) {
        memcpy(job->result->safety_backup, backup->filename, sizeof backup->filename);
    }
    return result;
}

/* Looks at the copy of what is live: compares it if that is still to be done. *ret_bare is whether
 * there is nothing in it to save. What is damaged in it is found when it is published. */
static int look_at_copy(struct restore_job *job, bool *ret_bare, struct error *error)
{
    sqlite3 *copy;
    struct error ignored;
    *ret_bare = false;
    int result = restore_fit_open(job, safety_file, &copy, error);
    if (result == 0) {
        (void)restore_fit_is_bare(copy, ret_bare, &ignored);
    }
    if (result == 0 && !job->is_compared && !*ret_bare) {
        result = restore_fit_compare(job, copy, error);
    }
    database_close(copy);
    return result;
}

static int save_copy(struct restore_job *job, sqlite3 *live, bool is_wal, struct error *error)
{
    struct backup backup = {0};
    bool bare = false;
    int result = snapshot_take_locked(live, is_wal, &job->work, safety_file, job->progress,
                                      &backup.created_ms, error);
    if (result == 0) {
        int looked = look_at_copy(job, &bare, error);
        if (looked < 0) {
            return looked;
        }
    }
    if (result == 0 && !bare) {
        result = publish_safety_backup(job, &backup, error);
    }
    return result == ERR_DAMAGED || result == ERR_UNUSABLE ? keep_damaged(job, live, is_wal, error)
                                                           : result;
}

/* Saves what is about to be replaced, whole or damaged; of a database without anything in it there
 * is nothing to save. */
static int save_live(struct restore_job *job, sqlite3 *live, struct error *error)
{
    struct stat status;
    bool is_wal = false;
    if (stat(job->database->path, &status) != 0) {
        return error_system(error, errno, "Cannot look at the live database");
    }
    if (status.st_size == 0) {
        return 0;
    }
    int result = database_is_wal(live, &is_wal, error);
    return result == 0 ? save_copy(job, live, is_wal, error) : result;
}

/* Copies all pages in steps. Only SQLITE_DONE says that the transaction was committed. */
static int copy_pages(const struct restore_job *job, sqlite3 *live, sqlite3_backup *pages,
                      int64_t page_size, struct error *error)
{
    int rc;
    while ((rc = sqlite3_backup_step(pages, PAGES_A_STEP)) == SQLITE_OK) {
        int64_t total = page_size * sqlite3_backup_pagecount(pages);
        int64_t rest = page_size * sqlite3_backup_remaining(pages);
        progress_report(job->progress, "restoring", (uint64_t)(total - rest), (uint64_t)total);
    }
    return rc == SQLITE_DONE ? 0 : database_error(live, rc, "write the restored pages", error);
}

static int write_into_live(struct restore_job *job, sqlite3 *live, sqlite3 *staged,
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
        result = save_live(job, live, error);
    }
    if (result == 0) {
        /* Once more: the safety backup may have taken the room. */
        result = restore_fit_check_room(job, error);
    }
    if (result == 0) {
        result = copy_pages(job, live, pages, page_size, error);
    }
    /* Rolls back what is not complete; it says OK then, too. */
    sqlite3_backup_finish(pages);
    return result;
}

/* --- all of it ----------------------------------------------------------------------------- */

/* Whether a transaction can begin on the live database. Asks for a number in the file's header: a
 * schema that this SQLite cannot parse, or that is damaged, keeps nobody from beginning one. */
static int probe(struct restore_job *job, sqlite3 *live, struct error *error)
{
    bool is_wal;
    int result = database_execute(live, "BEGIN; PRAGMA schema_version; COMMIT",
                                  "read the live database", error);
    if (result == 0) {
        result = database_is_wal(live, &is_wal, error);
    }
    job->live_is_lost = result == ERR_DAMAGED || result == ERR_UNUSABLE ||
                        (result == ERR_IO && database_call_failed(live));
    return result;
}

/* Without a WAL a commit is the removal of the journal, which SQLite leaves to the disk; with one,
 * the app may have made the -wal file without a sync of its name. The folder is opened first: if
 * that fails, nothing has changed. */
static int write_durably(struct restore_job *job, sqlite3 *live, sqlite3 *staged,
                         struct error *error)
{
    int folder_fd = file_open(AT_FDCWD, job->database->folder, O_RDONLY | O_DIRECTORY, error);
    int result = folder_fd < 0 ? folder_fd : write_into_live(job, live, staged, error);
    if (result == 0) {
        result = file_sync(folder_fd, "the database's folder", error);
    }
    file_close(folder_fd);
    return result;
}

static int restore_in_place(struct restore_job *job, sqlite3 *live, struct error *error)
{
    sqlite3 *staged = NULL;
    int result = probe(job, live, error);
    if (result == 0) {
        result = restore_fit_compare(job, live, error);
    }
    if (result == 0) {
        result = restore_fit_stage(job, live, error);
    }
    if (result == 0) {
        result = restore_fit_check_room(job, error);
    }
    if (result == 0) {
        result = restore_fit_open(job, stage_file, &staged, error);
    }
    if (result == 0 && restore_notice_begin(job)) {
        /* The app had the time to change its tables: they are compared again under the lock. */
        job->is_compared = false;
    }
    if (result == 0) {
        result = write_durably(job, live, staged, error);
    }
    database_close(staged);
    return result;
}

static int restore_by_replacing(const struct restore_job *job, bool was_missing,
                                struct error *error)
{
    int result = stage_set_wal(&job->work, replace_wants_wal(job->database), error);
    if (result == 0) {
        result = replace_database(job->database, &job->work, stage_file, was_missing,
                                  job->result->kept_aside, error);
    }
    job->result->reopen_required = result == 0;
    return result;
}

/* Restores into a database that is there; live_is_lost if that is not possible, and nothing has
 * changed then. */
static int try_existing(struct restore_job *job, struct error *error)
{
    sqlite3 *live = NULL;
    job->live_is_lost = false;
    int result = stage_set_wal(&job->work, false, error);
    if (result == 0) {
        result = database_open_live(job->database->path, DATABASE_WRITE,
                                    job->config->busy_timeout_s * 1000, &live, error);
        job->live_is_lost = result == ERR_DAMAGED;
    }
    if (result == 0) {
        result = restore_in_place(job, live, error);
    }
    database_close(live);
    return result;
}

static int restore_existing(struct restore_job *job, struct error *error)
{
    int result = try_existing(job, error);
    if (job->live_is_lost) {
        /* Once more: a disk may fail only once; and whoever is told now may put a good database in
         * its place, which is in use by then. */
        restore_notice_begin(job);
        result = try_existing(job, error);
    }
    return job->live_is_lost ? restore_by_replacing(job, false, error) : result;
}

static int is_missing(const struct restore_job *job, bool *ret_missing, struct error *error)
{
    struct stat status;
    *ret_missing = lstat(job->database->path, &status) != 0;
    if (*ret_missing && errno != ENOENT) {
        return error_system(error, errno, "Cannot look at the live database");
    }
    return 0;
}

static int run(struct restore_job *job, struct error *error)
{
    bool missing = false;
    int result = stage_backup(job->store, job->filename, &job->work, job->progress, error);
    if (result == 0) {
        result = is_missing(job, &missing, error);
    }
    if (result == 0 && missing && restore_notice_begin(job)) {
        /* Once more: an app may have made a new one. */
        result = is_missing(job, &missing, error);
    }
    if (result == 0 && missing) {
        result = restore_by_replacing(job, true, error);
        if (result != ERR_CONFLICT) {
            return result;
        }
        /* An app has made a new database meanwhile: there may be something in it to save. */
        result = 0;
    }
    return result == 0 ? restore_existing(job, error) : result;
}

/* After the work: what is tried in vain must not push older safety backups out. */
static void keep_safety_backups(const struct restore_job *job)
{
    const char *const spared[] = {job->filename, job->result->safety_backup, NULL};
    struct error error;
    if (retention_apply(job->store, BACKUP_PRE_RESTORE, &job->config->keep[BACKUP_PRE_RESTORE],
                        spared, &error) < 0) {
        job->result->retention_error = error;
    }
}

int restore_backup(const struct config *config, const struct database *database,
                   const struct store *store, const char *filename, bool force,
                   const struct progress *progress, struct restore_result *ret_result,
                   struct error *error)
{
    int64_t start = timestamp_monotonic_ms();
    *ret_result = (struct restore_result){.webhook = WEBHOOK(&config->webhook)};
    struct restore_job job = {.config = config,
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
    replace_remove_unfinished(database);
    int result = store_begin_work(store, &job.work, error);
    if (result == 0) {
        result = run(&job, error);
    }
    work_end(&job.work);
    if (result == 0) {
        keep_safety_backups(&job);
    }
    file_close(lock_fd);
    ret_result->duration_ms = timestamp_monotonic_ms() - start;
    restore_notice_end(&job, result, error);
    return result;
}
