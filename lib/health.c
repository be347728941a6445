#include "health.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "database.h"
#include "drill_record.h"
#include "file.h"
#include "human.h"
#include "json.h"
#include "sandbox.h"
#include "text.h"
#include "timestamp.h"

/* Long enough for a commit, short enough for a probe. */
enum { BUSY_TIMEOUT_MS = 500 };

/* A restore needs as much room again for its transaction, and as much for the safety backup. */
enum { ROOM_FACTOR = 2 };

/* Drills are made weekly: one that is late for a day is missed. */
#define DRILL_AGE_MAX_MS (INT64_C(8) * 24 * 60 * 60 * 1000)

static const char *const status_names[] = {
    [HEALTH_OK] = "ok", [HEALTH_DEGRADED] = "degraded", [HEALTH_FAILING] = "failing"};

struct report {
    cJSON *checks;
    enum health_status worst;
};

static void add(struct report *report, const char *name, enum health_status status,
                const char *format, ...) __attribute__((format(printf, 4, 5)));

static void add(struct report *report, const char *name, enum health_status status,
                const char *format, ...)
{
    char detail[ERROR_DETAIL_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(detail, sizeof detail, format, arguments);
    va_end(arguments);
    cJSON *check = cJSON_AddObjectToObject(report->checks, name);
    json_add_text(check, "status", status_names[status]);
    json_add_text(check, "detail", detail);
    if (status > report->worst) {
        report->worst = status;
    }
}

static void check_database(struct report *report, const struct database *database)
{
    struct error error;
    sqlite3 *db = NULL;
    int64_t tables = 0;
    bool is_wal = false;
    int result = catalog_require_file(database, &error);
    if (result == 0) {
        result = database_open_live(database->path, DATABASE_LOOK, BUSY_TIMEOUT_MS, &db, &error);
    }
    if (result == 0) {
        result = database_number(db, "SELECT count(*) FROM sqlite_schema", &tables, &error);
    }
    if (result == 0) {
        result = database_is_wal(db, &is_wal, &error);
    }
    if (result == 0) {
        result = database_was_left_alone(db, &error);
    }
    database_close(db);
    if (result == ERR_BUSY) {
        add(report, "database", HEALTH_DEGRADED, "%s", error.detail);
    } else if (result < 0) {
        add(report, "database", HEALTH_FAILING, "%s", error.detail);
    } else {
        add(report, "database", HEALTH_OK, "%s",
            is_wal ? "Readable, in WAL mode."
                   : "Readable. It is not in WAL mode: writers wait while a backup is taken.");
    }
}

static void check_folder(struct report *report, const char *folder)
{
    if (access(folder, R_OK | W_OK | X_OK) == 0) {
        add(report, "backups_folder", HEALTH_OK, "Readable and writable.");
    } else {
        add(report, "backups_folder", HEALTH_FAILING, "%s cannot be written to: %s.", folder,
            strerror(errno));
    }
}

static void check_room(struct report *report, const struct database *database)
{
    struct file_space space;
    struct error error;
    struct stat live;
    int64_t size = stat(database->path, &live) == 0 ? live.st_size : 0;
    if (catalog_space(database, &space, &error) < 0) {
        add(report, "free_space", HEALTH_DEGRADED, "%s", error.detail);
        return;
    }
    bool enough = space.available >= ROOM_FACTOR * size;
    char available_text[HUMAN_SIZE_SIZE];
    char size_text[HUMAN_SIZE_SIZE];
    human_size(space.available, available_text);
    human_size(size, size_text);
    add(report, "free_space", enough ? HEALTH_OK : HEALTH_DEGRADED,
        "%s free; the database has %s.%s", available_text, size_text,
        enough ? "" : " A restore needs twice the database: delete old backups.");
}

/* Counts the .db files that lie in the folder under names that are never listed. */
static int count_if_ignored(const char *name, void *context)
{
    int *ignored = context;
    struct error error;
    if (name[0] != '.' && text_ends_with(name, ".db") && filename_check(name, &error) < 0) {
        (*ignored)++;
    }
    return 0;
}

static void add_newest(struct report *report, const struct backup *list, size_t count)
{
    if (count == 0) {
        add(report, "newest_backup", HEALTH_OK, "There is no backup yet.");
        return;
    }
    char age[HUMAN_AGE_SIZE];
    human_age(timestamp_now_ms() - list[0].created_ms, age);
    add(report, "newest_backup", HEALTH_OK, "%s, made %s; %zu in all.", list[0].filename, age,
        count);
}

static void add_files(struct report *report, const struct backup *list, size_t count, int ignored)
{
    int damaged = 0;
    for (size_t i = 0; i < count; i++) {
        damaged += list[i].record == RECORD_DAMAGED;
    }
    if (damaged > 0) {
        add(report, "manifests", HEALTH_DEGRADED,
            "%d cannot be read. Their backups are left alone by retention.", damaged);
    }
    if (ignored > 0) {
        add(report, "ignored_files", HEALTH_DEGRADED,
            "%d .db files in the backups folder have names that cannot be used. Rename them.",
            ignored);
    }
}

static void check_backups(struct report *report, const struct database *database)
{
    struct backup *list;
    size_t count;
    struct error error;
    int result = catalog_list_backups(database, &list, &count, &error);
    if (result < 0) {
        add(report, "newest_backup", HEALTH_FAILING, "%s", error.detail);
    } else {
        add_newest(report, list, count);
        char folder[PATH_MAX];
        int ignored = 0;
        catalog_backups_folder(database, folder);
        (void)file_each(AT_FDCWD, folder, count_if_ignored, &ignored, &error);
        add_files(report, list, count, ignored);
    }
    free(list);
}

static void add_failed_drill(struct report *report, const struct drill_record *record)
{
    char age[HUMAN_AGE_SIZE];
    char proven_age[HUMAN_AGE_SIZE] = "never";
    human_age(timestamp_now_ms() - record->last_ms, age);
    if (record->last_proven_ms > 0) {
        human_age(timestamp_now_ms() - record->last_proven_ms, proven_age);
    }
    add(report, "restore_drill", HEALTH_DEGRADED,
        "The last restore drill failed %s: %.700s The last one that proved the replica: %s.", age,
        record->detail, proven_age);
}

/* What was recorded: the replica itself is not asked. */
static void check_drill(struct report *report, const struct database *database)
{
    struct drill_record record;
    struct error error;
    int result = drill_record_read(database, &record, &error);
    int64_t age_ms = timestamp_now_ms() - record.last_proven_ms;
    char age[HUMAN_AGE_SIZE];
    human_age(age_ms, age);
    if (result < 0) {
        add(report, "restore_drill", HEALTH_DEGRADED, "%s", error.detail);
    } else if (record.last_ms == 0) {
        add(report, "restore_drill", HEALTH_OK, "No restore drill was made yet.");
    } else if (!record.proven) {
        add_failed_drill(report, &record);
    } else {
        bool is_old = age_ms > DRILL_AGE_MAX_MS;
        add(report, "restore_drill", is_old ? HEALTH_DEGRADED : HEALTH_OK,
            "Proven restorable %s, from %.700s.%s", age, record.replica.url,
            is_old ? " It is time for another restore drill." : "");
    }
}

static void check_sandbox(struct report *report)
{
    bool available = sandbox_is_available();
    add(report, "sandbox", available ? HEALTH_OK : HEALTH_DEGRADED, "%s",
        available ? "Each program is confined to what it needs (Landlock)."
                  : "This kernel has no Landlock: the programs are not confined.");
}

static enum health_status conclude(struct report *report, cJSON **ret_report)
{
    *ret_report = cJSON_CreateObject();
    json_add_text(*ret_report, "status", status_names[report->worst]);
    cJSON_AddItemToObject(*ret_report, "checks", report->checks);
    return report->worst;
}

enum health_status health_check(const struct database *database, cJSON **ret_report)
{
    char folder[PATH_MAX];
    struct report report = {.checks = cJSON_CreateObject()};
    catalog_existing_folder(database, folder);
    check_database(&report, database);
    check_folder(&report, folder);
    check_room(&report, database);
    check_backups(&report, database);
    check_drill(&report, database);
    check_sandbox(&report);
    return conclude(&report, ret_report);
}

enum health_status health_of_none(const struct error *error, cJSON **ret_report)
{
    struct report report = {.checks = cJSON_CreateObject()};
    add(&report, "database", HEALTH_FAILING, "%s", error->detail);
    return conclude(&report, ret_report);
}
