/* File names from requests and from the folder. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "filename.h"
#include "text.h"

/* A link to it, decoded again, is the name. */
static void require_encoding(const char *name)
{
    char encoded[3 * FILENAME_SIZE];
    REQUIRE(text_percent_encode(name, encoded, sizeof encoded));
    REQUIRE(encoded[strspn(encoded, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                    "0123456789-._~%")] == '\0');
    char *decoded = text_percent_decode(encoded, strlen(encoded), true);
    REQUIRE(decoded != NULL && strcmp(decoded, name) == 0);
    free(decoded);
}

static void require_making(const char *name)
{
    enum backup_kind kind;
    int64_t second_ms;
    unsigned number;
    char made[FILENAME_SIZE];
    if (filename_parse(name, &kind, &second_ms, &number)) {
        filename_make(kind, second_ms, number, made);
        REQUIRE(strcmp(made, name) == 0);
        REQUIRE(filename_check(name, NULL) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error error = {0};
    enum backup_kind kind;
    char *name = fuzz_text(data, size);
    int result = filename_check(name, &error);
    if (result == 0) {
        fuzz_require_filename(name);
        require_encoding(name);
    } else {
        fuzz_require_error(result, &error);
    }
    require_making(name);
    REQUIRE(!filename_kind_parse(name, &kind) || strcmp(filename_kind_name(kind), name) == 0);
    free(name);
    return 0;
}
