/* Makes database files that no honest program makes: hostile_make KIND FILE [SEED]
 *
 * Without arguments, prints the kinds, one a line. The same kind and SEED (of `flipped`, whose bits
 * it chooses) make the same file. Each begins as the camera sheet that the test has live, so that
 * what is whole all the same can be restored. */
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

enum { PAGE = 4096, MAZE_DEPTH = 17, MAZE_WAYS = 2, MANY = 100000 };

static const char base_sql[] =
    "PRAGMA page_size = 4096; PRAGMA journal_mode = DELETE;"
    "CREATE TABLE cues (id INTEGER PRIMARY KEY, name TEXT NOT NULL);"
    "CREATE INDEX cue_names ON cues (name);"
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)"
    " INSERT INTO cues SELECT i, printf('Cue %d, %s', i, hex(i * 7919 % 1009)) FROM n;"
    "INSERT INTO cues VALUES (1000, printf('%.*c', 30000, 'x'));";

/* A call that takes hours, and that nothing can interrupt. */
#define SLOW "instr(hex(zeroblob(5000000)), hex(zeroblob(2500000)) || 1)"

/* Writes what CREATE would refuse, or would run. */
#define SCHEMA_ROW(type, name, table, root, sql)                                                   \
    "INSERT INTO sqlite_schema VALUES ('" type "', '" name "', '" table "', " root ", '" sql "');"
#define TABLE_AS(sql)                                                                              \
    "CREATE TABLE extra (a); INSERT INTO extra VALUES ('a'), ('b'), ('c');"                        \
    "UPDATE sqlite_schema SET sql = '" sql "' WHERE name = 'extra';"
#define INDEX_AS(sql)                                                                              \
    "CREATE INDEX extra ON cues (name); UPDATE sqlite_schema SET sql = '" sql                      \
    "' WHERE name = 'extra';"
#define NUMBERS "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < "

struct sql_kind {
    const char *name;
    const char *sql;
};

/* Written with writable_schema. */
static const struct sql_kind sql_kinds[] = {
    {"triggers",
     "CREATE TRIGGER one AFTER INSERT ON cues BEGIN SELECT writefile('canary', 'x'); END;"
     "CREATE TRIGGER two BEFORE DELETE ON cues BEGIN SELECT load_extension('./canary.so'); END;"
     "CREATE VIEW _litestream_seq AS SELECT 1 AS id, 2 AS seq;"
     "CREATE TRIGGER three INSTEAD OF INSERT ON _litestream_seq BEGIN DELETE FROM cues; END;" //
     SCHEMA_ROW("trigger", "four", "sqlite_schema", "0",
                "CREATE TRIGGER four AFTER INSERT ON sqlite_schema BEGIN DELETE FROM cues; END")},
    {"view_calls",
     "CREATE VIEW a AS SELECT writefile('canary', 'x') AS x, readfile('/etc/hostname') "
     "AS y, load_extension('./canary.so') AS z, fts3_tokenizer('simple') AS t;"
     "CREATE VIEW b AS SELECT * FROM fsdir('/etc');"},
    {"view_billion", "CREATE VIEW billion AS " NUMBERS "1000000000) SELECT i, " SLOW " FROM n;"},
    {"view_ring", "CREATE VIEW one AS SELECT * FROM two; CREATE VIEW two AS SELECT * FROM one;"},
    {"view_broken", "CREATE VIEW broken AS SELECT * FROM missing;"},
    {"check_calls", TABLE_AS("CREATE TABLE extra (a CHECK (length(randomblob(1 << 30)) > 0), "
                             "CHECK (" SLOW " = 0))")},
    {"check_unknown", TABLE_AS("CREATE TABLE extra (a CHECK (nobody_has_this(a)))")},
    {"default_calls", TABLE_AS("CREATE TABLE extra (a, b DEFAULT (" SLOW "), c DEFAULT "
                               "(randomblob(1 << 30)))")},
    {"generated_slow", TABLE_AS("CREATE TABLE extra (a, b AS (" SLOW ") NOT NULL)")},
    {"generated_grows",
     TABLE_AS("CREATE TABLE extra (a, b AS (a||a||a||a||a||a||a||a), c AS (b||b||b||b||b||b||b||b),"
              "d AS (c||c||c||c||c||c||c||c), e AS (d||d||d||d||d||d||d||d),"
              "f AS (e||e||e||e||e||e||e||e), g AS (f||f||f||f||f||f||f||f),"
              "h AS (g||g||g||g||g||g||g||g) NOT NULL)")},
    {"index_slow", INDEX_AS("CREATE INDEX extra ON cues (" SLOW ")")},
    {"index_partial_slow", INDEX_AS("CREATE INDEX extra ON cues (name) WHERE " SLOW " = 0")},
    {"index_blob", INDEX_AS("CREATE INDEX extra ON cues (zeroblob(1 << 29))")},
    {"index_unknown", INDEX_AS("CREATE INDEX extra ON cues (nobody_has_this(name))")},
    {"collation_unknown", INDEX_AS("CREATE INDEX extra ON cues (name COLLATE nobody_has_this)")},
    {"root_shared", SCHEMA_ROW("table", "t", "t", "2", "CREATE TABLE t (a)")},
    {"root_of_index", "UPDATE sqlite_schema SET rootpage = 2 WHERE name = 'cue_names';"},
    {"root_beyond", SCHEMA_ROW("table", "t", "t", "123456", "CREATE TABLE t (a)")},
    {"root_of_schema", SCHEMA_ROW("table", "t", "t", "1", "CREATE TABLE t (a)")},
    {"root_negative", SCHEMA_ROW("table", "t", "t", "-3", "CREATE TABLE t (a)")},
    {"schema_garbage", SCHEMA_ROW("table", "t", "t", "2", "CREATE TABLE t (((")},
    {"schema_other_name", SCHEMA_ROW("table", "t", "t", "2", "CREATE TABLE cues (a)")},
    {"schema_select", SCHEMA_ROW("table", "t", "t", "2", "SELECT load_extension(''./canary.so'')")},
    {"schema_attach", SCHEMA_ROW("view", "t", "t", "0", "ATTACH ''canary'' AS c")},
    {"schema_nul", SCHEMA_ROW("table", "t", "t", "2", "CREATE TABLE t (a' || char(0) || 'b)")},
    {"schema_types", "INSERT INTO sqlite_schema VALUES (1, 2, 3, 'x', x'00ff');"},
    {"statistics", "CREATE TABLE extra (a, b); CREATE INDEX extra_a ON extra (a, b); ANALYZE;"
                   "INSERT INTO sqlite_stat1 VALUES ('extra', 'extra_a', printf('%.*c', 100000, "
                   "'9')), ('cues', 'cue_names', '0 0 0 -1 sz=0 unordered noskipscan');"},
    {"virtual_fts5",
     "CREATE VIRTUAL TABLE docs USING fts5 (text); INSERT INTO docs VALUES ('a b'), ('c d');"
     "UPDATE docs_data SET block = randomblob(4000);"
     "UPDATE sqlite_schema SET type = 'view', rootpage = 0, sql = 'CREATE VIEW docs_config AS "
     "SELECT 1 AS k, " SLOW " AS v' WHERE name = 'docs_config';"},
    {"virtual_fts3", "CREATE VIRTUAL TABLE docs USING fts3 (text); INSERT INTO docs VALUES ('a b');"
                     "UPDATE docs_segdir SET root = randomblob(400), end_block = 'x';"},
    {"virtual_rtree", "CREATE VIRTUAL TABLE area USING rtree (id, a, b); INSERT INTO area VALUES "
                      "(1, 2, 3); UPDATE area_node SET data = x'ffffffff';"},
    {"virtual_others", SCHEMA_ROW("table", "z", "z", "0",
                                  "CREATE VIRTUAL TABLE z USING zipfile(''/etc/hostname'')") //
     SCHEMA_ROW("table", "c", "c", "0",
                "CREATE VIRTUAL TABLE c USING csv(filename=''/etc/group'')") //
     SCHEMA_ROW("table", "d", "d", "0", "CREATE VIRTUAL TABLE d USING dbstat")},
    {"long_names", "CREATE TABLE extra (a); UPDATE sqlite_schema SET sql = 'CREATE TABLE extra (a "
                   "\"' || printf('%.*c', 6000000, 'x') || '\")' WHERE name = 'extra';"},
    {"many_views", NUMBERS "20000) INSERT INTO sqlite_schema SELECT 'view', 'v' || i, 'v' || i, 0, "
                           "'CREATE VIEW v' || i || ' AS SELECT x FROM missing' FROM n;"},
};

struct patch_kind {
    const char *name;
    long offset; /* negative: nothing */
    const char *bytes;
    int count;
    long size; /* the file's size afterwards; 0: as it is; negative: so much less */
};

#define BYTES(text) text, sizeof(text) - 1

/* Offsets in the header and in the first pages (https://www.sqlite.org/fileformat2.html). */
static const struct patch_kind patch_kinds[] = {
    {"whole", -1, BYTES(""), 0},
    {"cut_half", -1, BYTES(""), 20000},
    {"cut_page", -1, BYTES(""), -PAGE},
    {"cut_odd", -1, BYTES(""), -1},
    {"cut_header", -1, BYTES(""), 60},
    {"cut_first", -1, BYTES(""), 100},
    {"longer", -1, BYTES(""), 500000},
    {"page_size_zero", 16, BYTES("\0\0"), 0},
    {"page_size_odd", 16, BYTES("\x03\xe8"), 0},
    {"page_size_small", 16, BYTES("\x02\x00"), 0},
    {"page_size_large", 16, BYTES("\x00\x01"), 0},
    {"version_wal", 18, BYTES("\2\2"), 0},
    {"version_mixed", 18, BYTES("\2\1"), 0},
    {"version_unknown", 18, BYTES("\x09\x09"), 0},
    {"reserved", 20, BYTES("\xff"), 0},
    {"fractions", 21, BYTES("\0\0\0"), 0},
    {"count_larger", 28, BYTES("\x7f\xff\xff\xff"), 0},
    {"count_smaller", 28, BYTES("\0\0\0\2"), 0},
    {"count_uncounted", 24, BYTES("\0\0\1\0\x7f\xff\xff\xff"), 0},
    {"free_list", 32, BYTES("\0\0\0\2\x7f\xff\xff\xff"), 0},
    {"format_unknown", 44, BYTES("\0\0\0\x63"), 0},
    {"vacuum_lie", 52, BYTES("\0\0\0\5"), 0},
    {"encoding_unknown", 56, BYTES("\0\0\0\x09"), 0},
    {"encoding_utf16", 56, BYTES("\0\0\0\2"), 0},
    {"schema_cells", 103, BYTES("\xff\xff"), 0},
    {"schema_pointers", 108, BYTES("\xff\xff\0\0"), 0},
    {"schema_free_blocks", 101, BYTES("\0\x65"), 0},
    {"table_type", PAGE, BYTES("\x0a"), 0},
    {"table_empty", PAGE, BYTES("\x0d\0\0\0\0\0\0\0"), 0},
    {"table_to_itself", PAGE, BYTES("\5\0\0\0\0\0\0\0\0\0\0\2"), 0},
    {"schema_to_itself", 100, BYTES("\5\0\0\0\0\0\0\0\0\0\0\1"), 0},
    {"table_to_schema", PAGE, BYTES("\5\0\0\0\0\0\0\0\0\0\0\1"), 0},
};

/* --- making --------------------------------------------------------------------------------- */

static void stop(const char *what)
{
    fprintf(stderr, "hostile_make: %s\n", what);
    exit(1);
}

static sqlite3 *make_base(const char *path)
{
    sqlite3 *db;
    unlink(path);
    if (sqlite3_open(path, &db) != SQLITE_OK ||
        sqlite3_exec(db, base_sql, NULL, NULL, NULL) != SQLITE_OK) {
        stop(sqlite3_errmsg(db));
    }
    return db;
}

static void run(sqlite3 *db, const char *sql)
{
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
    if (sqlite3_exec(db, "PRAGMA writable_schema = ON; BEGIN", NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) {
        stop(sqlite3_errmsg(db));
    }
}

static FILE *open_base(const char *path)
{
    sqlite3_close(make_base(path));
    FILE *file = fopen(path, "r+be");
    if (file == NULL) {
        stop(path);
    }
    return file;
}

static void put(FILE *file, long offset, const void *bytes, size_t count)
{
    fseek(file, offset, SEEK_SET);
    fwrite(bytes, 1, count, file);
}

static void put_number(unsigned char *bytes, uint32_t number)
{
    for (int i = 0; i < 4; i++) {
        bytes[i] = (unsigned char)(number >> (24 - 8 * i));
    }
}

static long size_of(FILE *file)
{
    fseek(file, 0, SEEK_END);
    return ftell(file);
}

static void close_with_pages(FILE *file)
{
    unsigned char count[4];
    put_number(count, (uint32_t)(size_of(file) / PAGE));
    put(file, 28, count, sizeof count);
    fclose(file);
}

static void make_patched(const struct patch_kind *kind, const char *path)
{
    FILE *file = open_base(path);
    if (kind->offset >= 0) {
        put(file, kind->offset, kind->bytes, (size_t)kind->count);
    }
    long size = size_of(file);
    fclose(file);
    if (kind->size != 0 && truncate(path, kind->size > 0 ? kind->size : size + kind->size) != 0) {
        stop(path);
    }
}

static void make_sql(const struct sql_kind *kind, const char *path)
{
    sqlite3 *db = make_base(path);
    run(db, kind->sql);
    sqlite3_close(db);
}

/* --- kinds that take more than that ---------------------------------------------------------- */

/* Writes an interior page, all of whose children are the page NEXT. */
static void put_junction(FILE *file, uint32_t page_number, uint32_t next)
{
    unsigned char page[PAGE] = {0};
    long header_at = page_number == 1 ? 100 : 0;
    int cells_at = PAGE - 5 * MAZE_WAYS;
    unsigned char *header = page + header_at;
    header[0] = 5;
    header[4] = MAZE_WAYS;
    header[5] = (unsigned char)(cells_at >> 8);
    header[6] = (unsigned char)cells_at;
    put_number(header + 8, next);
    for (int way = 0; way < MAZE_WAYS; way++) {
        int cell = cells_at + 5 * way;
        header[12 + 2 * way] = (unsigned char)(cell >> 8);
        header[13 + 2 * way] = (unsigned char)cell;
        put_number(page + cell, next);
        page[cell + 4] = (unsigned char)(way + 1);
    }
    put(file, (long)(page_number - 1) * PAGE + header_at, header, (size_t)(PAGE - header_at));
}

/* As many ways to one leaf as MAZE_WAYS to the power of MAZE_DEPTH, and too few of SQLite's
 * complaints to make its check end early. */
static void make_maze(const char *path, uint32_t root)
{
    FILE *file = open_base(path);
    /* One row, whose only column is NULL. */
    unsigned char leaf[PAGE] = "\x0d\0\0\0\1\x0f\xfc\0\x0f\xfc";
    memcpy(leaf + PAGE - 4, "\2\1\2\0", 4);
    uint32_t next = (uint32_t)(size_of(file) / PAGE) + 1;
    uint32_t last = next + MAZE_DEPTH;
    put_junction(file, root, next);
    for (; next < last; next++) {
        put_junction(file, next, next + 1);
    }
    put(file, (long)(next - 1) * PAGE, leaf, PAGE);
    close_with_pages(file);
}

static void make_schema_maze(const char *path)
{
    make_maze(path, 1);
}

static void make_table_maze(const char *path)
{
    make_maze(path, 2);
}

/* A long value's pages: each of them leads to itself. */
static void make_overflow_cycle(const char *path)
{
    sqlite3 *db = make_base(path);
    sqlite3_stmt *pages;
    FILE *file = fopen(path, "r+be");
    if (file == NULL ||
        sqlite3_prepare_v2(db, "SELECT pageno FROM dbstat WHERE pagetype = 'overflow'", -1, &pages,
                           NULL) != SQLITE_OK) {
        stop(path);
    }
    while (sqlite3_step(pages) == SQLITE_ROW) {
        unsigned char next[4];
        uint32_t page = (uint32_t)sqlite3_column_int(pages, 0);
        put_number(next, page);
        put(file, (long)(page - 1) * PAGE, next, sizeof next);
    }
    fclose(file);
    sqlite3_finalize(pages);
    sqlite3_close(db);
}

/* A chain of views, each of two of the one before. */
static void make_view_powers(const char *path)
{
    sqlite3 *db = make_base(path);
    run(db, "CREATE VIEW v0 AS SELECT 1 AS x");
    for (int i = 1; i < 60; i++) {
        char sql[128];
        snprintf(sql, sizeof sql, "CREATE VIEW v%d AS SELECT a.x FROM v%d AS a, v%d AS b", i, i - 1,
                 i - 1);
        run(db, sql);
    }
    sqlite3_close(db);
}

/* A hundred thousand tables, each on an empty page of its own behind all others. */
static void make_many_tables(const char *path)
{
    enum { SMALL = 512, FIRST = 40000 };
    unsigned char leaf[SMALL] = {0x0d, 0, 0, 0, 0, SMALL >> 8};
    unsigned char count[4];
    sqlite3 *db = make_base(path);
    sqlite3_exec(db, "PRAGMA page_size = 512; VACUUM", NULL, NULL, NULL);
    run(db, NUMBERS "99999) INSERT INTO sqlite_schema SELECT 'table', 't' || i, 't' || i, "
                    "40000 + i, 'CREATE TABLE t' || i || ' (a, b TEXT)' FROM n");
    sqlite3_close(db);
    FILE *file = fopen(path, "r+be");
    if (file == NULL) {
        stop(path);
    }
    for (long i = FIRST - 1; i < FIRST + MANY; i++) {
        put(file, i * SMALL, leaf, SMALL);
    }
    put_number(count, FIRST + MANY);
    put(file, 28, count, sizeof count);
    fclose(file);
}

static void make_many_columns(const char *path)
{
    sqlite3 *db = make_base(path);
    run(db, NUMBERS "100) INSERT INTO sqlite_schema SELECT 'table', 't' || i, 't' || i, 2, "
                    "'CREATE TABLE t' || i || ' (' || (" NUMBERS "1998) SELECT "
                    "group_concat('c' || i || ' a_type_of_no_one_s') FROM n) || ')' FROM n");
    sqlite3_close(db);
}

static const struct {
    const char *name;
    void (*make)(const char *path);
} made_kinds[] = {
    {"maze", make_table_maze},
    {"schema_maze", make_schema_maze},
    {"overflow_cycle", make_overflow_cycle},
    {"view_powers", make_view_powers},
    {"many_tables", make_many_tables},
    {"many_columns", make_many_columns},
};

/* Between one and eight bits, in the first pages as often as in all the others. */
static void make_flipped(const char *path, uint64_t seed)
{
    FILE *file = open_base(path);
    long size = size_of(file);
    uint64_t state = seed * 2862933555777941757U + 3037000493U;
    for (uint64_t i = 0; i <= seed % 8; i++) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        long within = (state >> 20) % 2 == 0 ? 2L * PAGE : size;
        long offset = (long)((state >> 24) % (uint64_t)within);
        fseek(file, offset, SEEK_SET);
        int byte = fgetc(file) ^ (1 << (state >> 21) % 8);
        put(file, offset, &(unsigned char){(unsigned char)byte}, 1);
    }
    fclose(file);
}

/* --- all of it ------------------------------------------------------------------------------ */

#define EACH(kinds) (size_t i = 0; i < sizeof(kinds) / sizeof((kinds)[0]); i++)

static void print_kinds(void)
{
    for
        EACH(patch_kinds)
        {
            puts(patch_kinds[i].name);
        }
    for
        EACH(sql_kinds)
        {
            puts(sql_kinds[i].name);
        }
    for
        EACH(made_kinds)
        {
            puts(made_kinds[i].name);
        }
}

static void make(const char *kind, const char *path)
{
    for
        EACH(patch_kinds)
        {
            if (strcmp(kind, patch_kinds[i].name) == 0) {
                make_patched(&patch_kinds[i], path);
                return;
            }
        }
    for
        EACH(sql_kinds)
        {
            if (strcmp(kind, sql_kinds[i].name) == 0) {
                make_sql(&sql_kinds[i], path);
                return;
            }
        }
    for
        EACH(made_kinds)
        {
            if (strcmp(kind, made_kinds[i].name) == 0) {
                made_kinds[i].make(path);
                return;
            }
        }
    stop("there is no such kind");
}

int main(int argc, char **argv)
{
    if (argc == 1) {
        print_kinds();
        return 0;
    }
    if (argc == 4 && strcmp(argv[1], "flipped") == 0) {
        make_flipped(argv[2], (uint64_t)tool_number(argv[3]));
    } else if (argc == 3) {
        make(argv[1], argv[2]);
    } else {
        fprintf(stderr, "usage: hostile_make [KIND FILE | flipped FILE SEED]\n");
        return 64;
    }
    return 0;
}
