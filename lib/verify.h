/* Whether a database file is whole. */
#ifndef VERIFY_H
#define VERIFY_H

#include <stdint.h>

#include "backup.h"
#include "error.h"
#include "progress.h"
#include "work.h"

/* How deep. Rows that break a constraint of their table are no damage. The indexes of a database
 * that has collations of the app's own cannot be compared: it is checked quickly. */
enum verify_depth {
    VERIFY_QUICK, /* PRAGMA quick_check: every page and every row's form */
    VERIFY_FULL,  /* PRAGMA integrity_check: every index against its table too */
};

enum { VERIFY_PROBLEMS_MAX = 10, VERIFY_PROBLEM_SIZE = 200 };

struct verify_report {
    int count; /* 0: the file is whole */
    char problems[VERIFY_PROBLEMS_MAX][VERIFY_PROBLEM_SIZE];
};

/* Adds a problem to the report, as far as there is room for it. */
void verify_add_problem(struct verify_report *report, const char *text);

/* Checks the finished database file at PATH (nobody writes to it): header, size, then SQLite's own
 * check. NAME stands in the sentences. Returns 0 with the problems in *report if the file could be
 * judged; ERR_UNUSABLE if it is no database at all; ERR_IO. */
int verify_file(const char *path, const char *name, enum verify_depth depth,
                const struct progress *progress, struct verify_report *report, struct error *error);

/* The same for the file FILE in WORK, with any problem as ERR_DAMAGED, and with its size and
 * SHA-256 taken on the way. */
int verify_work(const struct work *work, const char *file, const char *name,
                enum verify_depth depth, const struct progress *progress, int64_t *ret_size,
                char sha256[SHA256_SIZE], struct error *error);

#endif
