/* Somebody who checkpoints: checkpointer DATABASE COUNTERS LONGEST_PAUSE_MS runs a checkpoint of a
 * random kind at random moments until SIGTERM, and counts in COUNTERS (commits) those that came to
 * their end. */
#include <time.h>

#include "ledger.h"
#include "tool.h"

static void pause_randomly(unsigned *seed, int longest_ms)
{
    int pause_ms = rand_r(seed) % longest_ms;
    struct timespec pause = {.tv_sec = pause_ms / 1000, .tv_nsec = pause_ms % 1000 * 1000000L};
    nanosleep(&pause, NULL);
}

int main(int argc, char **argv)
{
    static const int modes[] = {SQLITE_CHECKPOINT_PASSIVE, SQLITE_CHECKPOINT_FULL,
                                SQLITE_CHECKPOINT_RESTART, SQLITE_CHECKPOINT_TRUNCATE};
    unsigned seed = 1;
    if (argc != 4) {
        fprintf(stderr, "usage: checkpointer DATABASE COUNTERS LONGEST_PAUSE_MS\n");
        return 64;
    }
    int longest_pause_ms = (int)tool_number(argv[3]);
    tool_stop_on_sigterm();
    sqlite3 *db = ledger_open(argv[1], SQLITE_OPEN_READWRITE);
    struct tool_counters *counters = tool_counters_map(argv[2]);
    ledger_execute(db, "PRAGMA synchronous = OFF");
    while (!tool_stopped) {
        int rc = sqlite3_wal_checkpoint_v2(db, "main", modes[rand_r(&seed) % 4], NULL, NULL);
        if ((rc & 0xff) == SQLITE_BUSY) {
            atomic_fetch_add(&counters->busy, 1);
        } else if (rc == SQLITE_OK) {
            atomic_fetch_add(&counters->commits, 1);
        } else {
            ledger_fail(db, "checkpoint");
        }
        pause_randomly(&seed, longest_pause_ms);
    }
    return sqlite3_close(db) == SQLITE_OK ? 0 : 1;
}
