#include "litestream_status.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "litestream_local.h"
#include "litestream_metrics.h"
#include "replica_record.h"
#include "replica_view.h"
#include "timestamp.h"

enum {
    METRICS_MS = 500, /* of LITESTREAM_STATUS_MS */
    AGAIN_MS = 250,   /* between two looks */
    GRACE_MS = 5000,  /* what may be missing for longer than a sync interval */
    LATE_MS = 1500,   /* how late Litestream may look at the database */
};

/* What is known when a replica is looked at. */
struct look {
    const struct litestream_database *database;
    struct litestream_metrics metrics;
    bool has_local;
    struct litestream_local before; /* the metrics were read */
    struct litestream_local after;
    bool is_running;
    cJSON *records;
    bool records_changed;
};

const char *replication_state_name(enum replication_state state)
{
    static const char *const names[] = {
        [REPLICATION_ACTIVE] = "active",           [REPLICATION_BEHIND] = "behind",
        [REPLICATION_UNREACHABLE] = "unreachable", [REPLICATION_STOPPED] = "stopped",
        [REPLICATION_DISABLED] = "disabled",
    };
    return names[state];
}

/* --- one replica ---------------------------------------------------------------------------- */

/* Whether MOMENT_MS lies no longer back than LIMIT_MS. One that is still to come was written before
 * the clock was set back: it says nothing. */
static bool is_recent(int64_t moment_ms, int64_t limit_ms)
{
    int64_t age_ms = timestamp_now_ms() - moment_ms;
    return age_ms <= limit_ms && age_ms >= -LATE_MS;
}

/* Whether Litestream has looked at the database as it should. */
static bool looks_regularly(const struct look *look)
{
    return is_recent(look->after.looked_ms, look->database->monitor_interval_ms + LATE_MS);
}

static void describe(struct replica_status *status, const char *sentence)
{
    snprintf(status->detail, sizeof status->detail, "%s", sentence);
}

/* Everything that Litestream has seen is in the replica, or on its way. */
static void judge_active(const struct look *look, const struct replica_view *view,
                         struct replica_status *status)
{
    status->state = REPLICATION_ACTIVE;
    if (!view->has_all) {
        describe(status, "The last changes are on their way to the replica.");
    } else if (status->lag_ms <= look->database->monitor_interval_ms + LATE_MS) {
        status->lag_ms = 0;
        describe(status, "Everything is in the replica.");
    } else {
        describe(status, "Everything is in the replica that Litestream has seen; it has not looked "
                         "at the database for a moment.");
    }
}

static void judge_behind(const struct replica_view *view, struct replica_status *status)
{
    status->state = REPLICATION_BEHIND;
    if (view->no_snapshot) {
        describe(status, "The replica has no snapshot yet: nothing can be restored from it. If "
                         "this stays so, restart Litestream.");
    } else if (view->no_begin) {
        describe(status,
                 "The replica has lost what comes after its snapshot: nothing new can be "
                 "restored from it. Stop Litestream, remove the folder that it keeps beside "
                 "the database, and start it: it begins anew.");
    } else if (status->last_sync_ms == 0) {
        describe(status, "Not everything is in the replica yet. If this stays so, see Litestream's "
                         "log.");
    } else {
        snprintf(status->detail, sizeof status->detail,
                 "Changes of the last %lld seconds may not be in the replica. If this stays so, "
                 "see Litestream's log.",
                 (long long)(status->lag_ms / 1000));
    }
}

/* Chooses the state, once it is known what is there. */
static void judge(const struct look *look, const struct litestream_replica *config, int result,
                  const struct error *error, const struct replica_view *view,
                  struct replica_status *status)
{
    int64_t age_ms = timestamp_now_ms() - status->last_sync_ms;
    bool fresh = is_recent(status->last_sync_ms, config->sync_interval_ms + GRACE_MS);
    status->lag_ms = status->last_sync_ms == 0 ? -1 : age_ms < 0 ? 0 : age_ms;
    if (!look->is_running) {
        status->state = REPLICATION_STOPPED;
        status->lag_bytes = -1;
        describe(status,
                 "Litestream does not run, or hangs: changes are not replicated. Start it again.");
    } else if (result < 0) {
        status->state = REPLICATION_UNREACHABLE;
        describe(status, error->detail);
    } else if (fresh && !view->no_snapshot && !view->no_begin) {
        judge_active(look, view, status);
    } else {
        judge_behind(view, status);
    }
}

/* Notes what was seen, and takes from the note what is not seen now. */
static void remember(struct look *look, const char *url, const struct replica_view *view,
                     struct replica_record *record, struct replica_status *status)
{
    status->last_sync_ms = view->has_all ? look->before.complete_ms : view->had_all_ms;
    /* Nothing can have been in sync later than it is now: the clock was set back since. */
    if (record->in_sync_ms > timestamp_now_ms()) {
        record->in_sync_ms = 0;
    }
    if (view->has_all) {
        record->position = look->before.position;
        memcpy(record->generation, look->before.generation, sizeof record->generation);
    }
    if (status->last_sync_ms > record->in_sync_ms) {
        record->in_sync_ms = status->last_sync_ms;
        replica_record_put(look->records, url, record);
        look->records_changed = true;
    }
    status->last_sync_ms = record->in_sync_ms;
}

static void look_at(struct look *look, const struct litestream_replica *config, int64_t deadline_ms,
                    struct replica_status *status)
{
    struct error error = {0};
    struct replica_view view = {.lag_bytes = -1};
    struct replica_record record = replica_record_get(look->records, config->url);
    const struct replica_view_base base = {look->database, &look->metrics, &look->before,
                                           &look->after};
    int result = 0;
    *status = (struct replica_status){0};
    if (look->has_local) {
        result = replica_view_take(&base, config, &record, deadline_ms, &view, &error);
    }
    status->lag_bytes = view.has_all ? 0 : view.lag_bytes;
    remember(look, config->url, &view, &record, status);
    judge(look, config, result, &error, &view, status);
}

/* --- all of them ---------------------------------------------------------------------------- */

/* One that tells of this database runs for it; so does one that has just looked at it. */
static bool is_running(const struct look *look)
{
    const struct litestream_database *database = look->database;
    for (int i = 0; i < database->replica_count; i++) {
        if (litestream_metrics_know(&look->metrics, database->path, database->replicas[i].name)) {
            return true;
        }
    }
    return look->has_local && looks_regularly(look);
}

static void look_at_all(struct litestream_status *status, struct look *look, int64_t deadline_ms)
{
    struct error error;
    int64_t now = timestamp_monotonic_ms();
    int64_t metrics_deadline = now + METRICS_MS < deadline_ms ? now + METRICS_MS : deadline_ms;
    look->has_local = litestream_local_read(look->database, &look->before, &error) == 0;
    litestream_metrics_read(look->database, metrics_deadline, &look->metrics);
    look->has_local =
        look->has_local && litestream_local_read(look->database, &look->after, &error) == 0;
    look->is_running = is_running(look);
    for (int i = 0; i < look->database->replica_count; i++) {
        /* Those that are still to come get the same share of what is left. */
        int64_t left = deadline_ms - timestamp_monotonic_ms();
        int64_t share = left / (look->database->replica_count - i);
        look_at(look, &look->database->replicas[i], timestamp_monotonic_ms() + share,
                &status->replicas[i]);
    }
    litestream_metrics_free(&look->metrics);
}

int litestream_status_worst(const struct litestream_status *status)
{
    int worst = -1;
    for (int i = 0; i < status->database.replica_count; i++) {
        if (worst < 0 || status->replicas[i].state > status->replicas[worst].state) {
            worst = i;
        }
    }
    return worst;
}

/* Looks again where a moment can tell more: something has just been written, and whether it is
 * late is not known. */
static void look_until_known(struct litestream_status *status, struct look *look,
                             int64_t deadline_ms)
{
    for (;;) {
        look_at_all(status, look, deadline_ms);
        const struct replica_status *worst = &status->replicas[litestream_status_worst(status)];
        if (worst->state != REPLICATION_BEHIND ||
            timestamp_monotonic_ms() + AGAIN_MS + AGAIN_MS > deadline_ms) {
            return;
        }
        usleep(AGAIN_MS * 1000);
    }
}

static void look_with_records(const struct database *database, int64_t deadline_ms,
                              struct litestream_status *status)
{
    struct look look = {.database = &status->database};
    look.records = replica_record_load(database);
    if (look.records == NULL) {
        look.records = cJSON_CreateObject();
    }
    look_until_known(status, &look, deadline_ms);
    if (look.records_changed) {
        replica_record_save(database, look.records);
    }
    cJSON_Delete(look.records);
}

int litestream_status_read_until(const struct config *config, const struct database *database,
                                 int64_t deadline_ms, struct litestream_status *status,
                                 struct error *error)
{
    *status = (struct litestream_status){.state = REPLICATION_DISABLED};
    int result = litestream_config_find(config->litestream_config, database->folder, database->name,
                                        &status->database, error);
    if (result == ERR_NOT_FOUND) {
        snprintf(status->detail, sizeof status->detail, "%s", error->detail);
        status->database.replica_count = 0;
        return 0;
    }
    if (result < 0) {
        return result;
    }
    look_with_records(database, deadline_ms, status);
    const struct replica_status *worst = &status->replicas[litestream_status_worst(status)];
    status->state = worst->state;
    snprintf(status->detail, sizeof status->detail, "%s", worst->detail);
    return 0;
}

int litestream_status_read(const struct config *config, const struct database *database,
                           struct litestream_status *status, struct error *error)
{
    return litestream_status_read_until(
        config, database, timestamp_monotonic_ms() + LITESTREAM_STATUS_MS, status, error);
}

/* --- waiting -------------------------------------------------------------------------------- */

static bool all_have(const struct litestream_status *status, int64_t moment_ms)
{
    for (int i = 0; i < status->database.replica_count; i++) {
        if (status->replicas[i].last_sync_ms < moment_ms) {
            return false;
        }
    }
    return true;
}

/* A look at a huge WAL takes its time, and one that began before the moment does not show it. */
static int64_t moment_to_wait_for(const struct database *database)
{
    enum { BYTES_A_MS = 50000 };
    char wal[PATH_MAX + sizeof "-wal"];
    struct stat status = {0};
    snprintf(wal, sizeof wal, "%s-wal", database->path);
    (void)stat(wal, &status);
    return timestamp_now_ms() + status.st_size / BYTES_A_MS;
}

static int64_t longest_interval(const struct litestream_database *database)
{
    int64_t longest = 0;
    for (int i = 0; i < database->replica_count; i++) {
        if (database->replicas[i].sync_interval_ms > longest) {
            longest = database->replicas[i].sync_interval_ms;
        }
    }
    return longest + database->monitor_interval_ms;
}

enum replication_state litestream_status_wait(const struct config *config,
                                              const struct database *database, int64_t limit_ms,
                                              const struct progress *progress)
{
    int64_t moment_ms = moment_to_wait_for(database);
    int64_t start_ms = timestamp_monotonic_ms();
    for (;;) {
        struct litestream_status status;
        struct error error;
        if (litestream_status_read(config, database, &status, &error) < 0) {
            return REPLICATION_UNREACHABLE;
        }
        if (status.state > REPLICATION_BEHIND || all_have(&status, moment_ms)) {
            return status.state;
        }
        if (timestamp_monotonic_ms() - start_ms > limit_ms + longest_interval(&status.database)) {
            return REPLICATION_BEHIND;
        }
        progress_report(progress, "replicating", 0, 0);
        usleep(AGAIN_MS * 1000);
    }
}
