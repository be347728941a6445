/* Names of backups: what is accepted from outside, and how new ones are made. */
#ifndef FILENAME_H
#define FILENAME_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"

/* Long enough for any sensible name; short enough that NAME.db.json stays under NAME_MAX. */
enum { FILENAME_MAX_BYTES = 200, FILENAME_SIZE = FILENAME_MAX_BYTES + 1 };

enum backup_kind {
    BACKUP_MANUAL,
    BACKUP_SCHEDULED,
    BACKUP_PRE_RESTORE,
    BACKUP_UPLOAD,
    BACKUP_LITESTREAM,
    BACKUP_KIND_COUNT,
};

/* "manual", "scheduled", "pre-restore", "upload", "litestream". */
const char *filename_kind_name(enum backup_kind kind);

/* The kind with this name; false if there is none. */
bool filename_kind_parse(const char *name, enum backup_kind *ret_kind);

/* Whether NAME is a single file's name that ends in .db and can be nothing else: valid UTF-8, no
 * control character, none of / \ % : * ? " < > | (a path, an escape, or what a person's own
 * machine could not store), no leading dot, dash or space, at most FILENAME_MAX_BYTES.
 * ERR_BAD_REQUEST otherwise. */
int filename_check(const char *name, struct error *error);

/* The name of the NUMBER-th (from 1) backup of KIND within the second of CREATED_MS. */
void filename_make(enum backup_kind kind, int64_t created_ms, unsigned number,
                   char out[FILENAME_SIZE]);

/* Takes a name that filename_make() could have made apart; false for any other. */
bool filename_parse(const char *name, enum backup_kind *ret_kind, int64_t *ret_second_ms,
                    unsigned *ret_number);

#endif
