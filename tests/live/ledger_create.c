/* Makes a ledger: ledger_create DATABASE GENERATION ACCOUNTS FILLER_KIB wal|delete [PAGE_SIZE]
 *
 * FILLER_KIB rows of 1,000 random bytes make it as large as a test needs it. */
#include "ledger.h"
#include "tool.h"

static void create_schema(sqlite3 *db, int64_t page_size)
{
    char sql[200];
    snprintf(sql, sizeof(sql),
             "PRAGMA page_size = %" PRId64 "; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF",
             page_size);
    ledger_execute(db, sql);
    ledger_execute(
        db,
        "CREATE TABLE ledger(id INTEGER PRIMARY KEY CHECK (id = 1), generation INTEGER NOT NULL,"
        " accounts INTEGER NOT NULL, total INTEGER NOT NULL, fillers INTEGER NOT NULL);"
        "CREATE TABLE account(id INTEGER PRIMARY KEY, generation INTEGER NOT NULL,"
        " balance INTEGER NOT NULL);"
        "CREATE TABLE writer(id INTEGER PRIMARY KEY, generation INTEGER NOT NULL,"
        " first_sequence INTEGER NOT NULL, last_sequence INTEGER NOT NULL);"
        "CREATE TABLE entry(writer INTEGER, sequence INTEGER, generation INTEGER NOT NULL,"
        " debit INTEGER NOT NULL, credit INTEGER NOT NULL, amount INTEGER NOT NULL, note TEXT,"
        " PRIMARY KEY(writer, sequence)) WITHOUT ROWID;"
        "CREATE INDEX entry_debit ON entry(debit);"
        "CREATE TABLE filler(id INTEGER PRIMARY KEY, generation INTEGER NOT NULL, data BLOB)");
}

static void create_rows(sqlite3 *db, int64_t generation, int64_t accounts, int64_t fillers)
{
    char sql[800];
    snprintf(sql, sizeof(sql),
             "BEGIN;"
             "INSERT INTO ledger VALUES(1, %" PRId64 ", %" PRId64 ", 1000 * %" PRId64 ", %" PRId64
             ");"
             "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT %" PRId64 ")"
             " INSERT INTO account SELECT i, %" PRId64 ", 1000 FROM n;"
             "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT %" PRId64 ")"
             " INSERT INTO filler SELECT i, %" PRId64 ", randomblob(1000) FROM n;"
             "COMMIT",
             generation, accounts, accounts, fillers, accounts, generation, fillers, generation);
    ledger_execute(db, sql);
}

int main(int argc, char **argv)
{
    if (argc < 6 || argc > 7) {
        fprintf(stderr, "usage: ledger_create DATABASE GENERATION ACCOUNTS FILLER_KIB wal|delete "
                        "[PAGE_SIZE]\n");
        return 64;
    }
    sqlite3 *db = ledger_open(argv[1], SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    create_schema(db, argc == 7 ? tool_number(argv[6]) : 4096);
    create_rows(db, tool_number(argv[2]), tool_number(argv[3]), tool_number(argv[4]));
    ledger_execute(db, strcmp(argv[5], "wal") == 0 ? "PRAGMA journal_mode = WAL"
                                                   : "PRAGMA journal_mode = DELETE");
    return sqlite3_close(db) == SQLITE_OK ? 0 : 1;
}
