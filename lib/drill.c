#include "drill.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "database.h"
#include "drill_compare.h"
#include "file.h"
#include "litestream_fetch.h"
#include "litestream_status.h"
#include "row_counts.h"
#include "timestamp.h"

/* How long to wait, beyond the sync interval, until the replica has what the live database had. */
enum { REPLICA_PATIENCE_MS = 5000 };

/* How long a table that moves is looked at before it is said not to fit, and how often. */
enum { MOVING_LIMIT_MS = 2000, MOVING_PAUSE_MS = 50 };

struct drill {
    const struct config *config;
    const struct database *database;
    const struct progress *progress;
    struct litestream_source source;
    struct work work;
    struct drill_spans live;
    bool is_between; /* the moment of what comes back lies between the looks at the live database */
    struct row_counts copy;
    struct drill_record *record;
};

/* --- counting ------------------------------------------------------------------------------- */

static int look_at_live(struct drill *drill, struct error *error)
{
    struct row_counts counts = {0};
    sqlite3 *db = NULL;
    int result = database_open_live(drill->database->path, DATABASE_LOOK,
                                    drill->config->busy_timeout_s * 1000, &db, error);
    if (result == 0) {
        result = row_counts_read(db, &counts, error);
    }
    if (result == 0) {
        result = database_was_left_alone(db, error);
    }
    database_close(db);
    if (result == 0) {
        result = drill_spans_look(&drill->live, &counts, error);
    }
    row_counts_free(&counts);
    return result;
}

static int count_copy(struct drill *drill, struct error *error)
{
    char path[WORK_FILE_PATH_SIZE];
    sqlite3 *db = NULL;
    struct error reason;
    work_file_path(&drill->work, LITESTREAM_COPY, path);
    int result = database_open_backup(path, &db, &reason);
    if (result == 0) {
        result = row_counts_read(db, &drill->copy, &reason);
    }
    database_close(db);
    if (result == ERR_DAMAGED || result == ERR_UNUSABLE) {
        return error_set(error, ERR_POINT, "The tables in the replica cannot be read (%.300s).",
                         reason.detail);
    }
    if (result < 0) {
        *error = reason;
    }
    return result;
}

/* A table that goes up and down may have been at neither end when it was looked at. */
static int compare(struct drill *drill, struct error *error)
{
    int64_t deadline_ms = timestamp_monotonic_ms() + MOVING_LIMIT_MS;
    for (;;) {
        int result = look_at_live(drill, error);
        if (result < 0) {
            return result;
        }
        result = drill_compare(&drill->live, &drill->copy, drill->is_between, error);
        if (result == 0 || !drill->is_between || timestamp_monotonic_ms() >= deadline_ms) {
            return result;
        }
        usleep(MOVING_PAUSE_MS * 1000);
    }
}

/* --- fetching ------------------------------------------------------------------------------- */

static int fetch(struct drill *drill, struct error *error)
{
    struct litestream_copy copy;
    int result = litestream_fetch_copy(drill->config, &drill->source, MOMENT_LATEST, &drill->work,
                                       drill->progress, &copy, error);
    drill->record->point_ms = copy.point_ms;
    drill->record->size = copy.size == 0 ? -1 : copy.size;
    return result;
}

/* The first look comes before the moment of what will be fetched, whatever that is; the second is
 * the nearest to it. */
static int look_until_in_step(struct drill *drill, struct error *error)
{
    progress_report(drill->progress, "counting", 0, 0);
    int result = look_at_live(drill, error);
    if (result < 0) {
        return result;
    }
    drill->is_between = litestream_status_wait(drill->config, drill->database, REPLICA_PATIENCE_MS,
                                               drill->progress) == REPLICATION_ACTIVE;
    return look_at_live(drill, error);
}

static int fetch_and_compare(struct drill *drill, struct error *error)
{
    int result = look_until_in_step(drill, error);
    if (result == 0) {
        result = fetch(drill, error);
    }
    if (result == 0) {
        progress_report(drill->progress, "counting", 0, 0);
        result = count_copy(drill, error);
    }
    if (result == 0) {
        row_counts_sum(&drill->copy, &drill->record->tables, &drill->record->rows);
        result = compare(drill, error);
    }
    return result;
}

/* --- recording ------------------------------------------------------------------------------ */

/* What an earlier drill proved is still so, if its replica is still one of this database. */
static void keep_last_proof(struct drill *drill)
{
    struct drill_record last;
    struct error ignored;
    (void)drill_record_read_of(drill->database, &drill->source.database, &last, &ignored);
    drill->record->last_proven_ms = last.last_proven_ms;
    drill->record->proven_replica = last.proven_replica;
}

static void describe_proof(struct drill *drill)
{
    struct drill_record *record = drill->record;
    record->proven = true;
    record->last_proven_ms = record->last_ms;
    record->proven_replica = record->replica;
    snprintf(record->detail, sizeof record->detail, "Everything came back: %lld rows in %lld %s.%s",
             (long long)record->rows, (long long)record->tables,
             record->tables == 1 ? "table" : "tables",
             drill->is_between ? ""
                               : " The replica did not have the latest changes: whether a few rows "
                                 "are missing could not be told.");
}

/* Returns RESULT, or why what was proven could not be recorded. */
static int record_outcome(struct drill *drill, int result, int64_t start_ms, struct error *error)
{
    struct drill_record *record = drill->record;
    struct error ignored;
    record->last_ms = timestamp_now_ms();
    record->duration_ms = timestamp_monotonic_ms() - start_ms;
    drill_address_of(drill->source.replica, &record->replica);
    if (result == 0) {
        describe_proof(drill);
        return drill_record_write(drill->database, record, error);
    }
    keep_last_proof(drill);
    snprintf(record->detail, sizeof record->detail, "%s", error->detail);
    (void)drill_record_write(drill->database, record, &ignored);
    return result;
}

/* --- all of it ------------------------------------------------------------------------------ */

static int run(struct drill *drill, const struct store *store, struct error *error)
{
    int64_t start_ms = timestamp_monotonic_ms();
    int result = store_begin_work(store, &drill->work, error);
    if (result == 0) {
        result = fetch_and_compare(drill, error);
    }
    bool tells_of_replica = result == 0 || result == ERR_POINT || result == ERR_UNAVAILABLE;
    if (tells_of_replica) {
        result = record_outcome(drill, result, start_ms, error);
    }
    row_counts_free(&drill->copy);
    drill_spans_free(&drill->live);
    work_end(&drill->work);
    return result;
}

int drill_run(const struct config *config, const struct database *database,
              const struct store *store, const char *replica_name, const struct progress *progress,
              struct drill_record *record, struct error *error)
{
    struct drill drill = {.config = config,
                          .database = database,
                          .progress = progress,
                          .work = WORK_CLOSED,
                          .record = record};
    *record = (struct drill_record){.tables = -1, .rows = -1, .size = -1};
    int result = catalog_require_file(database, error);
    if (result == 0) {
        result = litestream_find_source(config, database, replica_name, &drill.source, error);
    }
    if (result < 0) {
        return result;
    }
    int lock_fd = drill_record_lock(database, error);
    if (lock_fd < 0) {
        return lock_fd;
    }
    result = run(&drill, store, error);
    file_close(lock_fd);
    return result;
}
