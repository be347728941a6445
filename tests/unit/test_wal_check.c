#include "unit.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "wal_check.h"
#include "wal_index.h"

enum { HEADER = 32, FRAME = 24 + 4096 };

static char folder[64];
static char path[96];
static char wal_path[128];
static unsigned char *wal;
static int64_t size;
static struct wal_index live;

/* A WAL by SQLite itself, as long as its connection is open. */
static int set_up(void **state)
{
    sqlite3 *db;
    struct error error;
    char *data;
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/wal_check.XXXXXX");
    snprintf(path, sizeof path, "%s/x.db", mkdtemp(folder));
    snprintf(wal_path, sizeof wal_path, "%s-wal", path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "PRAGMA page_size=4096; PRAGMA journal_mode=WAL;"
                                  "CREATE TABLE t(x); INSERT INTO t VALUES(randomblob(20000));"
                                  "INSERT INTO t VALUES(1); UPDATE t SET x = 2 WHERE x = 1",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    assert_true(wal_index_read(path, &live));
    assert_int_equal(file_read(AT_FDCWD, wal_path, 1 << 20, &data, &error), 0);
    wal = (unsigned char *)data;
    int fd = file_open_regular(AT_FDCWD, wal_path, &size, &error);
    file_close(fd);
    sqlite3_close(db);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(wal);
    unlink(path);
    return rmdir(folder);
}

static int check(const unsigned char *data, size_t length, size_t piece)
{
    static struct wal_check all;
    int result = 0;
    wal_check_begin(&all);
    for (size_t i = 0; result == 0 && i < length; i += piece) {
        result = wal_check_feed(&all, data + i, length - i < piece ? length - i : piece);
    }
    return result == 0 && !wal_check_is_even(&all) ? ERR_IO : result;
}

static void takes_what_sqlite_has_written_in_pieces_of_any_size(void **state)
{
    (void)state;
    assert_true(size > HEADER + 3 * FRAME);
    for (size_t piece = 1; piece < 20000; piece = piece * 7 + 1) {
        assert_int_equal(check(wal, (size_t)size, piece), 0);
    }
    assert_int_equal(check(wal, (size_t)size - 1, 4096), ERR_IO);
}

static void finds_any_changed_byte(void **state)
{
    (void)state;
    for (int64_t at = 0; at < size; at += 7) {
        /* The number of the page and the size after the commit are summed, the rest as well. */
        wal[at] ^= 0x40;
        assert_int_equal(check(wal, (size_t)size, 5000), ERR_DAMAGED);
        wal[at] ^= 0x40;
    }
}

static void finds_a_frame_that_is_missing_or_twice(void **state)
{
    (void)state;
    unsigned char *other = malloc((size_t)size + FRAME);
    int64_t cut = HEADER + FRAME;
    memcpy(other, wal, (size_t)cut);
    memcpy(other + cut, wal + cut + FRAME, (size_t)(size - cut - FRAME));
    assert_int_equal(check(other, (size_t)(size - FRAME), 5000), ERR_DAMAGED);
    memcpy(other + cut, wal + cut - FRAME, (size_t)(size - cut + FRAME));
    assert_int_equal(check(other, (size_t)(size + FRAME), 5000), ERR_DAMAGED);
    free(other);
}

static void the_index_knows_the_end_and_the_salts(void **state)
{
    struct wal_index none;
    (void)state;
    assert_int_equal(live.end, size);
    assert_memory_equal(live.salts, wal + 16, sizeof live.salts);
    assert_false(wal_index_read("/nowhere/x.db", &none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_what_sqlite_has_written_in_pieces_of_any_size),
        cmocka_unit_test(finds_any_changed_byte),
        cmocka_unit_test(finds_a_frame_that_is_missing_or_twice),
        cmocka_unit_test(the_index_knows_the_end_and_the_salts),
    };
    return cmocka_run_group_tests_name("wal_check", tests, set_up, tear_down);
}
