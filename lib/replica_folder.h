/* A replica in a folder of this machine; see replica.h. */
#ifndef REPLICA_FOLDER_H
#define REPLICA_FOLDER_H

#include "replica.h"

int replica_folder_list(const struct litestream_replica *config, struct replica_listing *listings,
                        size_t count, struct error *error);

int replica_folder_read(const struct litestream_replica *config, struct replica_reading *readings,
                        size_t count, struct error *error);

#endif
