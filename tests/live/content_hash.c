/* Prints a SHA-256 of what a database says: content_hash DATABASE
 *
 * Schema, user_version, application_id and every row in the order of its key go in; page size,
 * order of pages, free pages, journal mode and anything else of the file's layout do not. */
#include <openssl/evp.h>

#include "ledger.h"

static EVP_MD_CTX *digest;

static void feed(char tag, const void *bytes, size_t count)
{
    uint64_t length = count;
    EVP_DigestUpdate(digest, &tag, 1);
    EVP_DigestUpdate(digest, &length, sizeof(length));
    EVP_DigestUpdate(digest, bytes, count);
}

static void feed_value(sqlite3_stmt *statement, int column)
{
    int64_t integer = sqlite3_column_int64(statement, column);
    double real = sqlite3_column_double(statement, column);
    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
        feed('i', &integer, sizeof(integer));
        break;
    case SQLITE_FLOAT:
        feed('r', &real, sizeof(real));
        break;
    case SQLITE_NULL:
        feed('n', "", 0);
        break;
    case SQLITE_TEXT:
        feed('t', sqlite3_column_text(statement, column),
             (size_t)sqlite3_column_bytes(statement, column));
        break;
    default:
        feed('b', sqlite3_column_blob(statement, column),
             (size_t)sqlite3_column_bytes(statement, column));
    }
}

static void feed_query(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK) {
        ledger_fail(db, sql);
    }
    int rc;
    while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
        int columns = sqlite3_column_count(statement);
        feed('R', &columns, sizeof(columns));
        for (int i = 0; i < columns; i++) {
            feed_value(statement, i);
        }
    }
    if (rc != SQLITE_DONE) {
        ledger_fail(db, sql);
    }
    sqlite3_finalize(statement);
}

/* The order of the key, then of all other columns: they decide where a key is NULL or missing. */
static char *row_order(sqlite3 *db, const char *table)
{
    sqlite3_stmt *statement = NULL;
    sqlite3_str *order = sqlite3_str_new(db);
    if (sqlite3_prepare_v2(db, "SELECT name FROM pragma_table_info(?1) ORDER BY pk = 0, pk, cid",
                           -1, &statement, NULL) != SQLITE_OK) {
        ledger_fail(db, table);
    }
    sqlite3_bind_text(statement, 1, table, -1, SQLITE_STATIC);
    for (const char *comma = ""; sqlite3_step(statement) == SQLITE_ROW; comma = ", ") {
        sqlite3_str_appendf(order, "%s\"%w\"", comma, sqlite3_column_text(statement, 0));
    }
    sqlite3_finalize(statement);
    return sqlite3_str_finish(order);
}

static void feed_tables(sqlite3 *db)
{
    sqlite3_stmt *tables = NULL;
    if (sqlite3_prepare_v2(
            db,
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_stat%'"
            " ORDER BY name",
            -1, &tables, NULL) != SQLITE_OK) {
        ledger_fail(db, "tables");
    }
    while (sqlite3_step(tables) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(tables, 0);
        char *order = row_order(db, name);
        char *sql = sqlite3_mprintf("SELECT * FROM \"%w\" ORDER BY %s", name, order);
        feed('T', name, strlen(name));
        feed_query(db, sql);
        sqlite3_free(sql);
        sqlite3_free(order);
    }
    sqlite3_finalize(tables);
}

static void print_digest(void)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    EVP_DigestFinal_ex(digest, hash, &length);
    for (unsigned i = 0; i < length; i++) {
        printf("%02x", hash[i]);
    }
    printf("\n");
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: content_hash DATABASE\n");
        return 64;
    }
    digest = EVP_MD_CTX_new();
    if (digest == NULL || EVP_DigestInit_ex(digest, EVP_sha256(), NULL) != 1) {
        return 1;
    }
    /* Read and write, because only that opens a WAL database whose last writer was killed. It
     * checkpoints nothing. */
    sqlite3 *db = ledger_open(argv[1], SQLITE_OPEN_READWRITE);
    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    ledger_execute(db, "BEGIN");
    feed_query(db, "PRAGMA user_version");
    feed_query(db, "PRAGMA application_id");
    feed_query(db, "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name");
    feed_tables(db);
    ledger_execute(db, "COMMIT");
    sqlite3_close(db);
    print_digest();
    EVP_MD_CTX_free(digest);
    return 0;
}
