/* How far a live database's WAL goes, from the header of its wal-index (the -shm file): a few bytes
 * that every connection keeps there, read without a lock. They stand there twice, so that one who
 * reads while they are written can tell (https://www.sqlite.org/walformat.html). */
#ifndef WAL_INDEX_H
#define WAL_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "wal_format.h"

struct wal_index {
    unsigned char salts[WAL_SALTS_SIZE]; /* of this use of the WAL, as they stand in its header */
    int64_t end; /* behind the last committed frame, in the WAL; 0: it has none */
};

/* Reads that of the database file PATH. False if there is none, or no whole one. Not for a process
 * that has the database open in SQLite: closing the file would drop its locks. */
bool wal_index_read(const char *path, struct wal_index *index);

#endif
