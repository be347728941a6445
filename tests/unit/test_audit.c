#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit.h"
#include "audit_folder.h"
#include "audit_log.h"
#include "file.h"
#include "json.h"

static struct error error;

static int set_up(void **state)
{
    (void)state;
    return make_audit_folder();
}

static int change(const char *database, const char *file, int result, const char *made)
{
    struct audit audit;
    cJSON *asked = cJSON_CreateObject();
    const struct audit_entry entry = {.action = "create",
                                      .actor = "anna",
                                      .address = "10.0.0.7",
                                      .database = database,
                                      .file = file,
                                      .asked = asked};
    int begun = audit_begin(&config, &entry, &audit, &error);
    if (begun == 0) {
        (void)error_set(&error, result, "A \"reason\"\n- and more.");
        begun = audit_end(&audit, result, made, &error);
    }
    cJSON_Delete(asked);
    return begun;
}

static cJSON *list(const char *database, int limit)
{
    cJSON *entries;
    assert_int_equal(audit_list(&config, database, limit, &entries, &error), 0);
    return entries;
}

static const char *text_of(const cJSON *entries, int index, const char *name)
{
    return json_text(cJSON_GetArrayItem(entries, index), name, "(null)");
}

static int notes(void)
{
    char command[256];
    snprintf(command, sizeof command, "exit $(ls %s/*.begun 2>/dev/null | wc -l)", audit_path);
    return WEXITSTATUS(system(command));
}

static void tells_what_was_done_and_what_was_refused(void **state)
{
    (void)state;
    assert_int_equal(change("show", NULL, 0, "made.db"), 0);
    assert_int_equal(change("other", "x.db", ERR_PINNED, NULL), ERR_PINNED);
    cJSON *all = list(NULL, 10);
    assert_int_equal(cJSON_GetArraySize(all), 2);
    assert_string_equal(text_of(all, 0, "result"), "pinned");
    assert_string_equal(text_of(all, 0, "detail"), "A \"reason\" - and more.");
    assert_string_equal(text_of(all, 0, "file"), "x.db");
    assert_string_equal(text_of(all, 1, "result"), "done");
    assert_string_equal(text_of(all, 1, "detail"), "(null)");
    assert_string_equal(text_of(all, 1, "file"), "made.db");
    assert_string_equal(text_of(all, 1, "actor"), "anna");
    cJSON_Delete(all);
    cJSON *one = list("show", 10);
    assert_int_equal(cJSON_GetArraySize(one), 1);
    cJSON_Delete(one);
    cJSON *limited = list(NULL, 1);
    assert_string_equal(text_of(limited, 0, "result"), "pinned");
    assert_int_equal(cJSON_GetArraySize(limited), 1);
    cJSON_Delete(limited);
    assert_int_equal(notes(), 0);
}

static void keeps_the_newest_lines_of_many(void **state)
{
    (void)state;
    enum { LINES = 3000 };
    char line[AUDIT_LOG_LINE_MAX];
    int number = LINES;
    for (int i = 1; i <= LINES; i++) {
        snprintf(line, sizeof line, "{\"n\":%d,\"filler\":\"%04000d\"}", i, 0);
        assert_int_equal(audit_log_append(audit_fd, line, &error), 0);
    }
    /* As many as the files hold, without a gap from the newest on. */
    cJSON *entries = list(NULL, LINES);
    int kept = cJSON_GetArraySize(entries);
    const cJSON *entry;
    cJSON_ArrayForEach(entry, entries)
    {
        assert_int_equal(json_integer(entry, "n", 0), number--);
    }
    cJSON_Delete(entries);
    long long most = (long long)AUDIT_LOG_FILES * AUDIT_LOG_FILE_SIZE / 4000;
    assert_in_range(kept, most * 8 / 10, most);
    assert_true(file_exists(audit_fd, "log.9.jsonl"));
    assert_false(file_exists(audit_fd, "log.10.jsonl"));
}

static void a_line_that_was_cut_off_spoils_no_other(void **state)
{
    (void)state;
    assert_int_equal(change("show", "1.db", 0, NULL), 0);
    int fd = openat(audit_fd, "log.jsonl", O_WRONLY | O_APPEND);
    assert_int_equal(write(fd, "{\"id\":\"0123", 11), 11);
    close(fd);
    assert_int_equal(change("show", "2.db", 0, NULL), 0);
    cJSON *entries = list(NULL, 10);
    assert_int_equal(cJSON_GetArraySize(entries), 2);
    assert_string_equal(text_of(entries, 0, "file"), "2.db");
    assert_string_equal(text_of(entries, 1, "file"), "1.db");
    cJSON_Delete(entries);
}

/* A program that is killed between its change's begin and its end. */
static void begin_and_die(bool writes_line)
{
    struct audit audit;
    cJSON *asked = cJSON_CreateObject();
    const struct audit_entry entry = {
        .action = "restore", .database = "show", .file = "x.db", .asked = asked};
    pid_t pid = fork();
    if (pid == 0) {
        if (audit_begin(&config, &entry, &audit, &error) == 0 && writes_line) {
            char line[100];
            snprintf(line, sizeof line, "{\"id\":\"%s\",\"result\":\"done\"}", audit.id);
            (void)audit_log_append(audit.folder_fd, line, &error);
        }
        _exit(0);
    }
    cJSON_Delete(asked);
    waitpid(pid, NULL, 0);
    assert_int_equal(notes(), 1);
}

static void the_line_of_a_killed_program_is_written_by_the_next(void **state)
{
    (void)state;
    begin_and_die(false);
    assert_int_equal(change("show", "next.db", 0, NULL), 0);
    cJSON *entries = list(NULL, 10);
    assert_int_equal(cJSON_GetArraySize(entries), 2);
    assert_string_equal(text_of(entries, 1, "result"), "interrupted");
    assert_string_equal(text_of(entries, 1, "action"), "restore");
    assert_string_equal(text_of(entries, 1, "file"), "x.db");
    cJSON_Delete(entries);
    assert_int_equal(notes(), 0);
}

static void a_program_killed_after_its_line_has_no_second_one(void **state)
{
    (void)state;
    begin_and_die(true);
    assert_int_equal(change("show", "next.db", 0, NULL), 0);
    cJSON *entries = list(NULL, 10);
    assert_int_equal(cJSON_GetArraySize(entries), 2);
    assert_string_equal(text_of(entries, 1, "result"), "done");
    cJSON_Delete(entries);
    assert_int_equal(notes(), 0);
}

/* One that is still at work is left alone. */
static void the_note_of_a_running_change_stays(void **state)
{
    (void)state;
    struct audit audit;
    cJSON *asked = cJSON_CreateObject();
    const struct audit_entry entry = {.action = "restore", .database = "show", .asked = asked};
    assert_int_equal(audit_begin(&config, &entry, &audit, &error), 0);
    assert_int_equal(change("show", "other.db", 0, NULL), 0);
    assert_int_equal(notes(), 1);
    assert_int_equal(audit_end(&audit, 0, NULL, &error), 0);
    assert_int_equal(notes(), 0);
    cJSON *entries = list(NULL, 10);
    assert_int_equal(cJSON_GetArraySize(entries), 2);
    cJSON_Delete(entries);
    cJSON_Delete(asked);
}

static void what_cannot_be_written_fails_the_change(void **state)
{
    (void)state;
    assert_int_equal(mkdirat(audit_fd, "log.jsonl", 0700), 0);
    assert_int_not_equal(change("show", "1.db", 0, NULL), 0);
    assert_non_null(strstr(error.detail, "nothing was done"));
    assert_int_equal(notes(), 0);
}

static void a_log_that_fails_afterwards_is_an_error(void **state)
{
    (void)state;
    struct audit audit;
    cJSON *asked = cJSON_CreateObject();
    const struct audit_entry entry = {.action = "restore", .database = "show", .asked = asked};
    assert_int_equal(audit_begin(&config, &entry, &audit, &error), 0);
    assert_int_equal(unlinkat(audit_fd, "log.jsonl", 0), 0);
    assert_int_equal(mkdirat(audit_fd, "log.jsonl", 0700), 0);
    assert_int_not_equal(audit_end(&audit, 0, NULL, &error), 0);
    assert_non_null(strstr(error.detail, "It was done"));
    /* The note is there for the next program. */
    assert_int_equal(notes(), 1);
    cJSON_Delete(asked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tells_what_was_done_and_what_was_refused, set_up,
                                        remove_audit_folder),
        cmocka_unit_test_setup_teardown(keeps_the_newest_lines_of_many, set_up,
                                        remove_audit_folder),
        cmocka_unit_test_setup_teardown(a_line_that_was_cut_off_spoils_no_other, set_up,
                                        remove_audit_folder),
        cmocka_unit_test_setup_teardown(the_line_of_a_killed_program_is_written_by_the_next, set_up,
                                        remove_audit_folder),
        cmocka_unit_test_setup_teardown(a_program_killed_after_its_line_has_no_second_one, set_up,
                                        remove_audit_folder),
        cmocka_unit_test_setup_teardown(the_note_of_a_running_change_stays, set_up,
                                        remove_audit_folder),
        cmocka_unit_test_setup_teardown(what_cannot_be_written_fails_the_change, set_up,
                                        remove_audit_folder),
        cmocka_unit_test_setup_teardown(a_log_that_fails_afterwards_is_an_error, set_up,
                                        remove_audit_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
