#include "unit.h"

#include <string.h>

#include "timestamp.h"

static void writes_and_reads_each_form(void **state)
{
    static const struct {
        int64_t ms;
        enum timestamp_form form;
        const char *text;
        int64_t read_ms;
    } cases[] = {
        {1736173800123, TIMESTAMP_MILLISECONDS, "2025-01-06T14:30:00.123Z", 1736173800123},
        {1736173800123, TIMESTAMP_SECONDS, "2025-01-06T14:30:00Z", 1736173800000},
        {1736173800123, TIMESTAMP_FILENAME, "2025-01-06_14-30-00", 1736173800000},
        {0, TIMESTAMP_MILLISECONDS, "1970-01-01T00:00:00.000Z", 0},
        {1709164800000, TIMESTAMP_SECONDS, "2024-02-29T00:00:00Z", 1709164800000},
        {4102444799999, TIMESTAMP_MILLISECONDS, "2099-12-31T23:59:59.999Z", 4102444799999},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[TIMESTAMP_SIZE];
        int64_t ms = -1;
        timestamp_format(cases[i].ms, cases[i].form, text);
        assert_string_equal(text, cases[i].text);
        assert_true(timestamp_parse(text, strlen(text), cases[i].form, &ms));
        assert_int_equal(ms, cases[i].read_ms);
    }
}

static void refuses_what_no_calendar_has(void **state)
{
    static const char *const texts[] = {
        "2025-02-29T00:00:00Z", "2025-13-01T00:00:00Z", "2025-00-01T00:00:00Z",
        "2025-01-32T00:00:00Z", "2025-01-01T24:00:00Z", "2025-01-01T00:60:00Z",
        "2025-01-01t00:00:00Z", "2025-01-01T00:00:00",  "2025-01-01T00:00:00Zx",
        "1969-12-31T23:59:59Z", "+025-01-01T00:00:00Z", "",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        int64_t ms;
        if (timestamp_parse(texts[i], strlen(texts[i]), TIMESTAMP_SECONDS, &ms)) {
            fail_msg("\"%s\" was accepted", texts[i]);
        }
    }
}

static void reads_any_rfc_3339_time(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {
        {"2025-01-06T14:30:00Z", 1736173800000},
        {"2025-01-06t14:30:00z", 1736173800000},
        {"2025-01-06T14:30:00.5Z", 1736173800500},
        {"2025-01-06T14:30:00.123999Z", 1736173800123},
        {"2025-01-06T15:30:00+01:00", 1736173800000},
        {"2025-01-06T09:00:00.05-05:30", 1736173800050},
    };
    static const char *const bad[] = {
        "",
        "latest",
        "2025-01-06",
        "2025-01-06T14:30Z",
        "2025-01-06T14:30:00",
        "2025-01-06T14:30:00.Z",
        "2025-01-06T14:30:00Zx",
        "2025-01-06T14:30:00+0100",
        "2025-01-06T14:30:00+25:00",
        "2025-02-30T14:30:00Z",
        "2025-01-06 14:30:00Z ",
    };
    int64_t ms;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(timestamp_parse_rfc3339(cases[i].text, &ms));
        assert_int_equal(ms, cases[i].ms);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (timestamp_parse_rfc3339(bad[i], &ms)) {
            fail_msg("\"%s\" was accepted", bad[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_and_reads_each_form),
        cmocka_unit_test(refuses_what_no_calendar_has),
        cmocka_unit_test(reads_any_rfc_3339_time),
    };
    return cmocka_run_group_tests_name("timestamp", tests, NULL, NULL);
}
