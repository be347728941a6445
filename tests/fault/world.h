/* The world of a fault test: a folder with the live database (data/ledger.db) and the backups
 * folder (backups/), which is set back before each run and looked at after it. */
#ifndef WORLD_H
#define WORLD_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "backup.h"

enum { CONTENT_SIZE = 128 };

struct world {
    char folder[PATH_MAX / 2];
    char tools[PATH_MAX / 2]; /* where content_hash is */
};

struct world_backup {
    struct backup known; /* as it is listed */
    char sha256[SHA256_SIZE];
    char content[CONTENT_SIZE];
};

/* What was found. */
struct world_state {
    char
        live[CONTENT_SIZE]; /* its content, "missing", or "damaged" and the checksum of its bytes */
    struct world_backup *backups;
    size_t count;
    char kept[CONTENT_SIZE * 4]; /* the same of every file that is kept aside */
    char problem[512];           /* what is not whole; empty: nothing */
};

/* Makes the folder what TEMPLATE is. */
void world_reset(const struct world *world, const char *template);

/* Looks without touching: at the live database as it would be if no process had it open any more.
 */
void world_look(const struct world *world, struct world_state *state);
void world_forget(struct world_state *state);

const struct world_backup *world_find(const struct world_state *state, const char *filename);

/* Fills in what should not be there; empty where there is nothing. */
void world_find_litter(const struct world *world, char *out, size_t size);

#endif
