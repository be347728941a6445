/* Text from outside: percent-encoding, and what can be shown. */
#include "fuzz.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static void require_round_trip(const char *text, bool (*encode)(const char *, char *, size_t))
{
    size_t size = 3 * strlen(text) + 1;
    char *encoded = malloc(size);
    REQUIRE(encode(text, encoded, size));
    for (size_t i = 0; encoded[i] != '\0'; i++) {
        REQUIRE(encoded[i] > ' ' && encoded[i] <= '~' &&
                strchr("\"'<>?#&+;=\\", encoded[i]) == NULL);
    }
    char *decoded = text_percent_decode(encoded, strlen(encoded), true);
    REQUIRE(decoded != NULL && strcmp(decoded, text) == 0);
    size_t length = strlen(encoded);
    REQUIRE(length == 0 || (!encode(text, encoded, length) && encoded[0] == '\0'));
    free(decoded);
    free(encoded);
}

static void require_decoding(const uint8_t *data, size_t size)
{
    /* Not ended by a NUL: a part of something longer. */
    char *part = malloc(size);
    memcpy(part, data, size);
    for (int plus_is_space = 0; plus_is_space < 2; plus_is_space++) {
        char *decoded = text_percent_decode(part, size, plus_is_space == 1);
        REQUIRE(decoded == NULL || strlen(decoded) <= size);
        REQUIRE(decoded == NULL || memchr(data, '%', size) != NULL || strlen(decoded) == size);
        free(decoded);
    }
    free(part);
}

static void require_printable(char *text)
{
    size_t length = strlen(text);
    char *before = strdup(text);
    long characters = text_length(text);
    REQUIRE(characters < 0 || (size_t)characters == mbstowcs(NULL, text, 0));
    text_make_printable(text);
    REQUIRE(strlen(text) == length && text_length(text) >= 0);
    REQUIRE(characters < 0 || strcmp(before, text) == 0);
    free(before);
}

static void require_appending(const char *text)
{
    char out[32] = "begin";
    bool fits = strlen("begin") + strlen(text) < sizeof out;
    REQUIRE(text_append(out, sizeof out, text) == fits);
    REQUIRE(strncmp(out, "begin", 5) == 0 && strcmp(out + 5, fits ? text : "") == 0);
    REQUIRE(text_ends_with(out, fits ? text : "begin"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    REQUIRE(setlocale(LC_CTYPE, "C.UTF-8") != NULL);
    if (size > 0) {
        require_decoding(data, size);
        require_round_trip(text, text_query_encode);
        require_round_trip(text, text_percent_encode);
    }
    require_appending(text);
    require_printable(text);
    free(text);
    return 0;
}
