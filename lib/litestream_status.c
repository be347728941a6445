#include "litestream_status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "litestream_local.h"
#include "litestream_metrics.h"
#include "lz4_measure.h"
#include "replica.h"
#include "replica_record.h"
#include "timestamp.h"

enum {
    BUDGET_MS = 1700, /* for all of it */
    METRICS_MS = 500, /* of that */
    AGAIN_MS = 250,   /* between two looks */
    GRACE_MS = 5000,  /* what may be missing for longer than a sync interval */
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

/* What a replica's own listing tells. */
struct seen {
    int segments; /* of the current WAL file and later */
    struct layout_position last;
    int64_t last_ms;
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

/* --- what is in the replica ----------------------------------------------------------------- */

static bool on_segment(void *context, const struct replica_object *object)
{
    struct seen *seen = context;
    struct layout_position position;
    if (layout_parse(LAYOUT_SEGMENT, object->name, &position)) {
        seen->segments++;
        if (layout_compare(position, seen->last) >= 0) {
            seen->last = position;
            seen->last_ms = object->modified_ms;
        }
    }
    return true;
}

static int list_segments(struct replica *replica, const char *generation, int64_t index, int most,
                         struct seen *seen, struct error *error)
{
    char folder[LAYOUT_FOLDER_SIZE];
    char after[LAYOUT_NAME_SIZE];
    layout_folder(LAYOUT_SEGMENT, generation, folder);
    layout_before(index, after);
    *seen = (struct seen){0};
    struct replica_listing listing = {
        .folder = folder, .after = after, .most = most, .visit = on_segment, .context = seen};
    return replica_list(replica, &listing, 1, error);
}

static int measure(void *context, const char *data, size_t size)
{
    return lz4_measure_feed(context, data, size);
}

/* Where the last segment ends. */
static bool find_end(struct replica *replica, const char *generation, const struct seen *seen,
                     struct layout_position *ret_end)
{
    char folder[LAYOUT_FOLDER_SIZE];
    char name[LAYOUT_NAME_SIZE];
    char path[LAYOUT_PATH_SIZE];
    struct lz4_measure unpacked;
    struct error error;
    layout_folder(LAYOUT_SEGMENT, generation, folder);
    layout_name(LAYOUT_SEGMENT, seen->last, name);
    snprintf(path, sizeof path, "%s%s", folder, name);
    struct replica_reading reading = {path, measure, &unpacked};
    if (lz4_measure_begin(&unpacked, &error) < 0) {
        return false;
    }
    int result = replica_read(replica, &reading, 1, &error);
    int64_t length = lz4_measure_end(&unpacked);
    *ret_end = (struct layout_position){seen->last.index, seen->last.offset + length};
    return result == 0 && length >= 0;
}

/* --- one replica ---------------------------------------------------------------------------- */

/* Whether a replica that has everything up to POSITION has everything there was when Litestream
 * last looked. */
static bool is_all(const struct look *look, struct layout_position position)
{
    return strcmp(look->before.generation, look->after.generation) == 0 &&
           layout_compare(look->before.position, position) <= 0 &&
           layout_compare(position, look->after.position) <= 0;
}

/* How it is known up to where a replica has everything. */
enum knowledge { UNKNOWN, FROM_RECORD, FROM_METRICS };

/* Up to where, as far as that is known without reading the replica. */
static enum knowledge known_position(const struct look *look,
                                     const struct litestream_replica *config,
                                     const struct replica_record *record,
                                     struct layout_position *ret_position)
{
    if (litestream_metrics_position(&look->metrics, look->database->path, config->name,
                                    ret_position)) {
        return FROM_METRICS;
    }
    *ret_position = record->position;
    return strcmp(record->generation, look->before.generation) == 0 ? FROM_RECORD : UNKNOWN;
}

/* A replica that only Litestream can read: its word is all there is. */
static bool look_from_outside(const struct look *look, const struct litestream_replica *config,
                              const struct replica_record *record, struct replica_status *status)
{
    struct layout_position position;
    if (known_position(look, config, record, &position) == UNKNOWN) {
        return false;
    }
    status->lag_bytes = litestream_local_bytes_after(look->database, &look->before, position);
    return is_all(look, position);
}

/* Reads the replica. Returns whether all is in it, or an error code. */
static int look_inside(const struct look *look, const struct replica_record *record,
                       const struct litestream_replica *config, struct replica *replica,
                       struct replica_status *status, struct error *error)
{
    const char *generation = look->before.generation;
    struct layout_position position;
    struct seen seen;
    enum knowledge known = known_position(look, config, record, &position);
    bool all = known != UNKNOWN && is_all(look, position);
    int64_t index = known == FROM_METRICS ? position.index : look->before.position.index;
    int result = list_segments(replica, generation, index, all ? 1 : 0, &seen, error);
    if (result < 0) {
        return result;
    }
    if (!all && known != FROM_METRICS && seen.segments > 0 &&
        find_end(replica, generation, &seen, &position)) {
        known = FROM_RECORD;
        all = is_all(look, position);
    }
    if (known != UNKNOWN) {
        status->lag_bytes = litestream_local_bytes_after(look->database, &look->before, position);
    }
    if (!all && seen.segments > 0) {
        /* What was committed while Litestream looked and uploaded is not in it. */
        status->last_sync_ms = seen.last_ms - look->database->monitor_interval_ms - 1000;
    }
    return all && seen.segments > 0;
}

static int open_and_look(const struct look *look, const struct litestream_replica *config,
                         const struct replica_record *record, int64_t deadline_ms,
                         struct replica_status *status, struct error *error)
{
    struct replica *replica;
    if (config->type == REPLICA_OTHER || config->is_encrypted) {
        return look_from_outside(look, config, record, status);
    }
    int result = replica_open(config, deadline_ms, 0, &replica, error);
    if (result == 0) {
        result = look_inside(look, record, config, replica, status, error);
    }
    replica_close(replica);
    return result;
}

static void describe_lag(struct replica_status *status)
{
    if (status->last_sync_ms == 0) {
        snprintf(
            status->detail, sizeof status->detail,
            "Nothing, or not all, is in the replica yet. If this stays so, see Litestream's log.");
    } else {
        snprintf(
            status->detail, sizeof status->detail,
            "Changes of the last %lld seconds may not be in the replica. If this stays so, see "
            "Litestream's log.",
            (long long)(status->lag_ms / 1000));
    }
}

/* Chooses the state, once it is known what is there. */
static void judge(const struct look *look, const struct litestream_replica *config, int result,
                  const struct error *error, struct replica_status *status)
{
    int64_t now = timestamp_now_ms();
    status->lag_ms = status->last_sync_ms == 0 ? -1 : now - status->last_sync_ms;
    bool fresh = status->last_sync_ms != 0 && status->lag_ms <= config->sync_interval_ms + GRACE_MS;
    if (!look->is_running) {
        status->state = REPLICATION_STOPPED;
        snprintf(status->detail, sizeof status->detail,
                 "Litestream does not run: changes are not replicated. Start it.");
    } else if (result < 0) {
        status->state = REPLICATION_UNREACHABLE;
        snprintf(status->detail, sizeof status->detail, "%s", error->detail);
    } else if (fresh) {
        status->state = REPLICATION_ACTIVE;
        status->lag_ms = result > 0 ? 0 : status->lag_ms;
        snprintf(status->detail, sizeof status->detail, "%s",
                 result > 0 ? "Everything is in the replica."
                            : "The last changes are on their way to the replica.");
    } else {
        status->state = REPLICATION_BEHIND;
        describe_lag(status);
    }
}

static void look_at(struct look *look, const struct litestream_replica *config, int64_t deadline_ms,
                    struct replica_status *status)
{
    struct error error = {0};
    struct replica_record record = replica_record_get(look->records, config->name);
    int result = 0;
    *status = (struct replica_status){.lag_bytes = -1};
    if (look->has_local) {
        result = open_and_look(look, config, &record, deadline_ms, status, &error);
    }
    if (result > 0) {
        status->lag_bytes = 0;
        status->last_sync_ms = look->before.looked_ms;
        record.position = look->before.position;
        record.in_sync_ms = look->before.looked_ms;
        memcpy(record.generation, look->before.generation, sizeof record.generation);
        replica_record_put(look->records, config->name, &record);
        look->records_changed = true;
    } else if (record.in_sync_ms > status->last_sync_ms) {
        status->last_sync_ms = record.in_sync_ms;
    }
    judge(look, config, result, &error, status);
}

/* --- all of them ---------------------------------------------------------------------------- */

/* One that answers runs; so does one that has just looked at the database. */
static bool is_running(const struct look *look)
{
    int64_t patience = look->database->monitor_interval_ms +
                       (look->database->metrics_url[0] == '\0' ? GRACE_MS : GRACE_MS / 2);
    return look->metrics.answered ||
           (look->has_local && timestamp_now_ms() - look->after.looked_ms <= patience);
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

static void look_with_records(const struct database *database, struct litestream_status *status)
{
    struct store store = STORE_CLOSED;
    struct error error;
    struct look look = {.database = &status->database};
    int64_t deadline_ms = timestamp_monotonic_ms() + BUDGET_MS;
    (void)catalog_open_store(database, STORE_READ, &store, &error);
    look.records = replica_record_load(&store);
    if (look.records == NULL) {
        look.records = cJSON_CreateObject();
    }
    look_until_known(status, &look, deadline_ms);
    if (look.records_changed) {
        replica_record_save(&store, look.records);
    }
    cJSON_Delete(look.records);
    store_close(&store);
}

int litestream_status_read(const struct config *config, const struct database *database,
                           struct litestream_status *status, struct error *error)
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
    look_with_records(database, status);
    const struct replica_status *worst = &status->replicas[litestream_status_worst(status)];
    status->state = worst->state;
    snprintf(status->detail, sizeof status->detail, "%s", worst->detail);
    return 0;
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

static int64_t longest_interval(const struct litestream_database *database)
{
    int64_t longest = 0;
    for (int i = 0; i < database->replica_count; i++) {
        if (database->replicas[i].sync_interval_ms > longest) {
            longest = database->replicas[i].sync_interval_ms;
        }
    }
    return longest;
}

enum replication_state litestream_status_wait(const struct config *config,
                                              const struct database *database, int64_t limit_ms,
                                              const struct progress *progress)
{
    int64_t moment_ms = timestamp_now_ms();
    int64_t start_ms = timestamp_monotonic_ms();
    for (;;) {
        struct litestream_status status;
        struct error error;
        if (litestream_status_read(config, database, &status, &error) < 0) {
            return REPLICATION_DISABLED;
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
