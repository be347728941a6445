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
    int64_t looked_ms;   /* when Litestream looked at the database last: it does so all the time */
    int64_t complete_ms; /* every commit of before is in what lies before the position */
};

/* ERR_NOT_FOUND if Litestream has not begun with this database. */
int litestream_local_read(const struct litestream_database *database,
                          struct litestream_local *local, struct error *error);

/* How many bytes of WAL lie between POSITION and where LOCAL is; 0 if there are none. */
int64_t litestream_local_bytes_after(const struct litestream_database *database,
                                     const struct litestream_local *local,
                                     struct layout_position position);

/* When Litestream began to keep the WAL file INDEX: what was committed before is in those before
 * it, but for a moment. 0 if that is not known, or it keeps none. */
int64_t litestream_local_began_ms(const struct litestream_database *database,
                                  const struct litestream_local *local, int64_t index);

/* How much of the WAL file INDEX Litestream has; -1 if it keeps none. */
int64_t litestream_local_size(const struct litestream_database *database,
                              const struct litestream_local *local, int64_t index);

#endif
