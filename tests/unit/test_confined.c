#include "unit.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "confined.h"

/* Long enough for anything here but what never ends. */
enum { SECONDS = 1 };

static struct error error;

static void add_one(void *context)
{
    int *number = context;
    *number += 1;
}

static void never_end(void *context)
{
    volatile int *number = context;
    for (;;) {
        *number += 1;
    }
}

static void crash(void *context)
{
    (void)context;
    /* The tests' own handler would take it for a failure. */
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
}

static void be_killed(void *context)
{
    (void)context;
    raise(SIGKILL);
}

static void what_is_done_to_shared_memory_is_seen(void **state)
{
    (void)state;
    int *shared = confined_memory(sizeof *shared);
    int own = 1;
    assert_int_equal(*shared, 0);
    assert_int_equal(confined_call(add_one, shared, SECONDS, "It", &error), 0);
    assert_int_equal(confined_call(add_one, shared, SECONDS, "It", &error), 0);
    assert_int_equal(*shared, 2);
    assert_int_equal(confined_call(add_one, &own, SECONDS, "It", &error), 0);
    assert_int_equal(own, 1);
    confined_free(shared, sizeof *shared);
}

static void what_never_ends_is_ended(void **state)
{
    (void)state;
    int number = 0;
    assert_int_equal(confined_call(never_end, &number, SECONDS, "The check of x.db", &error),
                     ERR_DAMAGED);
    assert_string_equal(error.detail, "The check of x.db did not end within 1 seconds of processor "
                                      "time, as that of a whole file does.");
}

static void a_crash_is_nobody_elses(void **state)
{
    (void)state;
    assert_int_equal(confined_call(crash, NULL, SECONDS, "It", &error), ERR_DAMAGED);
    assert_non_null(strstr(error.detail, "It crashed"));
}

/* Not the file's fault: an operator, or a machine without memory. */
static void one_that_somebody_killed_can_be_tried_again(void **state)
{
    (void)state;
    assert_int_equal(confined_call(be_killed, NULL, SECONDS, "It", &error), ERR_UNAVAILABLE);
}

static void in_place_it_is_called_all_the_same(void **state)
{
    (void)state;
    int number = 0;
    assert_int_equal(confined_call(add_one, &number, SECONDS, "It", &error), 0);
    assert_int_equal(number, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_done_to_shared_memory_is_seen),
        cmocka_unit_test(what_never_ends_is_ended),
        cmocka_unit_test(a_crash_is_nobody_elses),
        cmocka_unit_test(one_that_somebody_killed_can_be_tried_again),
    };
    const struct CMUnitTest tests_in_place[] = {
        cmocka_unit_test(in_place_it_is_called_all_the_same),
    };
    return CONFINED_IN_PLACE ? cmocka_run_group_tests(tests_in_place, NULL, NULL)
                             : cmocka_run_group_tests(tests, NULL, NULL);
}
