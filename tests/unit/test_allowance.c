#include "unit.h"

#include <sqlite3.h>

#include "allowance.h"

static sqlite3 *db;

static int set_up(void **state)
{
    (void)state;
    return sqlite3_open(":memory:", &db);
}

static int tear_down(void **state)
{
    (void)state;
    return sqlite3_close(db);
}

static int run(const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

static void time_grows_with_the_file(void **state)
{
    (void)state;
    assert_int_equal(allowance_seconds(0), 5);
    assert_int_equal(allowance_seconds((int64_t)80 << 20), 15);
    assert_in_range(allowance_seconds((int64_t)10 << 30), 1200, 1400);
}

static void a_statement_that_never_ends_is_interrupted(void **state)
{
    (void)state;
    allowance_stop_at(db, allowance_deadline(0));
    assert_int_equal(run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
                         "SELECT count(*) FROM n"),
                     SQLITE_INTERRUPT);
}

static void memory_has_an_end_and_is_told_from_a_lack_of_it(void **state)
{
    (void)state;
    allowance_apply(db, 0);
    assert_int_equal(run("SELECT length(randomblob(1000000))"), SQLITE_OK);
    assert_false(allowance_refused_memory());
    assert_int_equal(run("SELECT length(randomblob(100000000))"), SQLITE_NOMEM);
    assert_true(allowance_refused_memory());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(time_grows_with_the_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_statement_that_never_ends_is_interrupted, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(memory_has_an_end_and_is_told_from_a_lack_of_it, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
