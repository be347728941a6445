#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "metrics.h"

static const struct metrics_family family = {"lag_seconds", "A sentence.", {"database", "replica"}};
static const struct metrics_family plain = {"databases", "How many.", {NULL}};

/* What WRITE writes. */
static char *written(void (*write)(FILE *out))
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    write(out);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void expect(void (*write)(FILE *out), const char *expected)
{
    char *text = written(write);
    assert_string_equal(text, expected);
    free(text);
}

static void write_family(FILE *out)
{
    metrics_begin(out, &plain);
    metrics_integer(out, &plain, NULL, -1);
}

static void a_family_has_its_help_and_its_type(void **state)
{
    (void)state;
    expect(write_family, "# HELP camera_sheet_backup_databases How many.\n"
                         "# TYPE camera_sheet_backup_databases gauge\n"
                         "camera_sheet_backup_databases -1\n");
}

static void write_odd(FILE *out)
{
    const char *values[] = {"a\"b\\c\nx\xff", "Größe 写真"};
    metrics_integer(out, &family, values, INT64_MAX);
}

static void a_label_says_what_it_likes_and_stays_a_label(void **state)
{
    (void)state;
    expect(write_odd, "camera_sheet_backup_lag_seconds{database=\"a\\\"b\\\\c x?\","
                      "replica=\"Größe 写真\"} 9223372036854775807\n");
}

static void write_long(FILE *out)
{
    char value[5000];
    memset(value, '"', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    const char *values[] = {value, ""};
    metrics_integer(out, &family, values, 0);
}

static void a_long_label_is_cut_off_and_closed(void **state)
{
    (void)state;
    char *text = written(write_long);
    assert_true(strlen(text) < 700);
    assert_non_null(strstr(text, "\\\"\",replica=\"\"} 0\n"));
    free(text);
}

static void write_cut_character(FILE *out)
{
    char value[300];
    memset(value, 'x', sizeof value);
    /* The second byte of this one is the first that does not fit. */
    memcpy(value + 254, "ö", sizeof "ö");
    const char *values[] = {value, ""};
    metrics_integer(out, &family, values, 0);
}

static void a_character_that_is_cut_in_two_is_none(void **state)
{
    (void)state;
    char *text = written(write_cut_character);
    assert_non_null(strstr(text, "xxx?\",replica"));
    free(text);
}

static void write_seconds(FILE *out)
{
    const char *values[] = {"", ""};
    metrics_seconds(out, &family, values, 1736173800123);
    metrics_seconds(out, &family, values, 7);
    metrics_seconds(out, &family, values, -1500);
}

static void milliseconds_are_seconds(void **state)
{
    (void)state;
    expect(write_seconds,
           "camera_sheet_backup_lag_seconds{database=\"\",replica=\"\"} 1736173800.123\n"
           "camera_sheet_backup_lag_seconds{database=\"\",replica=\"\"} 0.007\n"
           "camera_sheet_backup_lag_seconds{database=\"\",replica=\"\"} -1.500\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_family_has_its_help_and_its_type),
        cmocka_unit_test(a_label_says_what_it_likes_and_stays_a_label),
        cmocka_unit_test(a_long_label_is_cut_off_and_closed),
        cmocka_unit_test(a_character_that_is_cut_in_two_is_none),
        cmocka_unit_test(milliseconds_are_seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
