/* The names of a replica's files. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "litestream_layout.h"

static void require_name(enum layout_kind kind, const char *name)
{
    struct layout_position position;
    char made[LAYOUT_NAME_SIZE];
    char before[LAYOUT_NAME_SIZE];
    if (!layout_parse(kind, name, &position)) {
        return;
    }
    REQUIRE(position.index >= 0 && position.index < LAYOUT_INDEX_END);
    REQUIRE(position.offset >= 0 && position.offset < LAYOUT_INDEX_END);
    layout_name(kind, position, made);
    REQUIRE(strcmp(made, name) == 0);
    layout_before(position.index, before);
    REQUIRE(kind == LAYOUT_SNAPSHOT || strcmp(before, name) < 0);
    layout_before(position.index + 1, before);
    REQUIRE(position.index + 1 == LAYOUT_INDEX_END || strcmp(before, name) > 0);
}

/* Names sort as their positions do. */
static void require_order(const char *first, const char *second)
{
    struct layout_position left;
    struct layout_position right;
    if (layout_parse(LAYOUT_SEGMENT, first, &left) &&
        layout_parse(LAYOUT_SEGMENT, second, &right)) {
        int names = strcmp(first, second);
        int positions = layout_compare(left, right);
        REQUIRE((names < 0) == (positions < 0) && (names > 0) == (positions > 0));
    }
}

static void require_path(const char *generation, const char *name)
{
    struct layout_position position;
    char path[LAYOUT_PATH_SIZE];
    if (layout_is_generation(generation) && layout_parse(LAYOUT_SEGMENT, name, &position)) {
        layout_path(LAYOUT_SEGMENT, generation, position, path);
        REQUIRE(strlen(path) == strlen("generations//wal/") + strlen(generation) + strlen(name));
        REQUIRE(strstr(path, "..") == NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    char *first = fuzz_line(&input);
    char *second = fuzz_line(&input);
    char local[LAYOUT_NAME_SIZE];
    int64_t index;
    require_name(LAYOUT_SNAPSHOT, first);
    require_name(LAYOUT_SEGMENT, first);
    require_order(first, second);
    require_path(second, first);
    if (layout_parse_local(first, &index)) {
        layout_local_name(index, local);
        REQUIRE(strcmp(local, first) == 0);
    }
    free(first);
    free(second);
    return 0;
}
