/* How many changes there were of late, by database, action and result: counted in the audit log. */
#ifndef AUDIT_TALLY_H
#define AUDIT_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include "catalog.h"
#include "config.h"

/* There are some ten actions and some ten results; more of them is a log that somebody has edited,
 * and is left out. */
enum { AUDIT_TALLY_MAX = 200, AUDIT_WORD_SIZE = 24 };

struct audit_tally_row {
    char action[AUDIT_WORD_SIZE];
    char result[AUDIT_WORD_SIZE];
    int64_t count;
};

struct audit_tally {
    struct audit_tally_row rows[AUDIT_TALLY_MAX];
    size_t count;
};

/* Counts the changes that ended at SINCE_MS or later, of each of the COUNT databases in LIST into
 * the tally at the same place in TALLIES (zeroed); of a database that is not in it, none. */
int audit_tally(const struct config *config, const struct database *list, size_t count,
                int64_t since_ms, struct audit_tally *tallies, struct error *error);

#endif
