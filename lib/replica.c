#include "replica.h"

#include <stdlib.h>

#include "replica_folder.h"
#include "replica_s3.h"

struct replica {
    const struct litestream_replica *config;
    struct replica_s3 *s3; /* NULL: a folder */
};

int replica_open(const struct litestream_replica *config, int64_t deadline_ms, int stall_s,
                 struct replica **ret_replica, struct error *error)
{
    *ret_replica = NULL;
    if (!litestream_replica_is_readable(config)) {
        return error_set(error, ERR_UNAVAILABLE, "Only Litestream itself can read the replica %s.",
                         config->url);
    }
    struct replica *replica = calloc(1, sizeof *replica);
    *ret_replica = replica;
    if (replica == NULL) {
        return error_memory(error);
    }
    replica->config = config;
    return config->type == REPLICA_FILE
               ? 0
               : replica_s3_open(config, deadline_ms, stall_s, &replica->s3, error);
}

void replica_close(struct replica *replica)
{
    if (replica != NULL) {
        replica_s3_close(replica->s3);
        free(replica);
    }
}

bool replica_is_sorted(const struct replica *replica)
{
    return replica->s3 != NULL;
}

int64_t replica_clock_ahead(const struct replica *replica)
{
    return replica->s3 == NULL ? 0 : replica_s3_clock_ahead(replica->s3);
}

int replica_list(struct replica *replica, struct replica_listing *listings, size_t count,
                 struct error *error)
{
    return replica->s3 == NULL ? replica_folder_list(replica->config, listings, count, error)
                               : replica_s3_list(replica->s3, listings, count, error);
}

int replica_read(struct replica *replica, struct replica_reading *readings, size_t count,
                 struct error *error)
{
    return replica->s3 == NULL ? replica_folder_read(replica->config, readings, count, error)
                               : replica_s3_read(replica->s3, readings, count, error);
}
