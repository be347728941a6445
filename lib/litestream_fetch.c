#include "litestream_fetch.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "create.h"
#include "database.h"
#include "file.h"
#include "json.h"
#include "litestream_chain.h"
#include "litestream_cli.h"
#include "litestream_config.h"
#include "timestamp.h"
#include "verify.h"

/* A store that says nothing for so long will not say anything. */
enum { STALL_S = 30 };

/* For Litestream with a store that only it can read: nobody sees whether it goes on. */
enum { FAR_LIMIT_MS = 60 * 60 * 1000 };

static const char replica_folder[] = "replica";
static const char config_file[] = "litestream.yml";
static const char fetched_file[] = LITESTREAM_COPY;

struct job {
    const struct config *config;
    const struct litestream_source *source;
    int64_t moment_ms;
    const struct work *work;
    const struct progress *progress;
    int64_t point_ms;
    int64_t size;
};

/* --- with files of our own ------------------------------------------------------------------ */

/* A configuration that knows the fetched files and nothing else. JSON is YAML. */
static int write_config(const struct job *job, const char *database_path, struct error *error)
{
    char folder[WORK_FILE_PATH_SIZE];
    work_file_path(job->work, replica_folder, folder);
    cJSON *root = cJSON_CreateObject();
    cJSON *database = cJSON_CreateObject();
    cJSON *replica = cJSON_CreateObject();
    json_add_text(replica, "type", "file");
    json_add_text(replica, "path", folder);
    json_add_text(database, "path", database_path);
    cJSON_AddItemToArray(cJSON_AddArrayToObject(database, "replicas"), replica);
    cJSON_AddItemToArray(cJSON_AddArrayToObject(root, "dbs"), database);
    char *text = json_print(root, false);
    cJSON_Delete(root);
    int result = text == NULL
                     ? error_memory(error)
                     : file_write(job->work->folder_fd, config_file, text, strlen(text), error);
    free(text);
    return result;
}

static void tick(void *context)
{
    const struct job *job = context;
    struct stat status = {0};
    (void)fstatat(job->work->folder_fd, "fetched.db.tmp", &status, AT_SYMLINK_NOFOLLOW);
    progress_report(job->progress, "restoring", (uint64_t)status.st_size, 0);
}

static int put_together(struct job *job, struct error *error)
{
    char config_path[WORK_FILE_PATH_SIZE];
    char database_path[WORK_FILE_PATH_SIZE];
    char output_path[WORK_FILE_PATH_SIZE];
    work_file_path(job->work, config_file, config_path);
    work_file_path(job->work, "none.db", database_path);
    work_file_path(job->work, fetched_file, output_path);
    int result = write_config(job, database_path, error);
    if (result < 0) {
        return result;
    }
    const char *const argv[] = {job->config->litestream_bin,
                                "restore",
                                "-config",
                                config_path,
                                "-no-expand-env",
                                "-o",
                                output_path,
                                database_path,
                                NULL};
    return litestream_cli_restore(argv, 0, tick, job, error);
}

static int fetch_chain(struct job *job, struct replica *replica, struct chain *chain,
                       struct error *error)
{
    int64_t moment_ms = job->moment_ms == MOMENT_LATEST ? INT64_MAX : job->moment_ms;
    int folder_fd = -1;
    progress_report(job->progress, "listing", 0, 0);
    int result = chain_find(replica, moment_ms, chain, error);
    if (result == 0) {
        folder_fd = file_open_folder(job->work->folder_fd, replica_folder, error);
        result = folder_fd < 0 ? folder_fd : 0;
    }
    if (result == 0) {
        result = chain_fetch(replica, chain, folder_fd, job->progress, error);
    }
    file_close(folder_fd);
    job->point_ms = chain->point_ms;
    return result;
}

static int fetch_by_files(struct job *job, struct error *error)
{
    struct replica *replica;
    struct chain chain = {0};
    int result = replica_open(job->source->replica, 0, STALL_S, &replica, error);
    if (result == 0) {
        result = fetch_chain(job, replica, &chain, error);
    }
    chain_free(&chain);
    replica_close(replica);
    if (result == 0) {
        result = put_together(job, error);
    }
    file_remove_folder(job->work->folder_fd, replica_folder);
    return result;
}

/* --- by Litestream alone -------------------------------------------------------------------- */

static int fetch_by_litestream(struct job *job, struct error *error)
{
    char timestamp[TIMESTAMP_SIZE];
    char output_path[WORK_FILE_PATH_SIZE];
    struct cli_target target;
    int result = litestream_cli_find(job->config, job->source->database.path,
                                     job->source->replica->name, job->moment_ms, &target, error);
    if (result < 0) {
        return result;
    }
    timestamp_format(target.time_ms, TIMESTAMP_MILLISECONDS, timestamp);
    work_file_path(job->work, fetched_file, output_path);
    const char *const argv[] = {job->config->litestream_bin,
                                "restore",
                                "-config",
                                job->config->litestream_config,
                                "-replica",
                                job->source->replica->name,
                                "-generation",
                                target.generation,
                                "-o",
                                output_path,
                                target.is_latest ? job->source->database.path : "-timestamp",
                                target.is_latest ? NULL : timestamp,
                                job->source->database.path,
                                NULL};
    /* A generation's last point is asked for without a time: a time after it has no match, and
     * which that is, is known in whole seconds only. */
    job->point_ms = target.time_ms;
    return litestream_cli_restore(argv, FAR_LIMIT_MS, tick, job, error);
}

/* --- a copy of it --------------------------------------------------------------------------- */

/* Leaves one file that needs no other. */
static int finish(const struct job *job, struct error *error)
{
    char path[WORK_FILE_PATH_SIZE];
    sqlite3 *db;
    work_file_path(job->work, fetched_file, path);
    int result = database_open_copy(path, &db, error);
    if (result == 0) {
        result =
            database_execute(db, "PRAGMA journal_mode=DELETE", "read what was restored", error);
    }
    database_close(db);
    return result;
}

/* What Litestream restores can be malformed and it does not say so. */
static int check_whole(struct job *job, struct error *error)
{
    char sha256[SHA256_SIZE];
    struct error reason;
    int result = finish(job, &reason);
    if (result == 0) {
        result = verify_work(job->work, fetched_file, "what the replica has", VERIFY_FULL,
                             job->progress, &job->size, sha256, &reason);
    }
    if (result == ERR_DAMAGED || result == ERR_UNUSABLE) {
        return error_set(error, ERR_POINT,
                         "This moment cannot be restored: the database is damaged in the replica "
                         "(%.300s). Ask for another moment.",
                         reason.detail);
    }
    if (result < 0) {
        *error = reason;
    }
    return result;
}

int litestream_find_source(const struct config *config, const struct database *database,
                           const char *replica_name, struct litestream_source *source,
                           struct error *error)
{
    return litestream_config_find_replica(config->litestream_config, database->folder,
                                          database->name, replica_name, &source->database,
                                          &source->replica, error);
}

int litestream_fetch_copy(const struct config *config, const struct litestream_source *source,
                          int64_t moment_ms, const struct work *work,
                          const struct progress *progress, struct litestream_copy *copy,
                          struct error *error)
{
    struct job job = {.config = config,
                      .source = source,
                      .moment_ms = moment_ms,
                      .work = work,
                      .progress = progress};
    int result = litestream_replica_is_readable(source->replica) ? fetch_by_files(&job, error)
                                                                 : fetch_by_litestream(&job, error);
    if (result == 0) {
        result = check_whole(&job, error);
    }
    *copy = (struct litestream_copy){.point_ms = job.point_ms, .size = job.size};
    return result;
}

/* --- a backup of it ------------------------------------------------------------------------- */

struct fetching {
    const struct config *config;
    const struct store *store;
    const struct progress *progress;
    int64_t moment_ms;
    struct litestream_source source;
    struct work work;
};

static int publish(const struct fetching *fetching, struct fetched *fetched, struct error *error)
{
    char label[LABEL_SIZE];
    char point[TIMESTAMP_SIZE];
    int64_t moment_ms = fetching->moment_ms;
    bool is_latest = moment_ms == MOMENT_LATEST || moment_ms > timestamp_now_ms();
    timestamp_format(is_latest ? fetched->point_ms : moment_ms, TIMESTAMP_MILLISECONDS, point);
    snprintf(label, sizeof label, "as of %.10s %.12s UTC, from the replica %.100s", point,
             point + 11, fetching->source.replica->name);
    const struct create_options options = {.kind = BACKUP_LITESTREAM, .label = label};
    fetched->backup.created_ms = timestamp_now_ms();
    return create_from_work(fetching->config, fetching->store, &fetching->work, fetched_file,
                            &options, fetching->progress, &fetched->backup,
                            &fetched->retention_error, error);
}

static int fetch_and_publish(const struct fetching *fetching, struct fetched *fetched,
                             struct error *error)
{
    struct litestream_copy copy;
    int result = litestream_fetch_copy(fetching->config, &fetching->source, fetching->moment_ms,
                                       &fetching->work, fetching->progress, &copy, error);
    fetched->point_ms = copy.point_ms;
    return result == 0 ? publish(fetching, fetched, error) : result;
}

int litestream_fetch(const struct config *config, const struct database *database,
                     const struct store *store, const char *replica_name, int64_t moment_ms,
                     const struct progress *progress, struct fetched *fetched, struct error *error)
{
    struct fetching fetching = {.config = config,
                                .store = store,
                                .progress = progress,
                                .moment_ms = moment_ms,
                                .work = WORK_CLOSED};
    *fetched = (struct fetched){0};
    int result = litestream_find_source(config, database, replica_name, &fetching.source, error);
    if (result == 0) {
        result = store_begin_work(store, &fetching.work, error);
    }
    if (result == 0) {
        result = fetch_and_publish(&fetching, fetched, error);
    }
    work_end(&fetching.work);
    return result;
}
