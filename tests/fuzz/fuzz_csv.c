/* CSV: whatever the fields are, a reader of RFC 4180 finds the same ones. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "csv.h"
#include "text.h"

struct page {
    char *text;
    size_t length;
};

static int write_to_page(void *context, const char *data, size_t size, struct error *error)
{
    struct page *page = context;
    (void)error;
    page->text = realloc(page->text, page->length + size + 1);
    REQUIRE(page->text != NULL);
    memcpy(page->text + page->length, data, size);
    page->length += size;
    page->text[page->length] = '\0';
    return 0;
}

/* What stands for TEXT in UTF-8. */
static char *repaired(const char *text, size_t length)
{
    char *copy = malloc(length + 1);
    memcpy(copy, text, length + 1);
    for (size_t i = 0; i < length;) {
        bool is_control;
        size_t bytes = text_character(copy + i, &is_control);
        if (bytes == 0 || copy[i] == '\0') {
            copy[i] = '?';
            bytes = 1;
        }
        i += bytes;
    }
    return copy;
}

/* Reads the field at *AT, which must be EXPECTED; moves *AT behind it. */
static void require_field(const char **at, const char *expected)
{
    bool is_quoted = **at == '"';
    REQUIRE(is_quoted || strchr("0123456789+-. ", **at) == NULL);
    *at += is_quoted;
    for (; *expected != '\0'; expected++) {
        REQUIRE(**at == *expected && (is_quoted || strchr("\",\r\n", *expected) == NULL));
        *at += is_quoted && **at == '"' ? 2 : 1;
    }
    REQUIRE(!is_quoted || **at == '"');
    *at += is_quoted;
}

static void require_row(const char *text, size_t length, size_t fields)
{
    struct page page = {0};
    struct error error = {0};
    const struct sink sink = {.write = write_to_page, .context = &page};
    struct csv csv = {.sink = &sink, .error = &error};
    for (size_t i = 0; i < fields; i++) {
        csv_text(&csv, text, length);
        csv_null(&csv);
        csv_blob(&csv, (const unsigned char *)text, length);
    }
    REQUIRE(csv_end_row(&csv) == 0);
    char *expected = repaired(text, length);
    const char *at = page.text;
    for (size_t i = 0; i < fields; i++) {
        require_field(&at, expected);
        REQUIRE(strncmp(at, ",,x'", 4) == 0);
        at += 4 + strspn(at + 4, "0123456789abcdef");
        REQUIRE(*at == '\'' && at[1] == (i + 1 == fields ? '\r' : ','));
        at += 2;
    }
    REQUIRE(strcmp(at, "\n") == 0);
    free(expected);
    free(page.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    require_row(text, size, 1 + size % 3);
    free(text);
    return 0;
}
