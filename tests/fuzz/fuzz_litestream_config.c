/* Litestream's configuration, of the database /camera_assignments.db. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "litestream_config.h"
#include "text.h"

static const char secret[] = "Zm9yIG9uZSBwZXJzb24ncyBleWVzIG9ubHk";

static void require_path(const char *path)
{
    REQUIRE(path[0] == '\0' || path[0] == '/');
    REQUIRE(strstr(path, "//") == NULL && strstr(path, "/../") == NULL &&
            strstr(path, "/./") == NULL);
}

static void require_replica(const struct litestream_replica *replica)
{
    REQUIRE(replica->name[0] != '\0' && replica->url[0] != '\0');
    REQUIRE(replica->sync_interval_ms >= 0);
    if (replica->type == REPLICA_FILE) {
        require_path(replica->path);
    }
    if (replica->type == REPLICA_S3) {
        const char *endpoint = replica->s3.endpoint;
        REQUIRE(endpoint[0] == '\0' || strstr(endpoint, "://") != NULL);
    }
}

static void require_database(const struct litestream_database *database)
{
    REQUIRE(strcmp(database->path, "/camera_assignments.db") == 0);
    REQUIRE(database->meta_path[0] != '\0' && database->monitor_interval_ms >= 0);
    REQUIRE(database->replica_count > 0 && database->replica_count <= LITESTREAM_REPLICAS_MAX);
    for (int i = 0; i < database->replica_count; i++) {
        require_replica(&database->replicas[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct litestream_database *database = malloc(sizeof *database);
    struct error error = {0};
    char file[300];
    setenv("SECRET", secret, 1);
    setenv("HOME", "/home/somebody", 1);
    setenv("LITESTREAM_SECRET_ACCESS_KEY", secret, 1);
    fuzz_write("litestream.yml", data, size);
    snprintf(file, sizeof file, "%s/litestream.yml", fuzz_folder_path());
    int result = litestream_config_find(file, "/", "camera_assignments", database, &error);
    if (result == 0) {
        require_database(database);
    } else {
        fuzz_require_error(result, &error);
        REQUIRE(result == ERR_NOT_FOUND || result == ERR_UNAVAILABLE);
        REQUIRE(strstr(error.detail, secret) == NULL);
    }
    free(database);
    return 0;
}
