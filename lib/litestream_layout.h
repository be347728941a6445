/* How Litestream 0.3 names what it keeps, in a replica and beside the database. Nothing else knows:
 * another layout would be another file like this.
 *
 *   generations/GGGGGGGGGGGGGGGG/snapshots/IIIIIIII.snapshot.lz4
 *   generations/GGGGGGGGGGGGGGGG/wal/IIIIIIII_OOOOOOOO.wal.lz4
 *
 * A generation is an unbroken history: a snapshot, and every byte of every WAL file since. I
 * numbers the WAL files, O is where a segment begins in its file; both are hexadecimal. A snapshot
 * I is the database before WAL file I. Names sort as their numbers do. */
#ifndef LITESTREAM_LAYOUT_H
#define LITESTREAM_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

enum {
    GENERATION_SIZE = 17,
    LAYOUT_NAME_SIZE = 64,   /* of a file */
    LAYOUT_FOLDER_SIZE = 64, /* of a folder in a replica */
    LAYOUT_PATH_SIZE = LAYOUT_FOLDER_SIZE + LAYOUT_NAME_SIZE,
};

#define LAYOUT_GENERATIONS "generations/"

/* No WAL file has this number or a higher one. */
#define LAYOUT_INDEX_END INT64_C(0x100000000)

enum layout_kind { LAYOUT_SNAPSHOT, LAYOUT_SEGMENT };

/* A place in a generation's history. */
struct layout_position {
    int64_t index;
    int64_t offset; /* 0 for a snapshot */
};

bool layout_is_generation(const char *name);

/* The folder of one kind, with a slash at its end. */
void layout_folder(enum layout_kind kind, const char *generation, char out[LAYOUT_FOLDER_SIZE]);

/* The name of one file in its folder. */
void layout_name(enum layout_kind kind, struct layout_position position,
                 char out[LAYOUT_NAME_SIZE]);

/* The path of one file in a replica: its folder and its name. */
void layout_path(enum layout_kind kind, const char *generation, struct layout_position position,
                 char out[LAYOUT_PATH_SIZE]);

/* Reads a file's name; false if it is none of that kind. */
bool layout_parse(enum layout_kind kind, const char *name, struct layout_position *position);

/* What every segment of the WAL file INDEX sorts after, and no segment of an earlier one. */
void layout_before(int64_t index, char out[LAYOUT_NAME_SIZE]);

/* Reads the name of a WAL file that Litestream keeps beside the database: IIIIIIII.wal. */
bool layout_parse_local(const char *name, int64_t *ret_index);
void layout_local_name(int64_t index, char out[LAYOUT_NAME_SIZE]);

/* Below 0, 0 or above 0 as LEFT comes before RIGHT, is the same, or comes after it. */
int layout_compare(struct layout_position left, struct layout_position right);

#endif
