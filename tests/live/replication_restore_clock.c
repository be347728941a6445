/* An application that writes down when it writes: replication_restore_clock DATABASE COUNTERS
 * PERIOD_MS
 *
 * Every PERIOD_MS it adds a row to the table `tick`, with the next number and the time in
 * milliseconds, until SIGTERM. COUNTERS tells the number of the last one that is committed
 * (sequence) and its time (generation): both outlive a kill -9. */
#include <time.h>

#include "ledger.h"
#include "tool.h"

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

/* Adds one row; its number follows the last one that is there. */
static int add_tick(sqlite3 *db, int64_t at_ms)
{
    char sql[100];
    snprintf(sql, sizeof(sql), "INSERT INTO tick(at) VALUES(%" PRId64 ")", at_ms);
    return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: replication_restore_clock DATABASE COUNTERS PERIOD_MS\n");
        return 64;
    }
    tool_stop_on_sigterm();
    struct tool_counters *counters = tool_counters_map(argv[2]);
    sqlite3 *db = ledger_open(argv[1], SQLITE_OPEN_READWRITE);
    ledger_execute(db, "CREATE TABLE IF NOT EXISTS tick(id INTEGER PRIMARY KEY, at INTEGER)");
    while (!tool_stopped) {
        int64_t at_ms = now_ms();
        if (add_tick(db, at_ms) != SQLITE_OK) {
            ledger_fail(db, "tick");
        }
        atomic_store(&counters->sequence, sqlite3_last_insert_rowid(db));
        atomic_store(&counters->generation, at_ms);
        usleep((useconds_t)(tool_number(argv[3]) * 1000));
    }
    return sqlite3_close(db) == SQLITE_OK ? 0 : 1;
}
