/* Comma-separated values (RFC 4180), in UTF-8, written to a sink value by value.
 *
 * Nothing is altered, and what SQL tells apart stays apart:
 *
 *   NULL      an empty field
 *   a number  its digits; a REAL as number_format_real() writes it
 *   a BLOB    x'53514c', as SQL writes it
 *   text      as it is, and in quotes where it could be taken for one of those (it is empty, begins
 *             as a number or a BLOB does) or where CSV asks for it (a quote, a comma, a line's end,
 * a space at one of its ends)
 *
 * Two things cannot stand in UTF-8 text: a malformed byte and a NUL become question marks.
 *
 * A spreadsheet may take a field that begins with = + - or @ for a formula, quoted or not. It is
 * not defused: what is exported must be what was there. Import it as text. */
#ifndef CSV_H
#define CSV_H

#include <stddef.h>
#include <stdint.h>

#include "sink.h"

struct csv {
    const struct sink *sink;
    bool is_within_row;
    int result;          /* 0, or why nothing more is written */
    struct error *error; /* where the sentence goes */
};

/* Each adds a field. TEXT is LENGTH bytes with a NUL behind them. */
void csv_null(struct csv *csv);
void csv_integer(struct csv *csv, int64_t number);
void csv_real(struct csv *csv, double number);
void csv_text(struct csv *csv, const char *text, size_t length);
void csv_blob(struct csv *csv, const unsigned char *bytes, size_t size);

/* Ends the row. Returns csv->result. */
int csv_end_row(struct csv *csv);

#endif
