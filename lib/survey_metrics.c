#include "survey_metrics.h"

#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "json.h"
#include "metrics.h"
#include "version.h"

/* All surveys, and where they are written. */
struct telling {
    FILE *out;
    const struct survey *surveys;
    size_t count;
};

/* Writes the samples of one survey for a family. */
typedef void tell(const struct telling *telling, const struct metrics_family *family,
                  const struct survey *survey);

/* --- the whole ------------------------------------------------------------------------------ */

static void tell_look(const struct telling *telling, const struct metrics_family *family,
                      const struct survey *survey)
{
    for (enum survey_part part = 0; part < SURVEY_PART_COUNT; part++) {
        const char *values[] = {survey->database->name, survey_part_name(part)};
        metrics_integer(telling->out, family, values, survey->looked[part]);
    }
}

/* One sample for each state that there can be, 1 for the one that is. */
static void tell_states(const struct telling *telling, const struct metrics_family *family,
                        const char *database, const char *check, const char *status)
{
    static const char *const states[] = {"ok", "degraded", "failing"};
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        const char *of_all[] = {database, states[i]};
        const char *of_check[] = {database, check, states[i]};
        metrics_integer(telling->out, family, check == NULL ? of_all : of_check,
                        strcmp(states[i], status) == 0);
    }
}

static void tell_health(const struct telling *telling, const struct metrics_family *family,
                        const struct survey *survey)
{
    if (survey->health != NULL) {
        tell_states(telling, family, survey->database->name, NULL,
                    json_text(survey->health, "status", ""));
    }
}

static void tell_checks(const struct telling *telling, const struct metrics_family *family,
                        const struct survey *survey)
{
    const cJSON *check;
    cJSON_ArrayForEach(check, cJSON_GetObjectItemCaseSensitive(survey->health, "checks"))
    {
        tell_states(telling, family, survey->database->name, check->string,
                    json_text(check, "status", ""));
    }
}

/* --- backups -------------------------------------------------------------------------------- */

static void tell_backups(const struct telling *telling, const struct metrics_family *family,
                         const struct survey *survey)
{
    for (enum backup_kind kind = 0; kind < BACKUP_KIND_COUNT; kind++) {
        const char *values[] = {survey->database->name, filename_kind_name(kind)};
        if (survey->looked[SURVEY_BACKUPS]) {
            metrics_integer(telling->out, family, values, survey->kinds[kind].count);
        }
    }
}

static void tell_backup_bytes(const struct telling *telling, const struct metrics_family *family,
                              const struct survey *survey)
{
    for (enum backup_kind kind = 0; kind < BACKUP_KIND_COUNT; kind++) {
        const char *values[] = {survey->database->name, filename_kind_name(kind)};
        if (survey->looked[SURVEY_BACKUPS]) {
            metrics_integer(telling->out, family, values, survey->kinds[kind].bytes);
        }
    }
}

static void tell_newest(const struct telling *telling, const struct metrics_family *family,
                        const struct survey *survey)
{
    for (enum backup_kind kind = 0; kind < BACKUP_KIND_COUNT; kind++) {
        const char *values[] = {survey->database->name, filename_kind_name(kind)};
        if (survey->kinds[kind].newest_ms > 0) {
            metrics_seconds(telling->out, family, values, survey->kinds[kind].newest_ms);
        }
    }
}

static void tell_backup_states(const struct telling *telling, const struct metrics_family *family,
                               const struct survey *survey)
{
    for (enum survey_state state = 0; state < SURVEY_STATE_COUNT; state++) {
        const char *values[] = {survey->database->name, survey_state_name(state)};
        if (survey->looked[SURVEY_BACKUPS]) {
            metrics_integer(telling->out, family, values, survey->states[state]);
        }
    }
}

/* A moment that there is none of is left out. */
static void tell_moment(const struct telling *telling, const struct metrics_family *family,
                        const struct survey *survey, int64_t ms)
{
    const char *values[] = {survey->database->name};
    if (ms > 0) {
        metrics_seconds(telling->out, family, values, ms);
    }
}

static void tell_newest_verified(const struct telling *telling, const struct metrics_family *family,
                                 const struct survey *survey)
{
    tell_moment(telling, family, survey, survey->newest_verified_ms);
}

static void tell_last_check(const struct telling *telling, const struct metrics_family *family,
                            const struct survey *survey)
{
    tell_moment(telling, family, survey, survey->last_check_ms);
}

/* --- the disk ------------------------------------------------------------------------------- */

static void tell_size(const struct telling *telling, const struct metrics_family *family,
                      const struct survey *survey)
{
    const char *values[] = {survey->database->name};
    if (survey->live_bytes >= 0) {
        metrics_integer(telling->out, family, values, survey->live_bytes);
    }
}

static void tell_available(const struct telling *telling, const struct metrics_family *family,
                           const struct survey *survey)
{
    const char *values[] = {survey->database->name};
    if (survey->looked[SURVEY_SPACE]) {
        metrics_integer(telling->out, family, values, survey->space.available);
    }
}

static void tell_file_system(const struct telling *telling, const struct metrics_family *family,
                             const struct survey *survey)
{
    const char *values[] = {survey->database->name};
    if (survey->looked[SURVEY_SPACE]) {
        metrics_integer(telling->out, family, values, survey->space.size);
    }
}

/* --- replication ---------------------------------------------------------------------------- */

static void tell_replication(const struct telling *telling, const struct metrics_family *family,
                             const struct survey *survey)
{
    for (int i = 0; i < survey->replica_count; i++) {
        const struct survey_replica *replica = &survey->replicas[i];
        for (enum replication_state state = 0; state <= REPLICATION_DISABLED; state++) {
            const char *values[] = {survey->database->name, replica->name,
                                    replication_state_name(state)};
            metrics_integer(telling->out, family, values, state == replica->state);
        }
    }
}

static void tell_lag(const struct telling *telling, const struct metrics_family *family,
                     const struct survey *survey)
{
    for (int i = 0; i < survey->replica_count; i++) {
        const char *values[] = {survey->database->name, survey->replicas[i].name};
        if (survey->replicas[i].lag_ms >= 0) {
            metrics_seconds(telling->out, family, values, survey->replicas[i].lag_ms);
        }
    }
}

static void tell_lag_bytes(const struct telling *telling, const struct metrics_family *family,
                           const struct survey *survey)
{
    for (int i = 0; i < survey->replica_count; i++) {
        const char *values[] = {survey->database->name, survey->replicas[i].name};
        if (survey->replicas[i].lag_bytes >= 0) {
            metrics_integer(telling->out, family, values, survey->replicas[i].lag_bytes);
        }
    }
}

static void tell_last_sync(const struct telling *telling, const struct metrics_family *family,
                           const struct survey *survey)
{
    for (int i = 0; i < survey->replica_count; i++) {
        const char *values[] = {survey->database->name, survey->replicas[i].name};
        if (survey->replicas[i].last_sync_ms > 0) {
            metrics_seconds(telling->out, family, values, survey->replicas[i].last_sync_ms);
        }
    }
}

/* --- drills --------------------------------------------------------------------------------- */

static void tell_last_drill(const struct telling *telling, const struct metrics_family *family,
                            const struct survey *survey)
{
    tell_moment(telling, family, survey, survey->drill.last_ms);
}

static void tell_last_proven(const struct telling *telling, const struct metrics_family *family,
                             const struct survey *survey)
{
    tell_moment(telling, family, survey, survey->drill.last_proven_ms);
}

static void tell_drill_success(const struct telling *telling, const struct metrics_family *family,
                               const struct survey *survey)
{
    const char *values[] = {survey->database->name};
    if (survey->drill.last_ms > 0) {
        metrics_integer(telling->out, family, values, survey->drill.proven);
    }
}

static void tell_drill_duration(const struct telling *telling, const struct metrics_family *family,
                                const struct survey *survey)
{
    const char *values[] = {survey->database->name};
    if (survey->drill.last_ms > 0 && survey->drill.duration_ms >= 0) {
        metrics_seconds(telling->out, family, values, survey->drill.duration_ms);
    }
}

/* --- changes -------------------------------------------------------------------------------- */

static void tell_changes(const struct telling *telling, const struct metrics_family *family,
                         const struct survey *survey)
{
    for (size_t i = 0; i < survey->changes.count; i++) {
        const struct audit_tally_row *row = &survey->changes.rows[i];
        const char *values[] = {survey->database->name, row->action, row->result};
        metrics_integer(telling->out, family, values, row->count);
    }
}

/* --- all of it ------------------------------------------------------------------------------ */

static const struct {
    struct metrics_family family;
    tell *tell;
} families[] = {
    {{"look_success", "1 if this part of the database could be looked at.", {"database", "part"}},
     tell_look},
    {{"health", "1 for the state in which /api/health finds the database.", {"database", "status"}},
     tell_health},
    {{"check", "The same for each of its checks.", {"database", "check", "status"}}, tell_checks},
    {{"backups", "Backups that are kept.", {"database", "kind"}}, tell_backups},
    {{"backups_bytes", "Their size in all.", {"database", "kind"}}, tell_backup_bytes},
    {{"newest_backup_timestamp_seconds", "When the newest was made.", {"database", "kind"}},
     tell_newest},
    {{"backups_checked", "Backups by what their last check came to.", {"database", "state"}},
     tell_backup_states},
    {{"newest_verified_backup_timestamp_seconds",
      "When the newest backup was made whose last check found it whole.",
      {"database"}},
     tell_newest_verified},
    {{"last_check_timestamp_seconds",
      "When a backup was checked last and found whole.",
      {"database"}},
     tell_last_check},
    {{"database_bytes", "Size of the live database.", {"database"}}, tell_size},
    {{"file_system_available_bytes",
      "What may still be written where the backups lie.",
      {"database"}},
     tell_available},
    {{"file_system_size_bytes", "Size of that file system.", {"database"}}, tell_file_system},
    {{"replication_state",
      "1 for the state of the replica; replica is empty where there is none.",
      {"database", "replica", "state"}},
     tell_replication},
    {{"replication_lag_seconds",
      "How old what is missing in the replica may be.",
      {"database", "replica"}},
     tell_lag},
    {{"replication_lag_bytes", "How much of the WAL it lacks.", {"database", "replica"}},
     tell_lag_bytes},
    {{"replication_last_sync_timestamp_seconds",
      "When everything was in the replica last.",
      {"database", "replica"}},
     tell_last_sync},
    {{"drill_timestamp_seconds", "When the last restore drill ended.", {"database"}},
     tell_last_drill},
    {{"drill_success", "1 if it proved that the replica gives the database back.", {"database"}},
     tell_drill_success},
    {{"drill_duration_seconds", "How long it took.", {"database"}}, tell_drill_duration},
    {{"drill_proven_timestamp_seconds",
      "When the last drill ended that proved it, of a replica that is configured still.",
      {"database"}},
     tell_last_proven},
    {{"changes_last_day",
      "Changes of the last 24 hours in the audit log, by what came of them.",
      {"database", "action", "result"}},
     tell_changes},
};

static void tell_build(FILE *out)
{
    static const struct metrics_family build = {"build_info", "1, with the version.", {"version"}};
    const char *values[] = {VERSION};
    metrics_begin(out, &build);
    metrics_integer(out, &build, values, 1);
}

/* How many there are, also those beyond SURVEY_DATABASES_MAX; -1 if that cannot be found out. */
static void tell_databases(FILE *out, int64_t count)
{
    static const struct metrics_family databases = {
        "databases", "Databases that there are; -1 if that cannot be found out.", {NULL}};
    metrics_begin(out, &databases);
    metrics_integer(out, &databases, NULL, count);
}

static void tell_all(const struct telling *telling)
{
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        metrics_begin(telling->out, &families[i].family);
        for (size_t j = 0; j < telling->count; j++) {
            families[i].tell(telling, &families[i].family, &telling->surveys[j]);
        }
    }
}

static void write_all(FILE *out, const struct survey *surveys, size_t count, int64_t found)
{
    const struct telling telling = {.out = out, .surveys = surveys, .count = count};
    tell_build(out);
    tell_databases(out, found);
    tell_all(&telling);
}

static int print(const struct config *config, const struct database *list, size_t count,
                 int64_t found, char **ret_text, struct error *error)
{
    size_t size;
    char *text = NULL;
    struct survey *surveys = survey_take(config, list, count);
    FILE *out = surveys == NULL ? NULL : open_memstream(&text, &size);
    if (out == NULL) {
        survey_free(surveys, count);
        return error_memory(error);
    }
    write_all(out, surveys, count, found);
    survey_free(surveys, count);
    bool is_whole = ferror(out) == 0;
    if (fclose(out) != 0 || !is_whole) {
        free(text);
        return error_memory(error);
    }
    *ret_text = text;
    return 0;
}

int survey_metrics(const struct config *config, const struct database *database, char **ret_text,
                   struct error *error)
{
    int lock_fd;
    int result = survey_lock(config, &lock_fd, error);
    if (result == ERR_BUSY) {
        return result;
    }
    struct database *list = NULL;
    size_t count = 0;
    struct error ignored;
    bool is_known = database != NULL || catalog_list(config, &list, &count, &ignored) == 0;
    int64_t found = is_known ? (int64_t)count : -1;
    if (database != NULL) {
        result = print(config, database, 1, 1, ret_text, error);
    } else {
        result = print(config, list, count < SURVEY_DATABASES_MAX ? count : SURVEY_DATABASES_MAX,
                       found, ret_text, error);
    }
    free(list);
    file_close(lock_fd);
    return result;
}
