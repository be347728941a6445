#include "unit.h"

#include <stdlib.h>

#include "points.h"

static void take(struct points_collection *collection, int64_t time_ms)
{
    struct point point = {.time_ms = time_ms, .kind = LAYOUT_SEGMENT};
    points_add(collection, &point);
}

static void keeps_the_newest_in_whatever_order_they_come(void **state)
{
    static struct points points;
    struct points_query query = {.limit = 10};
    struct points_collection collection = {.query = &query, .points = &points};
    (void)state;
    points = (struct points){.from_ms = 1000, .to_ms = 60000};
    for (int64_t i = 0; i < 100000; i++) {
        take(&collection, i * 7919 % 100000);
    }
    points_finish(&collection);
    assert_int_equal(points.count, 10);
    assert_true(points.truncated);
    for (int64_t i = 0; i < 10; i++) {
        assert_int_equal(points.newest[i].time_ms, 60000 - i);
    }
    assert_int_equal(collection.total, 59001);
}

static void counts_every_point_in_one_interval(void **state)
{
    static struct points points;
    struct points_query query = {.limit = 1, .intervals = 7};
    struct points_collection collection = {.query = &query, .points = &points};
    int64_t sum = 0;
    (void)state;
    points = (struct points){.from_ms = 500, .to_ms = 999};
    for (int64_t i = 0; i < 2000; i++) {
        take(&collection, i);
    }
    points_finish(&collection);
    for (int i = 0; i < 7; i++) {
        assert_in_range(points.interval_counts[i], 71, 72);
        sum += points.interval_counts[i];
    }
    assert_int_equal(sum, 500);
    assert_int_equal(sum, collection.total);
}

static void a_range_of_one_moment_is_a_range(void **state)
{
    static struct points points;
    struct points_query query = {.limit = 5, .intervals = 3};
    struct points_collection collection = {.query = &query, .points = &points};
    (void)state;
    points = (struct points){.from_ms = 42, .to_ms = 42};
    take(&collection, 41);
    take(&collection, 42);
    take(&collection, 43);
    points_finish(&collection);
    assert_int_equal(points.count, 1);
    assert_false(points.truncated);
    assert_int_equal(points.interval_counts[0], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_the_newest_in_whatever_order_they_come),
        cmocka_unit_test(counts_every_point_in_one_interval),
        cmocka_unit_test(a_range_of_one_moment_is_a_range),
    };
    return cmocka_run_group_tests_name("points", tests, NULL, NULL);
}
