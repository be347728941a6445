#include "source.h"

#include <stdio.h>
#include <string.h>

#include "database.h"

static int open_backup(const struct database *database, const char *filename, sqlite3 **ret_db,
                       struct error *error)
{
    struct store store = STORE_CLOSED;
    struct backup backup;
    char path[PATH_MAX + FILENAME_SIZE];
    int result = catalog_open_store(database, STORE_READ, &store, error);
    if (result == 0) {
        result = store_get(&store, filename, &backup, error);
    }
    snprintf(path, sizeof path, "%s/%s", store.path, filename);
    store_close(&store);
    return result == 0 ? database_open_backup(path, ret_db, error) : result;
}

static int open_live(const struct config *config, const struct database *database, sqlite3 **ret_db,
                     struct error *error)
{
    int result = catalog_require_file(database, error);
    return result < 0 ? result
                      : database_open_live(database->path, DATABASE_LOOK,
                                           config->busy_timeout_s * 1000, ret_db, error);
}

int source_open(const struct config *config, const struct database *database, const char *name,
                sqlite3 **ret_db, struct error *error)
{
    *ret_db = NULL;
    int result = strcmp(name, SOURCE_LIVE) == 0 ? open_live(config, database, ret_db, error)
                                                : open_backup(database, name, ret_db, error);
    if (result == 0) {
        result = database_execute(*ret_db, "BEGIN", "read the database", error);
    }
    if (result < 0) {
        database_close(*ret_db);
        *ret_db = NULL;
    }
    return result;
}
