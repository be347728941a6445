#include "retention.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "file.h"
#include "timestamp.h"

enum { MS_PER_DAY = 86400000 };

/* 1970-01-01 was a Thursday; weeks begin on Monday. */
enum { DAYS_FROM_MONDAY_TO_EPOCH = 3 };

static int64_t day_of(int64_t ms)
{
    return ms / MS_PER_DAY;
}

static int64_t week_of(int64_t ms)
{
    return (ms / MS_PER_DAY + DAYS_FROM_MONDAY_TO_EPOCH) / 7;
}

static int64_t month_of(int64_t ms)
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm parts;
    gmtime_r(&seconds, &parts);
    return (int64_t)parts.tm_year * 12 + parts.tm_mon;
}

/* Keeps the newest backup of each of the last LIMIT periods that have one. */
static void keep_by_period(const struct backup *list, size_t count, int64_t (*period_of)(int64_t),
                           int limit, bool *removes)
{
    int periods = 0;
    int64_t last = -1;
    for (size_t i = 0; i < count && periods < limit; i++) {
        int64_t period = period_of(list[i].created_ms);
        if (period != last) {
            removes[i] = false;
            last = period;
            periods++;
        }
    }
}

/* Keeps those that are spared, and the newest of the others in the places that these leave. */
static void keep_last(size_t count, int limit, const bool *spared, bool *removes)
{
    int places = limit;
    for (size_t i = 0; i < count; i++) {
        places -= spared[i];
    }
    for (size_t i = 0; i < count; i++) {
        removes[i] = !spared[i] && places-- <= 0;
    }
}

void retention_decide(const struct backup *list, size_t count, const struct config_keep *keep,
                      const bool *spared, bool *removes)
{
    keep_last(count, keep->last, spared, removes);
    keep_by_period(list, count, day_of, keep->daily, removes);
    keep_by_period(list, count, week_of, keep->weekly, removes);
    keep_by_period(list, count, month_of, keep->monthly, removes);
}

static bool is_subject(const struct backup *backup, enum backup_kind kind, int64_t now_ms)
{
    enum backup_kind named_kind;
    int64_t second_ms;
    unsigned number;
    return backup->kind == kind && !backup->pinned && backup->record != RECORD_DAMAGED &&
           backup->created_ms <= now_ms &&
           filename_parse(backup->filename, &named_kind, &second_ms, &number);
}

/* Moves the backups that retention may remove to the front, in their order. */
static size_t select_subjects(struct backup *list, size_t count, enum backup_kind kind)
{
    int64_t now_ms = timestamp_now_ms();
    size_t selected = 0;
    for (size_t i = 0; i < count; i++) {
        if (is_subject(&list[i], kind, now_ms)) {
            list[selected++] = list[i];
        }
    }
    return selected;
}

static bool is_spared(const struct backup *backup, const char *const *spared)
{
    for (; *spared != NULL; spared++) {
        if (strcmp(*spared, backup->filename) == 0) {
            return true;
        }
    }
    return false;
}

static int remove_decided(const struct store *store, const struct backup *list, size_t count,
                          const bool *removes, struct error *error)
{
    int result = 0;
    for (size_t i = 0; i < count && result == 0; i++) {
        if (removes[i]) {
            result = store_remove(store, &list[i], error);
        }
    }
    return result;
}

static int apply_locked(const struct store *store, enum backup_kind kind,
                        const struct config_keep *keep, const char *const *spared,
                        struct error *error)
{
    struct backup *list;
    size_t count;
    int result = store_list(store, &list, &count, error);
    if (result < 0) {
        return result;
    }
    count = select_subjects(list, count, kind);
    bool *stays = calloc(count + 1, sizeof *stays);
    bool *removes = calloc(count + 1, sizeof *removes);
    if (stays == NULL || removes == NULL) {
        result = error_memory(error);
    } else {
        for (size_t i = 0; i < count; i++) {
            stays[i] = is_spared(&list[i], spared);
        }
        retention_decide(list, count, keep, stays, removes);
        result = remove_decided(store, list, count, removes, error);
    }
    free(removes);
    free(stays);
    free(list);
    return result;
}

int retention_apply(const struct store *store, enum backup_kind kind,
                    const struct config_keep *keep, const char *const *spared, struct error *error)
{
    int lock_fd = store_lock(store, STORE_LOCK, error);
    if (lock_fd < 0) {
        return lock_fd;
    }
    int result = apply_locked(store, kind, keep, spared, error);
    file_close(lock_fd);
    return result;
}
