/* Checks a finished backup: ledger_check FILE [COUNTERS...]
 *
 * The file is one file in rollback mode with nothing beside it, passes integrity_check, holds the
 * invariants, and contains what writer 1, 2, … had committed when the counters file of each was
 * copied. Prints the generation. */
#include <sys/stat.h>

#include "ledger.h"
#include "tool.h"

static void check_alone(const char *path, struct ledger_state *state)
{
    static const char *const suffixes[] = {"-wal", "-shm", "-journal"};
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++) {
        char beside[4096];
        struct stat status;
        snprintf(beside, sizeof(beside), "%s%s", path, suffixes[i]);
        if (lstat(beside, &status) == 0) {
            ledger_problem(state, "there is a %s file beside it", suffixes[i]);
        }
    }
}

static void check_integrity(sqlite3 *db, struct ledger_state *state)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(db, "PRAGMA integrity_check(1)", -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW) {
        ledger_problem(state, "integrity_check: %s", sqlite3_errmsg(db));
    } else if (strcmp((const char *)sqlite3_column_text(statement, 0), "ok") != 0) {
        ledger_problem(state, "integrity_check: %s", sqlite3_column_text(statement, 0));
    }
    sqlite3_finalize(statement);
}

static void check_contains(sqlite3 *db, int writer, int64_t committed, struct ledger_state *state)
{
    char sql[100];
    int64_t last = 0;
    snprintf(sql, sizeof(sql), "SELECT last_sequence FROM writer WHERE id = %d", writer);
    ledger_numbers(db, sql, 1, &last);
    if (last < committed) {
        ledger_problem(state, "writer %d had committed %" PRId64 ", the last one here is %" PRId64,
                       writer, committed, last);
    }
}

int main(int argc, char **argv)
{
    struct ledger_state state;
    struct ledger_state file_state = {0};
    if (argc < 2) {
        fprintf(stderr, "usage: ledger_check FILE [COUNTERS...]\n");
        return 64;
    }
    check_alone(argv[1], &file_state);
    sqlite3 *db = ledger_open(argv[1], SQLITE_OPEN_READONLY);
    check_integrity(db, &file_state);
    if (ledger_check(db, &state) != SQLITE_OK) {
        ledger_problem(&state, "%s", sqlite3_errmsg(db));
    }
    for (int i = 2; i < argc; i++) {
        check_contains(db, i - 1, atomic_load(&tool_counters_map(argv[i])->sequence), &state);
    }
    sqlite3_close(db);
    const char *problem = file_state.problem[0] != '\0' ? file_state.problem : state.problem;
    if (problem[0] != '\0') {
        fprintf(stderr, "%s: %s\n", argv[1], problem);
    }
    printf("%" PRId64 "\n", state.generation);
    return problem[0] != '\0' ? 1 : 0;
}
