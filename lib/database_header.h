/* The header of a database file, read without SQLite. */
#ifndef DATABASE_HEADER_H
#define DATABASE_HEADER_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"

enum { DATABASE_HEADER_SIZE = 100 };

/* What the first 100 bytes of a database file say (https://www.sqlite.org/fileformat2.html). */
struct database_header {
    int64_t page_size;
    int64_t page_count; /* 0 where a legacy writer left it out */
    bool wal;
};

/* Reads the header of the file FD, of SIZE bytes. ERR_UNUSABLE if it is no SQLite database,
 * ERR_DAMAGED if it is one that lost its end. NAME stands in the sentence. */
int database_header_read(int fd, int64_t size, const char *name, struct database_header *header,
                         struct error *error);

#endif
