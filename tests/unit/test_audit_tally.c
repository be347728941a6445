#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "audit_folder.h"
#include "audit_log.h"
#include "audit_tally.h"
#include "timestamp.h"

enum { HOUR_MS = 3600 * 1000, SINCE_MS = 100 * HOUR_MS };

static struct error error;
static struct database list[2];
static struct audit_tally tallies[2];

static int set_up(void **state)
{
    (void)state;
    strcpy(list[0].name, "show");
    strcpy(list[1].name, "gala");
    memset(tallies, 0, sizeof tallies);
    return make_audit_folder();
}

static void add(const char *line)
{
    assert_int_equal(audit_log_append(audit_fd, line, &error), 0);
}

/* A change of DATABASE that began at BEGIN_MS and took DURATION (a JSON value). */
static void add_change(const char *database, const char *action, const char *result,
                       int64_t begin_ms, const char *duration)
{
    char line[500];
    char time[TIMESTAMP_SIZE];
    timestamp_format(begin_ms, TIMESTAMP_MILLISECONDS, time);
    snprintf(line, sizeof line,
             "{\"time\":\"%s\",\"action\":\"%s\",\"database\":\"%s\",\"result\":\"%s\","
             "\"duration_ms\":%s}",
             time, action, database, result, duration);
    add(line);
}

static void tally(void)
{
    assert_int_equal(audit_tally(&config, list, 2, SINCE_MS, tallies, &error), 0);
}

static int64_t count(int index, const char *action, const char *result)
{
    for (size_t i = 0; i < tallies[index].count; i++) {
        const struct audit_tally_row *row = &tallies[index].rows[i];
        if (strcmp(row->action, action) == 0 && strcmp(row->result, result) == 0) {
            return row->count;
        }
    }
    return 0;
}

static void counts_by_database_action_and_result(void **state)
{
    (void)state;
    add_change("show", "create", "done", SINCE_MS, "5");
    add_change("gala", "create", "done", SINCE_MS, "5");
    add_change("show", "create", "no-room", SINCE_MS + 1, "5");
    add_change("show", "create", "done", SINCE_MS + 2, "5");
    add_change("lost", "create", "done", SINCE_MS + 3, "5");
    tally();
    assert_int_equal(count(0, "create", "done"), 2);
    assert_int_equal(count(0, "create", "no-room"), 1);
    assert_int_equal(count(1, "create", "done"), 1);
    assert_int_equal(tallies[0].count + tallies[1].count, 3);
}

static void the_moment_of_a_change_is_its_end(void **state)
{
    (void)state;
    add_change("show", "restore", "done", SINCE_MS - HOUR_MS, "3599999");
    add_change("show", "restore", "done", SINCE_MS - HOUR_MS, "3600000");
    tally();
    assert_int_equal(count(0, "restore", "done"), 1);
}

static void older_lines_in_between_do_not_end_it(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        add_change("show", "create", "done", SINCE_MS + i, "1");
        for (int j = 0; j < 100; j++) {
            add_change("show", "restore", "interrupted", SINCE_MS - 50 * HOUR_MS, "null");
        }
    }
    tally();
    assert_int_equal(count(0, "create", "done"), 20);
    assert_int_equal(tallies[0].count, 1);
}

static void a_log_that_somebody_has_edited_does_no_harm(void **state)
{
    (void)state;
    char action[16];
    add("no JSON");
    add("[]");
    add("{}");
    add_change("show", "", "done", SINCE_MS, "1");
    add_change("show", "create", "\\\"} 1\\n", SINCE_MS, "1");
    add_change("show", "create", "of-more-than-twenty-four-letters", SINCE_MS, "1");
    add_change("show", "create", "done", SINCE_MS, "-1");
    add_change("show", "create", "done", SINCE_MS - 1, "1e300");
    add("{\"time\":7,\"action\":{},\"database\":\"show\",\"result\":null}");
    tally();
    assert_int_equal(tallies[0].count, 0);
    for (int i = 0; i < AUDIT_TALLY_MAX + 50; i++) {
        snprintf(action, sizeof action, "%c%c", 'a' + i / 26, 'a' + i % 26);
        add_change("show", action, "done", SINCE_MS, "1");
    }
    tally();
    assert_int_equal(tallies[0].count, AUDIT_TALLY_MAX);
}

static void without_a_log_there_is_nothing(void **state)
{
    (void)state;
    rmdir(config.backup_dir);
    tally();
    assert_int_equal(tallies[0].count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(counts_by_database_action_and_result, set_up,
                                        remove_audit_folder),
        cmocka_unit_test_setup_teardown(the_moment_of_a_change_is_its_end, set_up,
                                        remove_audit_folder),
        cmocka_unit_test_setup_teardown(older_lines_in_between_do_not_end_it, set_up,
                                        remove_audit_folder),
        cmocka_unit_test_setup_teardown(a_log_that_somebody_has_edited_does_no_harm, set_up,
                                        remove_audit_folder),
        cmocka_unit_test_setup_teardown(without_a_log_there_is_nothing, set_up,
                                        remove_audit_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
