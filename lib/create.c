#include "create.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "file.h"
#include "retention.h"
#include "snapshot.h"
#include "timestamp.h"
#include "verify.h"

static const char work_file[] = "snapshot.db";

/* The file's way to the disk, beside its check. */
struct sync_job {
    int fd;
    int result;
    struct error error;
};

static void *run_sync(void *argument)
{
    struct sync_job *job = argument;
    job->result = file_sync(job->fd, "the backup", &job->error);
    return NULL;
}

/* Checks the file, takes its checksum and brings it to the disk, all at once. */
static int seal(const struct work *work, const char *name, const struct progress *progress,
                struct backup *backup, struct error *error)
{
    struct sync_job sync = {.fd = file_open(work->folder_fd, name, O_RDONLY, error)};
    pthread_t thread;
    if (sync.fd < 0) {
        return sync.fd;
    }
    bool has_thread = pthread_create(&thread, NULL, run_sync, &sync) == 0;
    int result = verify_work(work, name, "The copied database", VERIFY_QUICK, progress,
                             &backup->size, backup->sha256, error);
    backup->verified_ms = timestamp_now_ms();
    progress_report(progress, "writing", 0, (uint64_t)backup->size);
    if (has_thread) {
        pthread_join(thread, NULL);
    } else {
        run_sync(&sync);
    }
    file_close(sync.fd);
    if (result == 0 && sync.result < 0) {
        *error = sync.error;
        result = sync.result;
    }
    return result;
}

int create_from_work(const struct config *config, const struct store *store,
                     const struct work *work, const char *name,
                     const struct create_options *options, const struct progress *progress,
                     struct backup *backup, struct error *retention_error, struct error *error)
{
    backup->kind = options->kind;
    backup->pinned = options->pinned;
    snprintf(backup->label, sizeof backup->label, "%s",
             options->label == NULL ? "" : options->label);
    int result = seal(work, name, progress, backup, error);
    if (result == 0) {
        result = store_publish(store, work, name, backup, error);
    }
    retention_error->code = 0;
    const char *const spared[] = {backup->filename, NULL};
    struct error retention = {0};
    if (result == 0 && !options->keeps_all &&
        retention_apply(store, options->kind, &config->keep[options->kind], spared, &retention) <
            0) {
        *retention_error = retention;
    }
    return result;
}

int create_from_live(const struct config *config, const struct database *database,
                     const struct store *store, const struct create_options *options,
                     const struct progress *progress, struct backup *backup,
                     struct error *retention_error, struct error *error)
{
    struct work work;
    *backup = (struct backup){0};
    int result = catalog_require_file(database, error);
    if (result < 0) {
        return result;
    }
    result = store_begin_work(store, &work, error);
    if (result == 0) {
        result = snapshot_take(database->path, config->busy_timeout_s * 1000, &work, work_file,
                               progress, &backup->created_ms, error);
    }
    if (result == 0) {
        result = create_from_work(config, store, &work, work_file, options, progress, backup,
                                  retention_error, error);
    }
    work_end(&work);
    return result;
}
