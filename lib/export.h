/* A table as CSV (csv.h): a row with the names of the stored columns (table.h), then its rows in
 * the order of the rowid or, where there is none, of the key. No row is held longer than it takes
 * to write it. */
#ifndef EXPORT_H
#define EXPORT_H

#include <sqlite3.h>

#include "sink.h"
#include "table.h"

struct export
{
    sqlite3 *db;
    struct table table;
    sqlite3_stmt *rows;
    int rc; /* of the last step */
};

/* Reads as far as the first row of the ordinary table NAME. ERR_NOT_FOUND, and what reading can
 * result in. The caller ends it, whatever the result. */
int export_begin(sqlite3 *db, const char *name, struct export *export, struct error *error);

/* Writes all of it. */
int export_write(struct export *export, const struct sink *sink, struct error *error);

void export_end(struct export *export);

#endif
