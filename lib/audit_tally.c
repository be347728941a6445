#include "audit_tally.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "audit.h"
#include "json.h"

/* Lines stand in the order in which they were written. That of a change whose program was killed is
 * written late, and the clock may have been set back: as many older ones in a row are the end. */
enum { OLDER_IN_A_ROW = 500 };

struct counting {
    const struct database *list;
    size_t list_count;
    int64_t since_ms;
    struct audit_tally *tallies;
    int older;
};

/* What is written into a label must be one of this program's own words. */
static bool is_word(const char *text)
{
    size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz-");
    return length > 0 && length < AUDIT_WORD_SIZE && text[length] == '\0';
}

static void count_one(struct audit_tally *tally, const char *action, const char *result)
{
    size_t i = 0;
    while (i < tally->count && (strcmp(tally->rows[i].action, action) != 0 ||
                                strcmp(tally->rows[i].result, result) != 0)) {
        i++;
    }
    if (i == AUDIT_TALLY_MAX) {
        return;
    }
    struct audit_tally_row *row = &tally->rows[i];
    if (i == tally->count) {
        snprintf(row->action, sizeof row->action, "%s", action);
        snprintf(row->result, sizeof row->result, "%s", result);
        tally->count++;
    }
    row->count++;
}

/* When the change ended; 0 if that cannot be told. */
static int64_t end_of(const cJSON *entry)
{
    const char *time = json_text(entry, "time", "");
    int64_t begin_ms = 0;
    int64_t duration_ms = json_integer(entry, "duration_ms", 0);
    return timestamp_parse(time, strlen(time), TIMESTAMP_MILLISECONDS, &begin_ms) &&
                   duration_ms >= 0 && duration_ms < TIMESTAMP_LAST_MS
               ? begin_ms + duration_ms
               : 0;
}

static void count_entry(const struct counting *counting, const cJSON *entry)
{
    const char *database = json_text(entry, "database", "");
    const char *action = json_text(entry, "action", "");
    const char *result = json_text(entry, "result", "");
    for (size_t i = 0; i < counting->list_count; i++) {
        if (strcmp(counting->list[i].name, database) == 0 && is_word(action) && is_word(result)) {
            count_one(&counting->tallies[i], action, result);
        }
    }
}

static bool visit(void *context, const cJSON *entry)
{
    struct counting *counting = context;
    if (end_of(entry) < counting->since_ms) {
        return ++counting->older < OLDER_IN_A_ROW;
    }
    counting->older = 0;
    count_entry(counting, entry);
    return true;
}

int audit_tally(const struct config *config, const struct database *list, size_t count,
                int64_t since_ms, struct audit_tally *tallies, struct error *error)
{
    struct counting counting = {
        .list = list, .list_count = count, .since_ms = since_ms, .tallies = tallies};
    return audit_each(config, visit, &counting, error);
}
