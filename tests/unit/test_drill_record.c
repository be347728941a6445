#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drill_record.h"
#include "file.h"
#include "json.h"

static struct database database;
static struct error error;

static int set_up(void **state)
{
    (void)state;
    database = (struct database){.name = "show"};
    strcpy(database.backup_dir, "/tmp/test_drill_record.XXXXXX");
    return mkdtemp(database.backup_dir) == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    char command[PATH_MAX + 16];
    snprintf(command, sizeof command, "rm -rf '%s'", database.backup_dir);
    return system(command);
}

static struct drill_record proven(void)
{
    return (struct drill_record){
        .last_ms = 1736173800123,
        .proven = true,
        .detail = "Every row came back.",
        .replica = {.url = "s3://my-app-backups/camera-sheet",
                    .endpoint = "https://s3.example.com"},
        .point_ms = 1736173799001,
        .duration_ms = 812,
        .tables = 4,
        .rows = 1213,
        .size = 2412544,
        .last_proven_ms = 1736173800123,
        .proven_replica = {.url = "s3://my-app-backups/camera-sheet",
                           .endpoint = "https://s3.example.com"},
    };
}

/* The text of a whole record, with SED done to it, becomes the record of the database. */
static void change_record(const char *sed)
{
    char command[2 * PATH_MAX];
    struct drill_record record = proven();
    assert_int_equal(drill_record_write(&database, &record, &error), 0);
    snprintf(command, sizeof command, "sed -i '%s' '%s/.drills/show.json'", sed,
             database.backup_dir);
    assert_int_equal(system(command), 0);
}

static bool exists(const char *name)
{
    char path[2 * PATH_MAX];
    snprintf(path, sizeof path, "%s/.drills/%s", database.backup_dir, name);
    return access(path, F_OK) == 0;
}

static void assert_same(const struct drill_record *a, const struct drill_record *b)
{
    assert_int_equal(a->last_ms, b->last_ms);
    assert_int_equal(a->proven, b->proven);
    assert_string_equal(a->detail, b->detail);
    assert_string_equal(a->replica.url, b->replica.url);
    assert_string_equal(a->replica.endpoint, b->replica.endpoint);
    assert_int_equal(a->point_ms, b->point_ms);
    assert_int_equal(a->duration_ms, b->duration_ms);
    assert_int_equal(a->tables, b->tables);
    assert_int_equal(a->rows, b->rows);
    assert_int_equal(a->size, b->size);
    assert_int_equal(a->last_proven_ms, b->last_proven_ms);
    assert_string_equal(a->proven_replica.url, b->proven_replica.url);
    assert_string_equal(a->proven_replica.endpoint, b->proven_replica.endpoint);
}

static void without_a_drill_there_is_nothing(void **state)
{
    struct drill_record record = proven();
    (void)state;
    assert_int_equal(drill_record_read(&database, &record, &error), 0);
    assert_int_equal(record.last_ms, 0);
    assert_int_equal(record.last_proven_ms, 0);
    assert_false(record.proven);
    /* Reading makes nothing. */
    assert_false(exists("."));
    strcat(database.backup_dir, "/missing");
    assert_int_equal(drill_record_read(&database, &record, &error), 0);
    *strrchr(database.backup_dir, '/') = '\0';
}

static void what_is_written_is_read(void **state)
{
    struct drill_record written = proven();
    struct drill_record record;
    (void)state;
    assert_int_equal(drill_record_write(&database, &written, &error), 0);
    assert_int_equal(drill_record_read(&database, &record, &error), 0);
    assert_same(&record, &written);
}

static void a_failure_replaces_it_and_keeps_the_proof(void **state)
{
    struct drill_record written = proven();
    struct drill_record record;
    (void)state;
    assert_int_equal(drill_record_write(&database, &written, &error), 0);
    written.last_ms += 1000;
    written.proven = false;
    written.point_ms = 0;
    written.tables = written.rows = written.size = -1;
    strcpy(written.detail, "Rows of \"cues\" are \\ missing.");
    strcpy(written.replica.url, "file:///elsewhere");
    assert_int_equal(drill_record_write(&database, &written, &error), 0);
    assert_int_equal(drill_record_read(&database, &record, &error), 0);
    assert_same(&record, &written);
    assert_int_equal(record.last_proven_ms, 1736173800123);
}

static void what_a_killed_one_left_is_no_hindrance(void **state)
{
    struct drill_record written = proven();
    struct drill_record record;
    char path[2 * PATH_MAX];
    (void)state;
    assert_int_equal(drill_record_write(&database, &written, &error), 0);
    snprintf(path, sizeof path, "%s/.drills/show.json.new", database.backup_dir);
    close(open(path, O_WRONLY | O_CREAT, 0600));
    written.last_ms = written.last_proven_ms = 1736173900000;
    assert_int_equal(drill_record_write(&database, &written, &error), 0);
    assert_int_equal(drill_record_read(&database, &record, &error), 0);
    assert_int_equal(record.last_ms, 1736173900000);
    assert_false(exists("show.json.new"));
}

static void is_of_one_database(void **state)
{
    struct database other = database;
    struct drill_record record;
    struct drill_record written = proven();
    char command[3 * PATH_MAX];
    (void)state;
    assert_int_equal(drill_record_write(&database, &written, &error), 0);
    strcpy(other.name, "other");
    assert_int_equal(drill_record_read(&other, &record, &error), 0);
    assert_int_equal(record.last_ms, 0);
    /* A renamed file is no proof of another one. */
    snprintf(command, sizeof command, "cd '%s/.drills' && mv show.json other.json",
             database.backup_dir);
    assert_int_equal(system(command), 0);
    assert_int_equal(drill_record_read(&other, &record, &error), ERR_DAMAGED);
    assert_int_equal(record.last_ms, 0);
}

static void what_cannot_be_understood_proves_nothing(void **state)
{
    static const char *const changes[] = {
        "s/\"proven\"/\"perhaps\"/",
        "s/\"time\":.*/\"time\": null,/",
        "s/\"time\":.*/\"time\": \"yesterday\",/",
        "s/\"last_proven\":.*/\"last_proven\": null,/",
        "s/\"last_proven\":.*/\"last_proven\": \"2025-02-30T00:00:00.000Z\",/",
        "s/\"point\":.*/\"point\": \"2025\",/",
        "s/Every row/\\\\u202e/",
        "s/\"show\"/\"other\"/",
        "1d",
        "d",
        "s/Every row/\\\\u0000/",
    };
    struct drill_record record;
    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        change_record(changes[i]);
        if (drill_record_read(&database, &record, &error) != ERR_DAMAGED) {
            fail_msg("%s is understood", changes[i]);
        }
        assert_int_equal(record.last_proven_ms, 0);
        assert_non_null(strstr(error.detail, "The next drill replaces it."));
    }
}

static void without_a_folder_nothing_is_written(void **state)
{
    char path[2 * PATH_MAX];
    struct drill_record record = proven();
    (void)state;
    snprintf(path, sizeof path, "%s/.drills", database.backup_dir);
    close(open(path, O_WRONLY | O_CREAT, 0600));
    assert_true(drill_record_write(&database, &record, &error) < 0);
    assert_true(drill_record_lock(&database, &error) < 0);
}

static void one_at_a_time(void **state)
{
    struct database other = database;
    (void)state;
    strcpy(other.name, "other");
    int fd = drill_record_lock(&database, &error);
    assert_true(fd >= 0);
    assert_int_equal(drill_record_lock(&database, &error), ERR_BUSY);
    assert_string_equal(error.detail, "Another restore drill of this database is running.");
    int other_fd = drill_record_lock(&other, &error);
    assert_true(other_fd >= 0);
    file_close(fd);
    fd = drill_record_lock(&database, &error);
    assert_true(fd >= 0);
    file_close(fd);
    file_close(other_fd);
}

static void an_address_is_bucket_and_endpoint(void **state)
{
    struct litestream_replica replica = {.url = "s3://bucket/path"};
    struct drill_address address;
    (void)state;
    strcpy(replica.s3.endpoint, "https://one.example.com");
    drill_address_of(&replica, &address);
    assert_true(drill_address_is(&address, &replica));
    strcpy(replica.s3.endpoint, "https://two.example.com");
    assert_false(drill_address_is(&address, &replica));
    strcpy(replica.s3.endpoint, "https://one.example.com");
    strcpy(replica.url, "s3://bucket/other");
    assert_false(drill_address_is(&address, &replica));
    /* What is not printable is the same before and after it was recorded. */
    strcpy(replica.url, "file:///a\xff\n");
    drill_address_of(&replica, &address);
    assert_string_equal(address.url, "file:///a? ");
    assert_true(drill_address_is(&address, &replica));
}

static void shows_what_is_unknown_as_null(void **state)
{
    struct drill_record record = {.last_ms = 1736173800123, .tables = -1, .rows = -1, .size = -1};
    (void)state;
    cJSON *json = drill_record_to_json(&record, "show");
    assert_string_equal(json_text(json, "status", ""), "failed");
    assert_string_equal(json_text(json, "time", ""), "2025-01-06T14:30:00.123Z");
    static const char *const nulls[] = {"last_proven", "point", "tables", "rows", "size"};
    for (size_t i = 0; i < sizeof nulls / sizeof nulls[0]; i++) {
        assert_true(cJSON_IsNull(cJSON_GetObjectItem(json, nulls[i])));
    }
    assert_int_equal(cJSON_GetArraySize(json), 11);
    cJSON_Delete(json);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_a_drill_there_is_nothing),
        TEST(what_is_written_is_read),
        TEST(a_failure_replaces_it_and_keeps_the_proof),
        TEST(what_a_killed_one_left_is_no_hindrance),
        TEST(is_of_one_database),
        TEST(what_cannot_be_understood_proves_nothing),
        TEST(without_a_folder_nothing_is_written),
        TEST(one_at_a_time),
        TEST(an_address_is_bucket_and_endpoint),
        cmocka_unit_test(shows_what_is_unknown_as_null),
    };
    return cmocka_run_group_tests_name("drill_record", tests, NULL, NULL);
}
