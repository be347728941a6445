/* Holds a lock: lock_holder DATABASE read|write begins a transaction, makes the file READY, and
 * keeps the transaction open until SIGTERM. Its write transaction has changed nothing when it is
 * rolled back. */
#include "ledger.h"
#include "tool.h"

static void begin(sqlite3 *db, const char *kind)
{
    if (strcmp(kind, "write") == 0) {
        ledger_execute(db, "BEGIN IMMEDIATE");
    } else {
        ledger_execute(db, "BEGIN; SELECT count(*) FROM sqlite_schema");
    }
}

int main(int argc, char **argv)
{
    sigset_t none;
    sigset_t sigterm;
    if (argc != 4) {
        fprintf(stderr, "usage: lock_holder DATABASE read|write READY\n");
        return 64;
    }
    /* Blocked until sigsuspend waits for it: a SIGTERM that comes early is not lost. */
    sigemptyset(&sigterm);
    sigaddset(&sigterm, SIGTERM);
    sigprocmask(SIG_BLOCK, &sigterm, &none);
    tool_stop_on_sigterm();
    sqlite3 *db = ledger_open(argv[1], SQLITE_OPEN_READWRITE);
    begin(db, argv[2]);
    close(open(argv[3], O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    while (!tool_stopped) {
        sigsuspend(&none);
    }
    ledger_execute(db, "ROLLBACK");
    return sqlite3_close(db) == SQLITE_OK ? 0 : 1;
}
