#include "human.h"

#include <string.h>

#include "text.h"

enum { CELL_SIZE = 1024, COLUMNS_MAX = 10 };

void human_size(int64_t bytes, char out[HUMAN_SIZE_SIZE])
{
    static const char *const units[] = {"bytes", "KB", "MB", "GB", "TB"};
    double number = (double)bytes;
    size_t unit = 0;
    while (number >= 1024 && unit + 1 < sizeof units / sizeof units[0]) {
        number /= 1024;
        unit++;
    }
    snprintf(out, HUMAN_SIZE_SIZE, unit == 0 ? "%.0f %s" : "%.1f %s", number, units[unit]);
}

void human_age(int64_t age_ms, char out[HUMAN_AGE_SIZE])
{
    static const struct {
        int64_t ms;
        const char *name;
    } units[] = {{86400000, "day"}, {3600000, "hour"}, {60000, "minute"}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        long long count = age_ms / units[i].ms;
        if (count > 0) {
            snprintf(out, HUMAN_AGE_SIZE, "%lld %s%s ago", count, units[i].name,
                     count == 1 ? "" : "s");
            return;
        }
    }
    snprintf(out, HUMAN_AGE_SIZE, "just now");
}

/* Columns are as wide as characters, not bytes; wide and combining ones count as one. */
static int width_of(const char *text)
{
    long length = text_length(text);
    return length < 0 ? (int)strlen(text) : (int)length;
}

static void print_cell(const char *text, int width, FILE *out)
{
    int padding = width - width_of(text);
    fprintf(out, "%s%*s", text, padding > 0 ? padding : 0, "");
}

static void print_field(const struct human_column *column, const cJSON *row, char *out, size_t size)
{
    const cJSON *field = cJSON_GetObjectItemCaseSensitive(row, column->field);
    char bytes[HUMAN_SIZE_SIZE];
    if (column->print != NULL) {
        column->print(row, out, size);
    } else if (column->format == HUMAN_FLAG) {
        snprintf(out, size, "%s", cJSON_IsTrue(field) ? column->field : "");
    } else if (field == NULL || cJSON_IsNull(field)) {
        snprintf(out, size, "%s", column->missing == NULL ? "" : column->missing);
    } else if (column->format == HUMAN_TEXT) {
        snprintf(out, size, "%s", cJSON_IsString(field) ? field->valuestring : "");
    } else if (column->format == HUMAN_COUNT) {
        snprintf(out, size, "%.0f", field->valuedouble);
    } else {
        human_size((int64_t)field->valuedouble, bytes);
        snprintf(out, size, "%s", bytes);
    }
    text_make_printable(out);
}

/* The width of the widest text of a column. */
static int measure(const struct human_column *column, const cJSON *rows)
{
    int width = width_of(column->heading);
    char cell[CELL_SIZE];
    const cJSON *row;
    cJSON_ArrayForEach(row, rows)
    {
        print_field(column, row, cell, sizeof cell);
        width = width_of(cell) > width ? width_of(cell) : width;
    }
    return width;
}

void human_table(const cJSON *rows, const struct human_column *columns, size_t column_count,
                 const char *empty, FILE *out)
{
    int widths[COLUMNS_MAX] = {0};
    if (cJSON_GetArraySize(rows) == 0) {
        fprintf(out, "%s\n", empty);
        return;
    }
    /* The last column is not padded. */
    for (size_t i = 0; i < column_count; i++) {
        widths[i] = i + 1 < column_count ? measure(&columns[i], rows) + 2 : 0;
        print_cell(columns[i].heading, widths[i], out);
    }
    fputc('\n', out);
    const cJSON *row;
    cJSON_ArrayForEach(row, rows)
    {
        for (size_t i = 0; i < column_count; i++) {
            char cell[CELL_SIZE];
            print_field(&columns[i], row, cell, sizeof cell);
            print_cell(cell, widths[i], out);
        }
        fputc('\n', out);
    }
}
