#include "csv.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "number.h"
#include "text.h"

static void put(struct csv *csv, const char *data, size_t size)
{
    if (csv->result == 0 && size > 0) {
        csv->result = csv->sink->write(csv->sink->context, data, size, csv->error);
    }
}

static void put_string(struct csv *csv, const char *text)
{
    put(csv, text, strlen(text));
}

static void begin_field(struct csv *csv)
{
    if (csv->is_within_row) {
        put_string(csv, ",");
    }
    csv->is_within_row = true;
}

void csv_null(struct csv *csv)
{
    begin_field(csv);
}

void csv_integer(struct csv *csv, int64_t number)
{
    char digits[32];
    snprintf(digits, sizeof digits, "%" PRId64, number);
    begin_field(csv);
    put_string(csv, digits);
}

void csv_real(struct csv *csv, double number)
{
    char digits[NUMBER_REAL_SIZE];
    number_format_real(number, digits);
    begin_field(csv);
    put_string(csv, digits);
}

void csv_blob(struct csv *csv, const unsigned char *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    char piece[512];
    size_t end = 0;
    begin_field(csv);
    put_string(csv, "x'");
    for (size_t i = 0; i < size; i++) {
        piece[end++] = digits[bytes[i] >> 4];
        piece[end++] = digits[bytes[i] & 15];
        if (end == sizeof piece || i + 1 == size) {
            put(csv, piece, end);
            end = 0;
        }
    }
    put_string(csv, "'");
}

static bool needs_quotes(const char *text, size_t length)
{
    return length == 0 || strchr("0123456789+-. ", text[0]) != NULL ||
           strncmp(text, "x'", 2) == 0 || text[length - 1] == ' ' ||
           memchr(text, '"', length) != NULL || memchr(text, ',', length) != NULL ||
           memchr(text, '\r', length) != NULL || memchr(text, '\n', length) != NULL;
}

/* What stands for the character at TEXT, if it is not written as it is. */
static const char *stand_in(const struct csv *csv, const char *text, size_t *ret_bytes)
{
    bool is_control;
    *ret_bytes = text_character(text, &is_control);
    if (*ret_bytes == 0 || text[0] == '\0') {
        *ret_bytes = 1;
        return "?";
    }
    return text[0] == '"' ? "\"\"" : is_control && csv->sink->is_terminal ? " " : NULL;
}

void csv_text(struct csv *csv, const char *text, size_t length)
{
    const char *quote = needs_quotes(text, length) ? "\"" : "";
    size_t written = 0;
    size_t bytes;
    begin_field(csv);
    put_string(csv, quote);
    for (size_t i = 0; i < length; i += bytes) {
        const char *instead = stand_in(csv, text + i, &bytes);
        if (instead != NULL) {
            put(csv, text + written, i - written);
            put_string(csv, instead);
            written = i + bytes;
        }
    }
    put(csv, text + written, length - written);
    put_string(csv, quote);
}

int csv_end_row(struct csv *csv)
{
    csv->is_within_row = false;
    put_string(csv, "\r\n");
    return csv->result;
}
