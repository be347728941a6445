/* Reading a replica: an S3 bucket or a folder. What only Litestream can read is not read here. */
#ifndef REPLICA_H
#define REPLICA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "litestream_config.h"
#include "litestream_layout.h"

struct replica_object {
    char name[LAYOUT_NAME_SIZE]; /* in its folder; longer names are left out */
    int64_t size;
    int64_t modified_ms; /* 0 for a folder */
};

/* What to list. */
struct replica_listing {
    const char *folder; /* with a slash at its end */
    const char *after;  /* only names that sort after this one; "": all */
    const char *only;   /* no other name than this; NULL: all */
    bool folders;       /* the folders in it, not the files */
    int most;           /* a page's size; 0: as many as there are in one */
    /* Gets what there is, from a bucket by name, from a folder in no order, until it returns
     * false. */
    bool (*visit)(void *context, const struct replica_object *object);
    void *context;
};

/* One file to read. */
struct replica_reading {
    const char *path; /* in the replica */
    /* Takes the next bytes; a negative code ends it. */
    int (*receive)(void *context, const char *data, size_t size);
    void *context;
};

struct replica;

/* How many listings or readings one call takes. */
enum { REPLICA_PARALLEL_MAX = 16 };

/* CONFIG must stay. No call to a bucket goes on after DEADLINE_MS (timestamp_monotonic_ms(); 0:
 * none), nor for STALL_S seconds without a byte. ERR_UNAVAILABLE if only Litestream can read this
 * replica. */
int replica_open(const struct litestream_replica *config, int64_t deadline_ms, int stall_s,
                 struct replica **ret_replica, struct error *error);

/* Accepts NULL. */
void replica_close(struct replica *replica);

/* Whether listings come sorted by name, and can begin anywhere at no cost. */
bool replica_is_sorted(const struct replica *replica);

/* How far the store's clock may be ahead of this machine's, by the last answer, in milliseconds:
 * what the store says happened at T had happened here at T less this. */
int64_t replica_clock_ahead(const struct replica *replica);

/* Lists up to REPLICA_PARALLEL_MAX folders at once. A folder that is not there is empty.
 * ERR_UNAVAILABLE says what is wrong with the replica. */
int replica_list(struct replica *replica, struct replica_listing *listings, size_t count,
                 struct error *error);

/* Reads up to REPLICA_PARALLEL_MAX files at once. ERR_NOT_FOUND if one is not there, ERR_IO if
 * `receive` ended one. */
int replica_read(struct replica *replica, struct replica_reading *readings, size_t count,
                 struct error *error);

#endif
