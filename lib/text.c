#include "text.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* One row of the table of well-formed UTF-8 (Unicode 15, table 3-7): the lead byte's range, the
 * second byte's range, and how many bytes follow the lead. */
static const struct {
    unsigned char lead_low, lead_high, second_low, second_high, following;
} utf8_forms[] = {
    {0xC2, 0xDF, 0x80, 0xBF, 1}, {0xE0, 0xE0, 0xA0, 0xBF, 2}, {0xE1, 0xEC, 0x80, 0xBF, 2},
    {0xED, 0xED, 0x80, 0x9F, 2}, {0xEE, 0xEF, 0x80, 0xBF, 2}, {0xF0, 0xF0, 0x90, 0xBF, 3},
    {0xF1, 0xF3, 0x80, 0xBF, 3}, {0xF4, 0xF4, 0x80, 0x8F, 3},
};

/* Decodes one character at TEXT; returns its length in bytes, or 0 if it is malformed. */
static size_t decode_character(const unsigned char *text, uint32_t *ret_character)
{
    if (text[0] < 0x80) {
        *ret_character = text[0];
        return 1;
    }
    for (size_t i = 0; i < sizeof utf8_forms / sizeof utf8_forms[0]; i++) {
        if (text[0] < utf8_forms[i].lead_low || text[0] > utf8_forms[i].lead_high) {
            continue;
        }
        if (text[1] < utf8_forms[i].second_low || text[1] > utf8_forms[i].second_high) {
            return 0;
        }
        size_t following = utf8_forms[i].following;
        uint32_t character = text[0] & (0x3FU >> following);
        for (size_t k = 1; k <= following; k++) {
            if ((text[k] & 0xC0) != 0x80) {
                return 0;
            }
            character = character << 6 | (text[k] & 0x3FU);
        }
        *ret_character = character;
        return following + 1;
    }
    return 0;
}

static bool is_control(uint32_t character)
{
    return character < 0x20 || (character >= 0x7F && character < 0xA0) || character == 0x061C ||
           character == 0x200E || character == 0x200F ||
           (character >= 0x2028 && character <= 0x202E) ||
           (character >= 0x2066 && character <= 0x2069) || character == 0xFEFF;
}

size_t text_character(const char *text, bool *ret_is_control)
{
    uint32_t character = 0;
    size_t bytes = decode_character((const unsigned char *)text, &character);
    *ret_is_control = bytes > 0 && is_control(character);
    return bytes;
}

long text_length(const char *text)
{
    long length = 0;
    const unsigned char *next = (const unsigned char *)text;
    while (*next != '\0') {
        uint32_t character;
        size_t bytes = decode_character(next, &character);
        if (bytes == 0 || is_control(character)) {
            return -1;
        }
        next += bytes;
        length++;
    }
    return length;
}

void text_make_printable(char *text)
{
    while (*text != '\0') {
        uint32_t character;
        size_t bytes = decode_character((const unsigned char *)text, &character);
        if (bytes == 0) {
            *text++ = '?';
        } else if (is_control(character)) {
            memset(text, ' ', bytes);
            text += bytes;
        } else {
            text += bytes;
        }
    }
}

static int hex_digit(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    int lower = tolower((unsigned char)digit);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Reads one byte of an encoded text, which may stand as %XX; returns how many characters it took,
 * 0 for a broken escape. */
static size_t decode_byte(const char *text, size_t length, char *ret_byte)
{
    if (text[0] != '%') {
        *ret_byte = text[0];
        return 1;
    }
    if (length < 3 || hex_digit(text[1]) < 0 || hex_digit(text[2]) < 0) {
        return 0;
    }
    *ret_byte = (char)(hex_digit(text[1]) * 16 + hex_digit(text[2]));
    return 3;
}

char *text_percent_decode(const char *text, size_t length, bool plus_is_space)
{
    char *decoded = malloc(length + 1);
    if (decoded == NULL) {
        return NULL;
    }
    size_t end = 0;
    for (size_t i = 0; i < length;) {
        size_t taken = decode_byte(text + i, length - i, &decoded[end]);
        if (taken == 0 || decoded[end] == '\0') {
            free(decoded);
            return NULL;
        }
        if (plus_is_space && text[i] == '+') {
            decoded[end] = ' ';
        }
        i += taken;
        end++;
    }
    decoded[end] = '\0';
    return decoded;
}

/* Leaves RFC 3986's unreserved bytes and those of PLAIN as they are. */
static bool encode(const char *text, const char *plain, char *out, size_t size)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t end = 0;
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        bool is_plain = (byte < 0x80 && isalnum(byte)) || strchr("-._~", byte) != NULL ||
                        strchr(plain, byte) != NULL;
        if (end + (is_plain ? 1 : 3) >= size) {
            out[0] = '\0';
            return false;
        }
        if (is_plain) {
            out[end++] = (char)byte;
        } else {
            out[end++] = '%';
            out[end++] = digits[byte >> 4];
            out[end++] = digits[byte & 15];
        }
    }
    out[end] = '\0';
    return true;
}

bool text_percent_encode(const char *text, char *out, size_t size)
{
    return encode(text, "/", out, size);
}

bool text_query_encode(const char *text, char *out, size_t size)
{
    return encode(text, "", out, size);
}

bool text_append(char *out, size_t size, const char *text)
{
    size_t used = strlen(out);
    size_t length = strlen(text);
    if (used + length >= size) {
        return false;
    }
    memcpy(out + used, text, length + 1);
    return true;
}

bool text_ends_with(const char *text, const char *ending)
{
    size_t length = strlen(text);
    size_t ending_length = strlen(ending);
    return length >= ending_length && strcmp(text + length - ending_length, ending) == 0;
}
