/* Text from outside: UTF-8 validation and percent-encoding. */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* How many characters (code points) TEXT has; -1 if it is not valid UTF-8 (RFC 3629: no overlong
 * forms, no surrogates) or contains a control or bidirectional-override character, which would let
 * a name or a label show as something that it is not. */
long text_length(const char *text);

/* How many bytes the character at TEXT, a string, has, and whether it is one of those; 0 if it is
 * malformed. */
size_t text_character(const char *text, bool *ret_is_control);

/* Decodes percent-encoding (RFC 3986) of LENGTH bytes at TEXT into a new string, `+` as a space if
 * PLUS_IS_SPACE (as in a query). Returns NULL for a broken escape, a NUL byte or no memory. */
char *text_percent_decode(const char *text, size_t length, bool plus_is_space);

/* Encodes every byte of TEXT but RFC 3986's unreserved ones and '/' into OUT (SIZE bytes, always
 * terminated). Returns false, with OUT empty, if it does not fit. */
bool text_percent_encode(const char *text, char *out, size_t size);

/* The same with '/' encoded, too: for a value in a query. */
bool text_query_encode(const char *text, char *out, size_t size);

/* Makes TEXT one line that can be shown anywhere: valid UTF-8, a space for each control character,
 * a question mark for each malformed byte. */
void text_make_printable(char *text);

/* Appends TEXT to the string in OUT (SIZE bytes). Returns false, with OUT as it was, if it does not
 * fit. */
bool text_append(char *out, size_t size, const char *text);

bool text_ends_with(const char *text, const char *ending);

#endif
