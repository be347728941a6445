/* The ledger: a database whose content shows by itself whether it is one committed state.
 *
 * Every transaction moves money between accounts, so that the sum of all balances never changes,
 * and files each transfer under the writer's next sequence number, so that a number that is missing
 * is a lost transaction. Every row carries the generation of the database that it was made in: two
 * generations in one read are a mixture of two databases. The index over the entries is there to
 * differ from its table when pages of two states are mixed. */
#ifndef LEDGER_H
#define LEDGER_H

#include <inttypes.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LEDGER_BUSY_RETRY_US 500
#define LEDGER_BUSY_RETRIES 20000

/* What is wrong with a ledger; empty when nothing is. */
struct ledger_state {
    int64_t generation;
    char problem[200];
};

static inline _Noreturn void ledger_fail(sqlite3 *db, const char *what)
{
    fprintf(stderr, "%s: %s (%d)\n", what, sqlite3_errmsg(db), sqlite3_extended_errcode(db));
    exit(1);
}

/* SQLite's own handler sleeps for up to 100 ms between two tries: with it, one of several busy
 * writers has the database to itself. This one gives each its turn, and gives up after some ten
 * seconds. */
static inline int ledger_wait(void *unused, int tries)
{
    (void)unused;
    usleep(LEDGER_BUSY_RETRY_US);
    return tries < LEDGER_BUSY_RETRIES;
}

static inline sqlite3 *ledger_open(const char *path, int flags)
{
    sqlite3 *db = NULL;
    if (sqlite3_open_v2(path, &db, flags, NULL) != SQLITE_OK) {
        ledger_fail(db, path);
    }
    sqlite3_busy_handler(db, ledger_wait, NULL);
    return db;
}

static inline void ledger_execute(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        ledger_fail(db, sql);
    }
}

/* Reads one row of numbers. Returns SQLITE_ROW, SQLITE_DONE where there is none, or the error. */
static inline int ledger_numbers(sqlite3 *db, const char *sql, int count, int64_t *ret_numbers)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(statement);
    }
    for (int i = 0; rc == SQLITE_ROW && i < count; i++) {
        ret_numbers[i] = sqlite3_column_int64(statement, i);
    }
    sqlite3_finalize(statement);
    return rc;
}

__attribute__((format(printf, 2, 3))) static inline void ledger_problem(struct ledger_state *state,
                                                                        const char *format, ...)
{
    va_list arguments;
    if (state->problem[0] != '\0') {
        return;
    }
    va_start(arguments, format);
    vsnprintf(state->problem, sizeof(state->problem), format, arguments);
    va_end(arguments);
}

/* Counts what has another generation than the ledger's one row says, or is more or less than it
 * says. */
static inline int ledger_check_totals(sqlite3 *db, struct ledger_state *state)
{
    static const char sql[] =
        "SELECT l.generation, l.accounts, l.total, l.fillers, a.n, a.total, f.n,"
        " (SELECT count(*) FROM account WHERE generation <> l.generation)"
        " + (SELECT count(*) FROM filler WHERE generation <> l.generation)"
        " + (SELECT count(*) FROM writer WHERE generation <> l.generation)"
        " + (SELECT count(*) FROM entry WHERE generation <> l.generation)"
        " FROM ledger l, (SELECT count(*) AS n, sum(balance) AS total FROM account) a,"
        " (SELECT count(*) AS n FROM filler) f";
    int64_t n[8];
    int rc = ledger_numbers(db, sql, 8, n);
    if (rc == SQLITE_DONE) {
        ledger_problem(state, "the ledger has no row");
    }
    if (rc != SQLITE_ROW) {
        return rc;
    }
    state->generation = n[0];
    if (n[4] != n[1] || n[5] != n[2]) {
        ledger_problem(
            state, "%" PRId64 " accounts with the sum %" PRId64 ", not %" PRId64 " with %" PRId64,
            n[4], n[5], n[1], n[2]);
    }
    if (n[6] != n[3]) {
        ledger_problem(state, "%" PRId64 " filler rows, not %" PRId64, n[6], n[3]);
    }
    if (n[7] != 0) {
        ledger_problem(state, "%" PRId64 " rows of another generation than %" PRId64, n[7], n[0]);
    }
    return SQLITE_ROW;
}

/* A writer's row says from which to which number its entries go: each of them is there, and no
 * other. */
static inline int ledger_check_entries(sqlite3 *db, struct ledger_state *state)
{
    static const char gaps[] =
        "SELECT w.id, w.first_sequence, w.last_sequence FROM writer w LEFT JOIN entry e ON "
        "e.writer = w.id"
        " GROUP BY w.id HAVING count(e.sequence) <> w.last_sequence - w.first_sequence + 1"
        " OR min(e.sequence) <> w.first_sequence OR max(e.sequence) <> w.last_sequence";
    static const char unindexed[] =
        "SELECT (SELECT count(*) FROM entry NOT INDEXED)"
        " - (SELECT count(*) FROM entry INDEXED BY entry_debit WHERE debit >= 0)";
    int64_t n[3];
    int rc = ledger_numbers(db, gaps, 3, n);
    if (rc == SQLITE_ROW) {
        ledger_problem(state, "writer %" PRId64 " lacks entries between %" PRId64 " and %" PRId64,
                       n[0], n[1], n[2]);
    }
    if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
        return rc;
    }
    rc = ledger_numbers(db, unindexed, 1, n);
    if (rc == SQLITE_ROW && n[0] != 0) {
        ledger_problem(state, "the index has %" PRId64 " entries too few", n[0]);
    }
    return rc;
}

/* Checks the whole ledger in one read transaction. Returns SQLITE_OK, or the error that stopped the
 * reading. */
static inline int ledger_check(sqlite3 *db, struct ledger_state *ret_state)
{
    memset(ret_state, 0, sizeof(*ret_state));
    int rc = sqlite3_exec(db, "BEGIN", NULL, NULL, NULL);
    if (rc == SQLITE_OK) {
        rc = ledger_check_totals(db, ret_state);
    }
    if (rc == SQLITE_ROW) {
        rc = ledger_check_entries(db, ret_state);
    }
    if (!sqlite3_get_autocommit(db)) {
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    }
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

#endif
