/* A reader that never reopens: ledger_read DATABASE COUNTERS reads the whole ledger again and again
 * on one connection until SIGTERM, and fails at the first read that is not one whole state. Of all
 * errors SQLITE_BUSY alone is allowed. */
#include "ledger.h"
#include "tool.h"

static void read_until_stopped(sqlite3 *db, struct tool_counters *counters)
{
    while (!tool_stopped) {
        struct ledger_state state;
        int rc = ledger_check(db, &state);
        if ((rc & 0xff) == SQLITE_BUSY) {
            atomic_fetch_add(&counters->busy, 1);
            continue;
        }
        if (rc != SQLITE_OK) {
            ledger_fail(db, "reader");
        }
        if (state.problem[0] != '\0') {
            fprintf(stderr, "a reader saw a mixture: %s\n", state.problem);
            exit(1);
        }
        atomic_store(&counters->generation, state.generation);
        atomic_fetch_add(&counters->reads, 1);
    }
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: ledger_read DATABASE COUNTERS\n");
        return 64;
    }
    tool_stop_on_sigterm();
    sqlite3 *db = ledger_open(argv[1], SQLITE_OPEN_READWRITE);
    read_until_stopped(db, tool_counters_map(argv[2]));
    return sqlite3_close(db) == SQLITE_OK ? 0 : 1;
}
