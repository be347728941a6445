#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "config.h"

static int clear(void **state)
{
    (void)state;
    for (const struct config_setting *setting = config_settings; setting->name != NULL; setting++) {
        unsetenv(setting->name);
    }
    return 0;
}

static void has_the_documented_defaults(void **state)
{
    struct config config;
    struct error error;
    (void)state;
    assert_int_equal(config_read(&config, &error), 0);
    assert_string_equal(config.database_path, "/data/camera_assignments.db");
    assert_string_equal(config.backup_dir, "");
    assert_int_equal(config.keep[BACKUP_MANUAL].last, 10);
    assert_int_equal(config.keep[BACKUP_PRE_RESTORE].last, 10);
    assert_int_equal(config.keep[BACKUP_UPLOAD].last, 10);
    assert_int_equal(config.keep[BACKUP_LITESTREAM].last, 3);
    assert_int_equal(config.keep[BACKUP_SCHEDULED].daily, 7);
    assert_int_equal(config.keep[BACKUP_SCHEDULED].weekly, 4);
    assert_int_equal(config.keep[BACKUP_SCHEDULED].monthly, 6);
    assert_int_equal(config.busy_timeout_s, 30);
    for (int kind = 0; kind < BACKUP_KIND_COUNT; kind++) {
        assert_false(config.readers_may_download[kind]);
    }
}

static void takes_what_is_set(void **state)
{
    struct config config;
    struct error error;
    (void)state;
    setenv("BACKUP_KEEP", "3", 1);
    setenv("BACKUP_KEEP_SCHEDULED", "monthly=2,daily=1", 1);
    setenv("BUSY_TIMEOUT", "0", 1);
    setenv("BACKUP_DIR", "/elsewhere", 1);
    setenv("READERS_MAY_DOWNLOAD", " scheduled  pre-restore", 1);
    assert_int_equal(config_read(&config, &error), 0);
    assert_int_equal(config.keep[BACKUP_MANUAL].last, 3);
    assert_int_equal(config.keep[BACKUP_SCHEDULED].daily, 1);
    assert_int_equal(config.keep[BACKUP_SCHEDULED].weekly, 0);
    assert_int_equal(config.keep[BACKUP_SCHEDULED].monthly, 2);
    assert_int_equal(config.busy_timeout_s, 0);
    assert_string_equal(config.backup_dir, "/elsewhere");
    assert_true(config.readers_may_download[BACKUP_SCHEDULED]);
    assert_true(config.readers_may_download[BACKUP_PRE_RESTORE]);
    assert_false(config.readers_may_download[BACKUP_MANUAL]);
}

static void names_a_bad_setting(void **state)
{
    static const struct {
        const char *name;
        const char *value;
    } cases[] = {
        {"BACKUP_KEEP", "0"},
        {"BACKUP_KEEP", "-1"},
        {"BACKUP_KEEP", "ten"},
        {"BACKUP_KEEP", "10 "},
        {"BACKUP_KEEP", "10001"},
        {"BACKUP_KEEP", "99999999999999999999"},
        {"BACKUP_KEEP_UPLOAD", "1.5"},
        {"BACKUP_KEEP_SCHEDULED", "7"},
        {"BACKUP_KEEP_SCHEDULED", "daily=7;weekly=4"},
        {"BACKUP_KEEP_SCHEDULED", "daily="},
        {"BACKUP_KEEP_SCHEDULED", "yearly=1"},
        {"BACKUP_KEEP_SCHEDULED", "daily=0"},
        {"BACKUP_KEEP_SCHEDULED", "daily=1,"},
        {"BUSY_TIMEOUT", "1h"},
        {"BUSY_TIMEOUT", "-5"},
        {"READERS_MAY_DOWNLOAD", "all"},
        {"READERS_MAY_DOWNLOAD", "manual,scheduled"},
        {"READERS_MAY_DOWNLOAD", "manual Scheduled"},
        {"READERS_MAY_DOWNLOAD", "pre-restorex"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct config config;
        struct error error;
        clear(NULL);
        setenv(cases[i].name, cases[i].value, 1);
        if (config_read(&config, &error) != ERR_BAD_REQUEST) {
            fail_msg("%s=%s was accepted", cases[i].name, cases[i].value);
        }
        assert_non_null(strstr(error.detail, cases[i].name));
        assert_non_null(strstr(error.detail, cases[i].value));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(has_the_documented_defaults, clear),
        cmocka_unit_test_setup(takes_what_is_set, clear),
        cmocka_unit_test_setup(names_a_bad_setting, clear),
    };
    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
