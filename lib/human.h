/* Text for people in a terminal. */
#ifndef HUMAN_H
#define HUMAN_H

#include <cjson/cJSON.h>
#include <stdint.h>
#include <stdio.h>

enum { HUMAN_SIZE_SIZE = 32, HUMAN_AGE_SIZE = 32 };

/* "2.3 MB": in steps of 1024, one decimal from KB on. */
void human_size(int64_t bytes, char out[HUMAN_SIZE_SIZE]);

/* "just now", "5 minutes ago", "3 days ago"; a moment that is still to come is "just now". */
void human_age(int64_t age_ms, char out[HUMAN_AGE_SIZE]);

enum human_format {
    HUMAN_TEXT,
    HUMAN_COUNT,
    HUMAN_BYTES,
    HUMAN_FLAG, /* the field's name where it is true */
};

/* One column of a table: its heading, the field of a row that it shows, and how. */
struct human_column {
    const char *heading;
    const char *field;
    enum human_format format;
    const char *missing; /* for null; NULL: nothing */
    /* Prints the cell instead, where a format will not do; or NULL. */
    void (*print)(const cJSON *row, char *out, size_t size);
};

/* Prints a JSON array as a table with aligned columns; EMPTY where it has no row. */
void human_table(const cJSON *rows, const struct human_column *columns, size_t column_count,
                 const char *empty, FILE *out);

#endif
