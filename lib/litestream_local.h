/* Where Litestream is in a database's history, by what it keeps beside the database. */
#ifndef LITESTREAM_LOCAL_H
#define LITESTREAM_LOCAL_H

#include <stdint.h>

#include "error.h"
#include "litestream_config.h"
#include "litestream_layout.h"

struct litestream_local {
    char generation[GENERATION_SIZE];
    struct layout_position position; /* behind the last whole frame */
    /* Every commit before this moment is in it: Litestream has looked at the database then. */
    int64_t looked_ms;
};

/* ERR_NOT_FOUND if Litestream has not begun with this database. */
int litestream_local_read(const struct litestream_database *database,
                          struct litestream_local *local, struct error *error);

/* How many bytes of WAL lie between POSITION and where LOCAL is; 0 if there are none. */
int64_t litestream_local_bytes_after(const struct litestream_database *database,
                                     const struct litestream_local *local,
                                     struct layout_position position);

#endif
