#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "filename.h"
#include "timestamp.h"

static const int64_t moment_ms = 1736173800123; /* 2025-01-06T14:30:00.123Z */

static void accepts_names_of_files(void **state)
{
    static const char *const names[] = {
        "2025-01-06_14-30-00.db",
        "pre-restore_2025-01-06_14-30-00-12.db",
        "before tour.db",
        "Köln – Probe.db",
        "a.db",
        "x..db",
        "a.b.c.db",
        "(copy) of [old] #1 & more.db",
    };
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct error error = {0};
        if (filename_check(names[i], &error) != 0) {
            fail_msg("%s was refused: %s", names[i], error.detail);
        }
    }
}

static void refuses_everything_else(void **state)
{
    static const char *const names[] = {
        "",
        ".db",
        "x",
        "x.db.json",
        "../x.db",
        "a/b.db",
        "/etc/x.db",
        "..\\x.db",
        "%2e%2e%2f.db",
        "..%5cx.db",
        ".hidden.db",
        "-rf.db",
        " x.db",
        "x\n.db",
        "x\t.db",
        "x\x7f.db",
        "\xff.db",
        "\xc0\xaf.db",
        "\xed\xa0\x80.db",
        "a:b.db",
        "a*.db",
        "a?.db",
        "a\"b.db",
        "<a>.db",
        "a|b.db",
        "\xe2\x80\xae"
        "bd.x.db",
        "x.DB",
        "x.db ",
        "x.db/",
        "..",
    };
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct error error = {0};
        if (filename_check(names[i], &error) != ERR_BAD_REQUEST) {
            fail_msg("\"%s\" (number %zu) was accepted", names[i], i);
        }
        assert_int_not_equal(error.detail[0], '\0');
    }
}

static void refuses_one_byte_too_many(void **state)
{
    char name[FILENAME_MAX_BYTES + 2];
    struct error error;
    (void)state;
    memset(name, 'x', sizeof name);
    memcpy(name + FILENAME_MAX_BYTES - 3, ".db", 4);
    assert_int_equal(filename_check(name, &error), 0);
    memset(name, 'x', sizeof name);
    memcpy(name + FILENAME_MAX_BYTES - 2, ".db", 4);
    assert_int_equal(filename_check(name, &error), ERR_BAD_REQUEST);
}

static void makes_names_by_kind_and_number(void **state)
{
    static const struct {
        enum backup_kind kind;
        unsigned number;
        const char *name;
    } cases[] = {
        {BACKUP_MANUAL, 1, "2025-01-06_14-30-00.db"},
        {BACKUP_MANUAL, 2, "2025-01-06_14-30-00-2.db"},
        {BACKUP_SCHEDULED, 1, "scheduled_2025-01-06_14-30-00.db"},
        {BACKUP_PRE_RESTORE, 10, "pre-restore_2025-01-06_14-30-00-10.db"},
        {BACKUP_UPLOAD, 1, "upload_2025-01-06_14-30-00.db"},
        {BACKUP_LITESTREAM, 3, "litestream_2025-01-06_14-30-00-3.db"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char name[FILENAME_SIZE];
        enum backup_kind kind;
        int64_t second_ms;
        unsigned number;
        filename_make(cases[i].kind, moment_ms, cases[i].number, name);
        assert_string_equal(name, cases[i].name);
        assert_true(filename_parse(name, &kind, &second_ms, &number));
        assert_int_equal(kind, cases[i].kind);
        assert_int_equal(number, cases[i].number);
        assert_int_equal(second_ms, moment_ms - moment_ms % 1000);
    }
}

static void parses_only_its_own_names(void **state)
{
    static const char *const names[] = {
        "2025-01-06_14-30-00-1.db",
        "2025-01-06_14-30-00-02.db",
        "2025-13-06_14-30-00.db",
        "2025-02-30_14-30-00.db",
        "2025-01-06_24-00-00.db",
        "2025-01-06.db",
        "other_2025-01-06_14-30-00.db",
        "2025-01-06_14-30-00",
        "2025-01-06_14-30-00-.db",
        "2025-01-06_14-30-00-x.db",
        "2025-01-06_14-30-00-99999999999.db",
        "2025-01-06T14:30:00.db",
        "",
    };
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        enum backup_kind kind;
        int64_t second_ms;
        unsigned number;
        if (filename_parse(names[i], &kind, &second_ms, &number)) {
            fail_msg("\"%s\" was taken for a name of our own", names[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_names_of_files),
        cmocka_unit_test(refuses_everything_else),
        cmocka_unit_test(refuses_one_byte_too_many),
        cmocka_unit_test(makes_names_by_kind_and_number),
        cmocka_unit_test(parses_only_its_own_names),
    };
    return cmocka_run_group_tests_name("filename", tests, NULL, NULL);
}
