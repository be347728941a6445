#include "unit.h"

#include <fcntl.h>
#include <stdlib.h>

#include "file.h"
#include "litestream_metrics.h"

static char *load(const char *path)
{
    char *text;
    struct error error;
    assert_int_equal(file_read(AT_FDCWD, path, 1 << 20, &text, &error), 0);
    return text;
}

static void reads_recorded_positions(void **state)
{
    struct litestream_metrics metrics = {load("tests/data/litestream/metrics.txt")};
    struct layout_position position;
    (void)state;
    assert_true(
        litestream_metrics_position(&metrics, "/data/camera_assignments.db", "cloud", &position));
    assert_int_equal(position.index, 10);
    assert_int_equal(position.offset, 8272);
    assert_true(litestream_metrics_position(&metrics, "/data/second_show.db", "s3", &position));
    assert_int_equal(position.index, 0);
    assert_int_equal(position.offset, 1660392);
    assert_false(litestream_metrics_position(&metrics, "/data/second_show.db", "cloud", &position));
    assert_false(litestream_metrics_position(&metrics, "/data/second", "s3", &position));
    litestream_metrics_free(&metrics);
}

static void misses_what_is_absent_after_a_restart(void **state)
{
    struct litestream_metrics metrics = {load("tests/data/litestream/metrics-after-restart.txt")};
    struct layout_position position;
    (void)state;
    assert_false(litestream_metrics_position(&metrics, "/data/second_show.db", "s3", &position));
    assert_true(
        litestream_metrics_position(&metrics, "/data/camera_assignments.db", "cloud", &position));
    litestream_metrics_free(&metrics);
}

static void reads_labels_whatever_is_in_them(void **state)
{
    static const char text[] = "# HELP g x\n"
                               "g{db=\"/a\\\"b\\\\c,}\\n\",name=\"s3\"} 1.5e+03\n"
                               "g{name=\"s3\",db=\"/z\",more=\"\"} 7\n"
                               "gx{db=\"/g\",name=\"s3\"} 8\n"
                               "g{db=\"/neg\",name=\"s3\"} -1\n"
                               "g{db=\"/nan\",name=\"s3\"} NaN\n"
                               "g{db=\"/cut\",name=\"s3";
    double value;
    (void)state;
    assert_true(litestream_metrics_gauge(text, "g", "/a\"b\\c,}\n", "s3", &value));
    assert_true(value == 1500);
    assert_true(litestream_metrics_gauge(text, "g", "/z", "s3", &value));
    assert_true(value == 7);
    assert_false(litestream_metrics_gauge(text, "g", "/g", "s3", &value));
    assert_false(litestream_metrics_gauge(text, "g", "/neg", "s3", &value));
    assert_false(litestream_metrics_gauge(text, "g", "/nan", "s3", &value));
    assert_false(litestream_metrics_gauge(text, "g", "/cut", "s3", &value));
    assert_false(litestream_metrics_gauge("", "g", "/z", "s3", &value));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_recorded_positions),
        cmocka_unit_test(misses_what_is_absent_after_a_restart),
        cmocka_unit_test(reads_labels_whatever_is_in_them),
    };
    return cmocka_run_group_tests_name("litestream_metrics", tests, NULL, NULL);
}
