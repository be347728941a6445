#include "survey.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "drill_record.h"
#include "file.h"
#include "health.h"
#include "replica_record.h"
#include "timestamp.h"

enum {
    HEALTH_MS = 700,     /* of SURVEY_MS; after that none is begun, and one takes half a second */
    LITTLE_MS = 500,     /* what a replica gets, even if less is left for the others then */
    TOO_LITTLE_MS = 100, /* to find anything out: not tried, so that none is called unreachable */
    DAY_MS = 24 * 3600 * 1000,
};

const char *survey_part_name(enum survey_part part)
{
    static const char *const names[] = {
        [SURVEY_BACKUPS] = "backups", [SURVEY_SPACE] = "space",
        [SURVEY_DRILL] = "drill",     [SURVEY_CHANGES] = "changes",
        [SURVEY_HEALTH] = "health",   [SURVEY_REPLICATION] = "replication",
    };
    return names[part];
}

const char *survey_state_name(enum survey_state state)
{
    static const char *const names[] = {
        [SURVEY_VERIFIED] = "verified",
        [SURVEY_DAMAGED] = "damaged",
        [SURVEY_UNVERIFIED] = "unverified",
        [SURVEY_UNREADABLE] = "unreadable",
    };
    return names[state];
}

/* --- what lies in folders ------------------------------------------------------------------- */

/* Every backup that this project has made was checked then, and has its checksum. */
static enum survey_state state_of(const struct backup *backup)
{
    return backup->record == RECORD_DAMAGED ? SURVEY_UNREADABLE
           : backup->verified_ms > 0        ? SURVEY_VERIFIED
           : backup->sha256[0] != '\0'      ? SURVEY_DAMAGED
                                            : SURVEY_UNVERIFIED;
}

static void raise_to(int64_t *highest, int64_t number)
{
    *highest = number > *highest ? number : *highest;
}

static void add_backup(struct survey *survey, const struct backup *backup)
{
    struct survey_kind *kind = &survey->kinds[backup->kind];
    enum survey_state state = state_of(backup);
    kind->count++;
    kind->bytes += backup->size;
    raise_to(&kind->newest_ms, backup->created_ms);
    survey->states[state]++;
    raise_to(&survey->last_check_ms, backup->verified_ms);
    if (state == SURVEY_VERIFIED) {
        raise_to(&survey->newest_verified_ms, backup->created_ms);
    }
}

static void look_at_backups(struct survey *survey)
{
    struct backup *list;
    size_t count;
    struct error ignored;
    survey->looked[SURVEY_BACKUPS] =
        catalog_list_backups(survey->database, &list, &count, &ignored) == 0;
    for (size_t i = 0; i < count; i++) {
        add_backup(survey, &list[i]);
    }
    free(list);
}

static void look_at_space(struct survey *survey)
{
    struct stat live;
    struct error ignored;
    survey->live_bytes = stat(survey->database->path, &live) == 0 ? live.st_size : -1;
    survey->looked[SURVEY_SPACE] = catalog_space(survey->database, &survey->space, &ignored) == 0;
}

/* Whether the last proof is of a replica that is configured still. */
static bool proof_is_current(const struct config *config, const struct database *database,
                             const struct drill_record *record)
{
    struct litestream_database found;
    struct error ignored;
    if (litestream_config_find(config->litestream_config, database->folder, database->name, &found,
                               &ignored) < 0) {
        return false;
    }
    for (int i = 0; i < found.replica_count; i++) {
        if (drill_address_is(&record->proven_replica, &found.replicas[i])) {
            return true;
        }
    }
    return false;
}

static void look_at_drill(const struct config *config, struct survey *survey)
{
    struct drill_record record;
    struct error ignored;
    survey->looked[SURVEY_DRILL] = drill_record_read(survey->database, &record, &ignored) == 0;
    if (survey->looked[SURVEY_DRILL] && record.last_ms > 0) {
        bool is_current =
            record.last_proven_ms > 0 && proof_is_current(config, survey->database, &record);
        survey->drill = (struct survey_drill){
            .last_ms = record.last_ms,
            .proven = record.proven,
            .duration_ms = record.duration_ms,
            .last_proven_ms = is_current ? record.last_proven_ms : 0,
        };
    }
}

static void look_at_changes(const struct config *config, const struct database *list, size_t count,
                            struct survey *surveys)
{
    struct error ignored;
    struct audit_tally *tallies = calloc(count + 1, sizeof *tallies);
    bool looked = tallies != NULL && audit_tally(config, list, count, timestamp_now_ms() - DAY_MS,
                                                 tallies, &ignored) == 0;
    for (size_t i = 0; looked && i < count; i++) {
        surveys[i].changes = tallies[i];
        surveys[i].looked[SURVEY_CHANGES] = true;
    }
    free(tallies);
}

/* --- what may keep somebody waiting --------------------------------------------------------- */

static void look_at_health(struct survey *survey)
{
    (void)health_check(survey->database, &survey->health);
    survey->looked[SURVEY_HEALTH] = survey->health != NULL;
}

static void take_replicas(struct survey *survey, const struct litestream_status *status)
{
    survey->replica_count = status->database.replica_count;
    for (int i = 0; i < survey->replica_count; i++) {
        const struct replica_status *replica = &status->replicas[i];
        struct survey_replica *taken = &survey->replicas[i];
        memcpy(taken->name, status->database.replicas[i].name, sizeof taken->name);
        taken->state = replica->state;
        taken->last_sync_ms = replica->last_sync_ms;
        taken->lag_ms = replica->lag_ms;
        taken->lag_bytes = replica->lag_bytes;
    }
    if (survey->replica_count == 0) {
        survey->replica_count = 1;
        survey->replicas[0] =
            (struct survey_replica){.state = status->state, .lag_ms = -1, .lag_bytes = -1};
    }
}

/* The databases share the time. One that needs less leaves the rest to the others. */
static void look_at_replication(const struct config *config, int64_t deadline_ms, size_t others,
                                struct survey *survey, struct litestream_status *status)
{
    struct error ignored;
    int64_t now_ms = timestamp_monotonic_ms();
    int64_t left_ms = deadline_ms - now_ms;
    int64_t share_ms = left_ms / (int64_t)(others + 1);
    raise_to(&share_ms, left_ms < LITTLE_MS ? left_ms : LITTLE_MS);
    survey->looked[SURVEY_REPLICATION] =
        left_ms >= TOO_LITTLE_MS &&
        litestream_status_read_until(config, survey->database, now_ms + share_ms, status,
                                     &ignored) == 0;
    if (survey->looked[SURVEY_REPLICATION]) {
        take_replicas(survey, status);
    }
}

static void look_at_all_replication(const struct config *config, int64_t deadline_ms, size_t count,
                                    struct survey *surveys)
{
    /* With all that an S3 replica has, too large for the stack of a small thread. */
    struct litestream_status *status = malloc(sizeof *status);
    for (size_t i = 0; status != NULL && i < count; i++) {
        look_at_replication(config, deadline_ms, count - 1 - i, &surveys[i], status);
    }
    free(status);
}

/* --- all of it ------------------------------------------------------------------------------ */

int survey_lock(const struct config *config, int *ret_fd, struct error *error)
{
    char live[PATH_MAX];
    char backups[PATH_MAX];
    char folder[PATH_MAX + sizeof "/" REPLICA_NOTES];
    *ret_fd = -1;
    int result = catalog_find_folders(config, live, backups, error);
    if (result < 0) {
        return result;
    }
    snprintf(folder, sizeof folder, "%s/" REPLICA_NOTES, backups);
    /* Where the folder is not there yet, there is little to look at. */
    int fd = file_open(AT_FDCWD, folder, O_RDONLY | O_DIRECTORY, error);
    if (fd >= 0 && file_try_lock(fd) != 0 && errno == EWOULDBLOCK) {
        file_close(fd);
        return error_set(error, ERR_BUSY, "Somebody else is looking right now. Ask again.");
    }
    *ret_fd = fd < 0 ? -1 : fd;
    return 0;
}

struct survey *survey_take(const struct config *config, const struct database *list, size_t count)
{
    int64_t start_ms = timestamp_monotonic_ms();
    struct survey *surveys = calloc(count + 1, sizeof *surveys);
    if (surveys == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        surveys[i].database = &list[i];
        look_at_backups(&surveys[i]);
        look_at_space(&surveys[i]);
        look_at_drill(config, &surveys[i]);
    }
    look_at_changes(config, list, count, surveys);
    for (size_t i = 0; i < count && timestamp_monotonic_ms() < start_ms + HEALTH_MS; i++) {
        look_at_health(&surveys[i]);
    }
    look_at_all_replication(config, start_ms + SURVEY_MS, count, surveys);
    return surveys;
}

void survey_free(struct survey *surveys, size_t count)
{
    for (size_t i = 0; surveys != NULL && i < count; i++) {
        cJSON_Delete(surveys[i].health);
    }
    free(surveys);
}
