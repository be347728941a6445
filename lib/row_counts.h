/* How many rows every table of a database has. */
#ifndef ROW_COUNTS_H
#define ROW_COUNTS_H

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

struct row_count {
    char *name;
    int64_t rows; /* -1: not counted. Reading a virtual table would run what its file says */
};

/* By name, byte by byte. */
struct row_counts {
    struct row_count *items;
    size_t count;
};

/* Counts the rows of all tables of DB but SQLite's and Litestream's own, in one transaction, and in
 * as much time as a file of that size takes. DB must not be in a transaction, and is in one
 * afterwards. The caller frees *COUNTS, whatever the result. */
int row_counts_read(sqlite3 *db, struct row_counts *counts, struct error *error);

/* The table NAME; NULL if there is none. */
const struct row_count *row_counts_find(const struct row_counts *counts, const char *name);

/* How many tables were counted, and how many rows they have together. */
void row_counts_sum(const struct row_counts *counts, int64_t *ret_tables, int64_t *ret_rows);

void row_counts_free(struct row_counts *counts);

#endif
