#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "database.h"
#include "row_counts.h"

static char path[64];
static sqlite3 *db;
static struct row_counts counts;
static struct error error;

static int set_up(void **state)
{
    (void)state;
    strcpy(path, "/tmp/test_row_counts.XXXXXX");
    int fd = mkstemp(path);
    return fd < 0 || close(fd) != 0 || database_open_copy(path, &db, &error) < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    row_counts_free(&counts);
    database_close(db);
    return unlink(path);
}

static void make(const char *sql)
{
    if (database_execute(db, sql, "make the tables", &error) < 0) {
        fail_msg("%s: %s", sql, error.detail);
    }
}

static int64_t rows_of(const char *name)
{
    const struct row_count *found = row_counts_find(&counts, name);
    assert_non_null(found);
    assert_string_equal(found->name, name);
    return found->rows;
}

static void counts_every_row_of_every_table(void **state)
{
    int64_t tables;
    int64_t rows;
    (void)state;
    make("CREATE TABLE zoom(id INTEGER PRIMARY KEY AUTOINCREMENT);"
         "INSERT INTO zoom DEFAULT VALUES; INSERT INTO zoom DEFAULT VALUES;"
         "CREATE TABLE \"a \"\"quoted\"\" one\"(x); INSERT INTO \"a \"\"quoted\"\" one\" VALUES(1);"
         "CREATE TABLE without(k PRIMARY KEY) WITHOUT ROWID; INSERT INTO without VALUES(1), (2), "
         "(3);"
         "CREATE TABLE empty(x); CREATE INDEX empty_x ON empty(x);"
         "CREATE VIEW v AS SELECT * FROM zoom");
    assert_int_equal(row_counts_read(db, &counts, &error), 0);
    assert_int_equal(counts.count, 4);
    assert_int_equal(rows_of("zoom"), 2);
    assert_int_equal(rows_of("a \"quoted\" one"), 1);
    assert_int_equal(rows_of("without"), 3);
    assert_int_equal(rows_of("empty"), 0);
    assert_null(row_counts_find(&counts, "v"));
    assert_null(row_counts_find(&counts, "sqlite_sequence"));
    row_counts_sum(&counts, &tables, &rows);
    assert_int_equal(tables, 4);
    assert_int_equal(rows, 6);
}

static void neither_litestreams_tables_nor_what_would_run_code(void **state)
{
    int64_t tables;
    int64_t rows;
    (void)state;
    /* This process makes no virtual table. */
    char command[512];
    database_close(db);
    snprintf(command, sizeof command,
             "sqlite3 %s 'CREATE TABLE _litestream_seq(id INTEGER PRIMARY KEY, seq INTEGER);"
             "CREATE VIRTUAL TABLE words USING fts5(word); INSERT INTO words VALUES(1);"
             "CREATE TABLE cue(id); INSERT INTO cue VALUES(1)'",
             path);
    assert_int_equal(system(command), 0);
    assert_int_equal(database_open_copy(path, &db, &error), 0);
    assert_int_equal(row_counts_read(db, &counts, &error), 0);
    assert_null(row_counts_find(&counts, "_litestream_seq"));
    assert_int_equal(rows_of("words"), -1);
    assert_int_equal(rows_of("words_data"), -1);
    row_counts_sum(&counts, &tables, &rows);
    assert_int_equal(tables, 1);
    assert_int_equal(rows, 1);
}

static void nothing_is_no_failure(void **state)
{
    (void)state;
    assert_int_equal(row_counts_read(db, &counts, &error), 0);
    assert_int_equal(counts.count, 0);
    assert_null(row_counts_find(&counts, "cue"));
}

static void is_one_state(void **state)
{
    (void)state;
    make("PRAGMA journal_mode=WAL; CREATE TABLE cue(id); INSERT INTO cue VALUES(1)");
    assert_int_equal(row_counts_read(db, &counts, &error), 0);
    assert_int_equal(sqlite3_get_autocommit(db), 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(counts_every_row_of_every_table),
        TEST(neither_litestreams_tables_nor_what_would_run_code),
        TEST(nothing_is_no_failure),
        TEST(is_one_state),
    };
    return cmocka_run_group_tests_name("row_counts", tests, NULL, NULL);
}
