/* An application whose rows tell when they were made: replication_fetch_writer DATABASE COUNTERS
 * PERIOD_MS NOTE_BYTES inserts one every PERIOD_MS, each in a transaction of its own, until
 * SIGTERM. Its key is the time (milliseconds since 1970) at which the transaction began; COUNTERS
 * has the last one that was committed. */
#include <time.h>

#include "ledger.h"
#include "tool.h"

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void insert(sqlite3 *db, int64_t note_bytes, struct tool_counters *counters)
{
    char sql[100];
    int64_t ms = now_ms();
    snprintf(sql, sizeof sql, "INSERT INTO moment VALUES(%" PRId64 ", randomblob(%" PRId64 "))", ms,
             note_bytes);
    ledger_execute(db, sql);
    atomic_store(&counters->sequence, ms);
    atomic_fetch_add(&counters->commits, 1);
}

static void pause_ms(int64_t milliseconds)
{
    struct timespec period = {.tv_sec = milliseconds / 1000,
                              .tv_nsec = milliseconds % 1000 * 1000000L};
    nanosleep(&period, NULL);
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: replication_fetch_writer DATABASE COUNTERS PERIOD_MS NOTE_BYTES\n");
        return 64;
    }
    struct tool_counters *counters = tool_counters_map(argv[2]);
    int64_t period_ms = tool_number(argv[3]);
    int64_t note_bytes = tool_number(argv[4]);
    tool_stop_on_sigterm();
    sqlite3 *db = ledger_open(argv[1], SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    ledger_execute(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;"
                       "CREATE TABLE IF NOT EXISTS moment(ms INTEGER PRIMARY KEY, note BLOB)");
    while (!tool_stopped) {
        insert(db, note_bytes, counters);
        pause_ms(period_ms);
    }
    return sqlite3_close(db) == SQLITE_OK ? 0 : 1;
}
