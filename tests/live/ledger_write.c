/* A busy application: ledger_write DATABASE WRITER COUNTERS [PERIOD_MS] commits transactions of
 * random size until SIGTERM, on one connection, and tells in COUNTERS what it has committed. */
#include <time.h>

#include "ledger.h"
#include "tool.h"

/* Older entries of a writer are removed, so that a long test does not grow the database. */
#define ENTRIES_KEPT 2000

#define SMALL_TRANSACTION 8
#define LARGE_TRANSACTION 300
#define ONE_IN_HOW_MANY_IS_LARGE 50

struct writer {
    sqlite3 *db;
    int64_t id;
    int64_t sequence;
    int64_t generation;
    int64_t accounts;
    unsigned seed;
};

static int random_below(struct writer *writer, int limit)
{
    return rand_r(&writer->seed) % limit;
}

__attribute__((format(printf, 2, 3))) static int execute(struct writer *writer, const char *format,
                                                         ...)
{
    char sql[600];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sql, sizeof(sql), format, arguments);
    va_end(arguments);
    return sqlite3_exec(writer->db, sql, NULL, NULL, NULL);
}

/* Continues where this database stands: after a restore that is another number than this writer's
 * last one. */
static int read_position(struct writer *writer)
{
    char sql[200];
    int64_t n[3];
    snprintf(sql, sizeof(sql),
             "SELECT generation, accounts, (SELECT ifnull(max(last_sequence), 0) FROM writer WHERE "
             "id = %" PRId64 ") FROM ledger",
             writer->id);
    int rc = ledger_numbers(writer->db, sql, 3, n);
    if (rc != SQLITE_ROW) {
        return rc;
    }
    writer->generation = n[0];
    writer->accounts = n[1];
    writer->sequence = n[2];
    return SQLITE_OK;
}

static int transfer(struct writer *writer)
{
    int debit = 1 + random_below(writer, (int)writer->accounts);
    int credit = 1 + random_below(writer, (int)writer->accounts);
    int amount = 1 + random_below(writer, 500);
    writer->sequence++;
    return execute(writer,
                   "UPDATE account SET balance = balance - %d WHERE id = %d;"
                   "UPDATE account SET balance = balance + %d WHERE id = %d;"
                   "INSERT INTO entry VALUES(%" PRId64 ", %" PRId64 ", %" PRId64 ", %d, %d, %d,"
                   " hex(randomblob(%d)))",
                   amount, debit, amount, credit, writer->id, writer->sequence, writer->generation,
                   debit, credit, amount, random_below(writer, 200));
}

static int file_entries(struct writer *writer)
{
    int64_t first = writer->sequence > ENTRIES_KEPT ? writer->sequence - ENTRIES_KEPT + 1 : 1;
    return execute(writer,
                   "DELETE FROM entry WHERE writer = %" PRId64 " AND sequence < %" PRId64 ";"
                   "REPLACE INTO writer VALUES(%" PRId64 ", %" PRId64 ", %" PRId64 ", %" PRId64 ")",
                   writer->id, first, writer->id, writer->generation, first, writer->sequence);
}

static int transact(struct writer *writer)
{
    int large = random_below(writer, ONE_IN_HOW_MANY_IS_LARGE) == 0;
    int transfers = 1 + random_below(writer, large ? LARGE_TRANSACTION : SMALL_TRANSACTION);
    int rc = execute(writer, "BEGIN IMMEDIATE");
    if (rc == SQLITE_OK) {
        rc = read_position(writer);
    }
    while (rc == SQLITE_OK && transfers-- > 0) {
        rc = transfer(writer);
    }
    if (rc == SQLITE_OK) {
        rc = file_entries(writer);
    }
    if (rc == SQLITE_OK) {
        rc = execute(writer, "COMMIT");
    }
    if (rc != SQLITE_OK && !sqlite3_get_autocommit(writer->db)) {
        execute(writer, "ROLLBACK");
    }
    return rc;
}

static void pause_ms(int milliseconds)
{
    struct timespec period = {.tv_sec = milliseconds / 1000,
                              .tv_nsec = milliseconds % 1000 * 1000000L};
    nanosleep(&period, NULL);
}

static void count_commit(const struct writer *writer, struct tool_counters *counters)
{
    if (atomic_load(&counters->generation) != writer->generation) {
        atomic_store(&counters->replaced, atomic_load(&counters->sequence));
    }
    atomic_store(&counters->sequence, writer->sequence);
    atomic_store(&counters->generation, writer->generation);
    atomic_fetch_add(&counters->commits, 1);
}

static void write_until_stopped(struct writer *writer, struct tool_counters *counters,
                                int period_ms)
{
    while (!tool_stopped) {
        int rc = transact(writer);
        if (rc == SQLITE_OK) {
            count_commit(writer, counters);
        } else if ((rc & 0xff) == SQLITE_BUSY) {
            atomic_fetch_add(&counters->busy, 1);
        } else {
            ledger_fail(writer->db, "writer");
        }
        if (period_ms > 0) {
            pause_ms(period_ms);
        }
    }
}

int main(int argc, char **argv)
{
    if (argc < 4 || argc > 5) {
        fprintf(stderr, "usage: ledger_write DATABASE WRITER COUNTERS [PERIOD_MS]\n");
        return 64;
    }
    struct writer writer = {.id = tool_number(argv[2]), .seed = (unsigned)tool_number(argv[2])};
    tool_stop_on_sigterm();
    writer.db = ledger_open(argv[1], SQLITE_OPEN_READWRITE);
    /* These tests kill processes, not machines: nothing needs to reach the disk. */
    ledger_execute(writer.db, "PRAGMA synchronous = OFF");
    write_until_stopped(&writer, tool_counters_map(argv[3]),
                        argc == 5 ? (int)tool_number(argv[4]) : 0);
    return sqlite3_close(writer.db) == SQLITE_OK ? 0 : 1;
}
