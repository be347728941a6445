/* An application whose commits are known: replication_status_writer DATABASE LOG PERIOD_MS commits
 * a row every PERIOD_MS until SIGTERM, with the next number, and writes "NUMBER MS" into LOG when
 * SQLite has said that it is done: MS since 1970. */
#include <inttypes.h>
#include <time.h>

#include "ledger.h"
#include "tool.h"

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

static void commit(sqlite3 *db, FILE *log)
{
    ledger_execute(db, "INSERT INTO commits (id, filler) SELECT ifnull(max(id), 0) + 1,"
                       " randomblob(abs(random()) % 400) FROM commits");
    int64_t done_ms = now_ms();
    fprintf(log, "%" PRId64 " %" PRId64 "\n", (int64_t)sqlite3_last_insert_rowid(db), done_ms);
    fflush(log);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: replication_status_writer DATABASE LOG PERIOD_MS\n");
        return 64;
    }
    FILE *log = fopen(argv[2], "ae");
    if (log == NULL) {
        perror(argv[2]);
        return 73;
    }
    tool_stop_on_sigterm();
    sqlite3 *db = ledger_open(argv[1], SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    ledger_execute(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;"
                       "CREATE TABLE IF NOT EXISTS commits (id INTEGER PRIMARY KEY, filler)");
    while (!tool_stopped) {
        commit(db, log);
        usleep((useconds_t)(tool_number(argv[3]) * 1000));
    }
    fclose(log);
    return sqlite3_close(db) == SQLITE_OK ? 0 : 1;
}
