#include "litestream_layout.h"

#include <stdio.h>
#include <string.h>

enum { NUMBER_DIGITS = 8, GENERATION_DIGITS = GENERATION_SIZE - 1 };

static const char hex_digits[] = "0123456789abcdef";

static const char *const endings[] = {
    [LAYOUT_SNAPSHOT] = ".snapshot.lz4", [LAYOUT_SEGMENT] = ".wal.lz4"};

static bool read_number(const char *text, int64_t *ret_number)
{
    *ret_number = 0;
    for (int i = 0; i < NUMBER_DIGITS; i++) {
        const char *digit = text[i] == '\0' ? NULL : strchr(hex_digits, text[i]);
        if (digit == NULL) {
            return false;
        }
        *ret_number = *ret_number * 16 + (digit - hex_digits);
    }
    return true;
}

bool layout_is_generation(const char *name)
{
    return strlen(name) == GENERATION_DIGITS && strspn(name, hex_digits) == GENERATION_DIGITS;
}

void layout_folder(enum layout_kind kind, const char *generation, char out[LAYOUT_FOLDER_SIZE])
{
    snprintf(out, LAYOUT_FOLDER_SIZE, LAYOUT_GENERATIONS "%.16s/%s/", generation,
             kind == LAYOUT_SNAPSHOT ? "snapshots" : "wal");
}

void layout_name(enum layout_kind kind, struct layout_position position, char out[LAYOUT_NAME_SIZE])
{
    if (kind == LAYOUT_SNAPSHOT) {
        snprintf(out, LAYOUT_NAME_SIZE, "%08llx%s", (unsigned long long)position.index,
                 endings[kind]);
    } else {
        snprintf(out, LAYOUT_NAME_SIZE, "%08llx_%08llx%s", (unsigned long long)position.index,
                 (unsigned long long)position.offset, endings[kind]);
    }
}

void layout_path(enum layout_kind kind, const char *generation, struct layout_position position,
                 char out[LAYOUT_PATH_SIZE])
{
    char folder[LAYOUT_FOLDER_SIZE];
    char name[LAYOUT_NAME_SIZE];
    layout_folder(kind, generation, folder);
    layout_name(kind, position, name);
    snprintf(out, LAYOUT_PATH_SIZE, "%s%s", folder, name);
}

bool layout_parse(enum layout_kind kind, const char *name, struct layout_position *position)
{
    const char *rest = name + NUMBER_DIGITS;
    *position = (struct layout_position){0};
    if (!read_number(name, &position->index)) {
        return false;
    }
    if (kind == LAYOUT_SEGMENT) {
        if (*rest != '_' || !read_number(rest + 1, &position->offset)) {
            return false;
        }
        rest += 1 + NUMBER_DIGITS;
    }
    return strcmp(rest, endings[kind]) == 0;
}

void layout_before(int64_t index, char out[LAYOUT_NAME_SIZE])
{
    snprintf(out, LAYOUT_NAME_SIZE, "%08llx_", (unsigned long long)index);
}

bool layout_parse_local(const char *name, int64_t *ret_index)
{
    return read_number(name, ret_index) && strcmp(name + NUMBER_DIGITS, ".wal") == 0;
}

void layout_local_name(int64_t index, char out[LAYOUT_NAME_SIZE])
{
    snprintf(out, LAYOUT_NAME_SIZE, "%08llx.wal", (unsigned long long)index);
}

int layout_compare(struct layout_position left, struct layout_position right)
{
    if (left.index != right.index) {
        return left.index < right.index ? -1 : 1;
    }
    return left.offset < right.offset ? -1 : left.offset > right.offset;
}
