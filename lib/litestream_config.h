/* Litestream's own configuration (0.3): the one place where replicas are configured. */
#ifndef LITESTREAM_CONFIG_H
#define LITESTREAM_CONFIG_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "error.h"

enum {
    LITESTREAM_NAME_SIZE = 128,
    LITESTREAM_TEXT_SIZE = 512,
    LITESTREAM_TOKEN_SIZE = 8192,
    LITESTREAM_REPLICAS_MAX = 8,
};

enum replica_type {
    REPLICA_S3,
    REPLICA_FILE,
    REPLICA_OTHER, /* that only Litestream itself can read */
};

struct litestream_replica {
    char name[LITESTREAM_NAME_SIZE];
    enum replica_type type;
    char url[PATH_MAX + LITESTREAM_TEXT_SIZE]; /* for people: without any password */
    char path[PATH_MAX];                       /* in the bucket; or the folder */
    int64_t sync_interval_ms;
    bool is_encrypted; /* by age: only Litestream itself can read it */
    struct {
        char bucket[LITESTREAM_TEXT_SIZE];
        char region[LITESTREAM_NAME_SIZE];   /* empty: not said */
        char endpoint[LITESTREAM_TEXT_SIZE]; /* with its scheme; empty: AWS */
        bool force_path_style;
        bool skip_verify;
        char key_id[LITESTREAM_TEXT_SIZE]; /* empty: there are no credentials */
        char secret[LITESTREAM_TEXT_SIZE];
        char session_token[LITESTREAM_TOKEN_SIZE]; /* empty: none */
        char ca_file[PATH_MAX];                    /* empty: the system's */
    } s3;
};

/* One database, as it is configured. */
struct litestream_database {
    char path[PATH_MAX]; /* as Litestream calls it: in its metrics and on its command line */
    char meta_path[PATH_MAX + NAME_MAX];    /* the folder that it keeps beside the database */
    char metrics_url[LITESTREAM_TEXT_SIZE]; /* empty: it serves none */
    int64_t monitor_interval_ms;
    int replica_count;
    struct litestream_replica replicas[LITESTREAM_REPLICAS_MAX];
};

/* Whether this project can read the replica: not only Litestream itself. */
bool litestream_replica_is_readable(const struct litestream_replica *replica);

/* Reads what FILE says of the database NAME.db in FOLDER (without symbolic links). Credentials come
 * from there or from the environment. ERR_NOT_FOUND if there is no such file, or it does not name
 * this database or no replica for it; ERR_UNAVAILABLE if it cannot be read or understood. The
 * sentence says what to do. */
int litestream_config_find(const char *file, const char *folder, const char *name,
                           struct litestream_database *database, struct error *error);

/* The same, and its replica REPLICA_NAME (NULL: the first one). ERR_NOT_FOUND if there is none of
 * that name, with those that there are; ERR_UNAVAILABLE if there is none at all. */
int litestream_config_find_replica(const char *file, const char *folder, const char *database_name,
                                   const char *replica_name, struct litestream_database *database,
                                   const struct litestream_replica **ret_replica,
                                   struct error *error);

#endif
