#include "unit.h"

#include <stdbool.h>
#include <string.h>

#include "retention.h"
#include "timestamp.h"

enum { MOST = 64 };

/* Decides for backups made at these moments, the newest first, and tells what stays, "x" for each
 * that goes. SPARED_MARKS has an "s" for each that must stay. */
static void decide_sparing(const char *const *moments, const struct config_keep *keep,
                           const char *spared_marks, char *ret_kept)
{
    static struct backup list[MOST];
    bool spared[MOST] = {false};
    bool removes[MOST];
    size_t count = 0;
    for (; moments[count] != NULL; count++) {
        assert_true(timestamp_parse(moments[count], strlen(moments[count]), TIMESTAMP_SECONDS,
                                    &list[count].created_ms));
    }
    for (size_t i = 0; spared_marks[i] != '\0'; i++) {
        spared[i] = spared_marks[i] == 's';
    }
    retention_decide(list, count, keep, spared, removes);
    for (size_t i = 0; i < count; i++) {
        ret_kept[i] = removes[i] ? 'x' : '.';
    }
    ret_kept[count] = '\0';
}

static void decide(const char *const *moments, const struct config_keep *keep, char *ret_kept)
{
    decide_sparing(moments, keep, "", ret_kept);
}

static void keeps_the_newest(void **state)
{
    static const char *const moments[] = {"2025-01-06T14:30:00Z", "2025-01-06T14:29:00Z",
                                          "2025-01-05T00:00:00Z", "2024-01-01T00:00:00Z", NULL};
    char kept[MOST + 1];
    (void)state;
    decide(moments, &(struct config_keep){.last = 2}, kept);
    assert_string_equal(kept, "..xx");
    decide(moments, &(struct config_keep){.last = 10}, kept);
    assert_string_equal(kept, "....");
}

static void what_is_spared_takes_a_place(void **state)
{
    static const char *const moments[] = {"2025-01-06T14:30:00Z", "2025-01-06T14:29:00Z",
                                          "2025-01-05T00:00:00Z", "2024-01-01T00:00:00Z", NULL};
    char kept[MOST + 1];
    (void)state;
    decide_sparing(moments, &(struct config_keep){.last = 2}, "---s", kept);
    assert_string_equal(kept, ".xx.");
    decide_sparing(moments, &(struct config_keep){.last = 2}, "s---", kept);
    assert_string_equal(kept, "..xx");
    decide_sparing(moments, &(struct config_keep){.last = 1}, "s--s", kept);
    assert_string_equal(kept, ".xx.");
}

static void keeps_the_last_one_of_each_day(void **state)
{
    static const char *const moments[] = {"2025-01-06T23:59:59Z",
                                          "2025-01-06T00:00:00Z",
                                          "2025-01-05T12:00:00Z",
                                          "2025-01-05T11:00:00Z",
                                          "2025-01-02T11:00:00Z",
                                          "2025-01-01T11:00:00Z",
                                          NULL};
    char kept[MOST + 1];
    (void)state;
    /* Days that have none do not count. */
    decide(moments, &(struct config_keep){.daily = 3}, kept);
    assert_string_equal(kept, ".x.x.x");
}

static void weeks_begin_on_monday(void **state)
{
    /* 2025-01-06 is a Monday. */
    static const char *const moments[] = {"2025-01-06T00:00:00Z", "2025-01-05T23:59:59Z",
                                          "2024-12-30T00:00:00Z", "2024-12-29T23:59:59Z",
                                          "2024-12-22T00:00:00Z", NULL};
    char kept[MOST + 1];
    (void)state;
    decide(moments, &(struct config_keep){.weekly = 3}, kept);
    assert_string_equal(kept, "..x.x");
}

static void months_are_those_of_the_calendar(void **state)
{
    static const char *const moments[] = {"2025-03-01T00:00:00Z", "2025-02-28T23:59:59Z",
                                          "2025-02-01T00:00:00Z", "2025-01-31T00:00:00Z",
                                          "2024-01-15T00:00:00Z", NULL};
    char kept[MOST + 1];
    (void)state;
    decide(moments, &(struct config_keep){.monthly = 4}, kept);
    assert_string_equal(kept, "..x..");
}

static void what_one_rule_keeps_no_other_removes(void **state)
{
    static const char *const moments[] = {
        "2025-03-10T02:00:00Z", "2025-03-09T02:00:00Z", "2025-03-08T02:00:00Z",
        "2025-03-02T02:00:00Z", "2025-02-28T02:00:00Z", "2025-02-27T02:00:00Z",
        "2025-01-31T02:00:00Z", "2024-12-31T02:00:00Z", NULL};
    char kept[MOST + 1];
    (void)state;
    decide(moments, &(struct config_keep){.daily = 2, .weekly = 3, .monthly = 3}, kept);
    assert_string_equal(kept, "..x..x.x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_the_newest),
        cmocka_unit_test(what_is_spared_takes_a_place),
        cmocka_unit_test(keeps_the_last_one_of_each_day),
        cmocka_unit_test(weeks_begin_on_monday),
        cmocka_unit_test(months_are_those_of_the_calendar),
        cmocka_unit_test(what_one_rule_keeps_no_other_removes),
    };
    return cmocka_run_group_tests_name("retention", tests, NULL, NULL);
}
