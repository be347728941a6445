#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "drill_compare.h"

static struct drill_spans live;
static struct error error;

static int tear_down(void **state)
{
    (void)state;
    drill_spans_free(&live);
    return 0;
}

/* Up to three tables, by name; one without a name is none. */
struct some {
    struct {
        const char *name;
        int64_t rows;
    } tables[3];
};

static struct row_counts counts_of(const struct some *some)
{
    struct row_counts counts = {.items = calloc(3, sizeof *counts.items)};
    assert_non_null(counts.items);
    while (counts.count < 3 && some->tables[counts.count].name != NULL) {
        counts.items[counts.count] = (struct row_count){strdup(some->tables[counts.count].name),
                                                        some->tables[counts.count].rows};
        counts.count++;
    }
    return counts;
}

#define SOME(...) (&(struct some){.tables = {__VA_ARGS__}})

static void look(const struct some *some)
{
    struct row_counts counts = counts_of(some);
    assert_int_equal(drill_spans_look(&live, &counts, &error), 0);
    row_counts_free(&counts);
}

static bool fits(const struct some *some, bool is_between)
{
    struct row_counts counts = counts_of(some);
    int result = drill_compare(&live, &counts, is_between, &error);
    row_counts_free(&counts);
    assert_true(result == 0 || result == ERR_POINT);
    return result == 0;
}

static void a_table_at_rest_has_every_row(void **state)
{
    (void)state;
    look(SOME({"cue", 10}, {"light", 0}));
    look(SOME({"cue", 10}, {"light", 0}));
    assert_true(fits(SOME({"cue", 10}, {"light", 0}), true));
    assert_false(fits(SOME({"cue", 9}, {"light", 0}), true));
    assert_string_equal(error.detail,
                        "The table cue came back with 9 rows; the live database has 10.");
    assert_false(fits(SOME({"cue", 11}, {"light", 0}), true));
    assert_false(fits(SOME({"cue", 10}, {"light", 1}), true));
}

static void one_that_moves_has_as_many_as_it_had_meanwhile(void **state)
{
    (void)state;
    look(SOME({"cue", 100}));
    look(SOME({"cue", 110}));
    assert_true(fits(SOME({"cue", 105}), true));
    assert_true(fits(SOME({"cue", 90}), true));
    assert_true(fits(SOME({"cue", 120}), true));
    assert_false(fits(SOME({"cue", 89}), true));
    assert_string_equal(error.detail, "The table cue came back with 89 rows; the live database had "
                                      "100 to 110 while it was compared.");
    assert_false(fits(SOME({"cue", 121}), true));
    /* Another look shows how far it goes. */
    look(SOME({"cue", 90}));
    assert_true(fits(SOME({"cue", 70}), true));
    assert_false(fits(SOME({"cue", 50}), true));
}

static void a_table_that_stayed_comes_back(void **state)
{
    (void)state;
    look(SOME({"cue", 0}, {"light", 5}));
    look(SOME({"cue", 0}, {"light", 5}));
    assert_false(fits(SOME({"light", 5}), true));
    assert_string_equal(error.detail, "The table cue did not come back.");
    assert_false(fits(SOME({"light", 5}), false));
    assert_false(fits(SOME({NULL, 0}), true));
}

static void one_that_was_made_or_dropped_meanwhile_may(void **state)
{
    (void)state;
    look(SOME({"cue", 1}, {"dropped", 1}));
    look(SOME({"cue", 1}, {"made", 1}));
    look(SOME({"cue", 1}, {"made", 1}, {"zoom", 1}));
    assert_int_equal(live.count, 4);
    assert_true(fits(SOME({"cue", 1}), true));
    assert_true(fits(SOME({"cue", 1}, {"dropped", 1}), true));
    assert_true(fits(SOME({"cue", 1}, {"made", 1}, {"zoom", 1}), true));
}

static void one_that_never_was_does_not(void **state)
{
    (void)state;
    look(SOME({"cue", 1}));
    assert_false(fits(SOME({"cue", 1}, {"light", 0}), true));
    assert_string_equal(error.detail,
                        "The table light came back, which the live database does not have.");
    /* It may have been dropped since. */
    assert_true(fits(SOME({"cue", 1}, {"light", 0}), false));
}

static void of_a_replica_that_lags_half_is_asked(void **state)
{
    (void)state;
    look(SOME({"cue", 101}, {"light", 1}));
    look(SOME({"cue", 103}, {"light", 1}));
    assert_true(fits(SOME({"cue", 51}, {"light", 1}), false));
    assert_false(fits(SOME({"cue", 50}, {"light", 1}), false));
    assert_true(fits(SOME({"cue", 1000}, {"light", 1}), false));
    assert_false(fits(SOME({"cue", 101}, {"light", 0}), false));
}

static void virtual_tables_are_there_and_not_counted(void **state)
{
    (void)state;
    look(SOME({"cue", 1}, {"search", -1}));
    assert_true(fits(SOME({"cue", 1}, {"search", -1}), true));
    assert_true(fits(SOME({"cue", 1}, {"search", 7}), true));
    assert_false(fits(SOME({"cue", 1}), true));
}

static void a_database_may_have_no_table(void **state)
{
    (void)state;
    look(SOME({NULL, 0}));
    look(SOME({"made", 1}));
    assert_true(fits(SOME({NULL, 0}), true));
    assert_true(fits(SOME({"made", 0}), true));
}

#define TEST(function) cmocka_unit_test_teardown(function, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_table_at_rest_has_every_row),
        TEST(one_that_moves_has_as_many_as_it_had_meanwhile),
        TEST(a_table_that_stayed_comes_back),
        TEST(one_that_was_made_or_dropped_meanwhile_may),
        TEST(one_that_never_was_does_not),
        TEST(of_a_replica_that_lags_half_is_asked),
        TEST(virtual_tables_are_there_and_not_counted),
        TEST(a_database_may_have_no_table),
    };
    return cmocka_run_group_tests_name("drill_compare", tests, NULL, NULL);
}
