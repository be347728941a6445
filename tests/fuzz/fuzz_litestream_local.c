/* What Litestream keeps beside a database: the generation, then a WAL file and the database's
 * wal-index. A line for the generation, one for the WAL file's name, then the index, then the file.
 */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "litestream_local.h"
#include "wal_index.h"

enum { INDEX_SIZE = 96 };

static const char wal_folder[] = "generations/0123456789abcdef/wal";

static void make_folders(void)
{
    (void)mkdirat(fuzz_folder(), "generations", 0700);
    (void)mkdirat(fuzz_folder(), "generations/0123456789abcdef", 0700);
    (void)mkdirat(fuzz_folder(), wal_folder, 0700);
}

static void require_local(const struct litestream_database *database)
{
    struct litestream_local local;
    struct error error = {0};
    int result = litestream_local_read(database, &local, &error);
    if (result < 0) {
        fuzz_require_error(result, &error);
        return;
    }
    REQUIRE(layout_is_generation(local.generation));
    REQUIRE(local.position.index >= 0 && local.position.offset >= 0);
    REQUIRE(litestream_local_size(database, &local, local.position.index) == local.position.offset);
    REQUIRE(litestream_local_bytes_after(database, &local, local.position) == 0);
    const struct layout_position begin = {0};
    const struct layout_position ahead = {.index = local.position.index + 1};
    REQUIRE(litestream_local_bytes_after(database, &local, ahead) == 0);
    REQUIRE(litestream_local_bytes_after(database, &local, begin) >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct litestream_database *database = calloc(1, sizeof *database);
    struct wal_index index;
    char *generation = fuzz_line(&input);
    char *name = fuzz_line(&input);
    char path[PATH_MAX];
    size_t index_size = input.size < INDEX_SIZE ? input.size : INDEX_SIZE;
    bool is_plain =
        name[0] != '\0' && name[0] != '.' && strchr(name, '/') == NULL && strlen(name) < NAME_MAX;
    make_folders();
    snprintf(path, sizeof path, "%s/%s", wal_folder, is_plain ? name : "00000000.wal");
    fuzz_write("generation", (const uint8_t *)generation, strlen(generation));
    fuzz_write("x.db-shm", input.data, index_size);
    fuzz_write(path, input.data + index_size, input.size - index_size);
    snprintf(database->path, sizeof database->path, "%s/x.db", fuzz_folder_path());
    snprintf(database->meta_path, sizeof database->meta_path, "%s", fuzz_folder_path());
    REQUIRE(!wal_index_read(database->path, &index) || index.end >= 0);
    require_local(database);
    unlinkat(fuzz_folder(), path, 0);
    free(generation);
    free(name);
    free(database);
    return 0;
}
