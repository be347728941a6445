/* A replica in an S3 bucket; see replica.h. */
#ifndef REPLICA_S3_H
#define REPLICA_S3_H

#include "replica.h"

struct replica_s3;

int replica_s3_open(const struct litestream_replica *config, int64_t deadline_ms, int stall_s,
                    struct replica_s3 **ret_s3, struct error *error);

/* Accepts NULL. */
void replica_s3_close(struct replica_s3 *s3);

int64_t replica_s3_clock_ahead(const struct replica_s3 *s3);

int replica_s3_list(struct replica_s3 *s3, struct replica_listing *listings, size_t count,
                    struct error *error);

int replica_s3_read(struct replica_s3 *s3, struct replica_reading *readings, size_t count,
                    struct error *error);

#endif
