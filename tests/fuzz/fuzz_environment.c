/* ${NAME} in a text: as Go's os.Expand() has it, which is written down here a second time, after
 * https://go.dev/src/os/env.go. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "environment.h"

static const struct {
    const char *name;
    const char *value;
} variables[] = {{"A", "value of A"}, {"AB", "$A"},   {"EMPTY", ""}, {"E", "x=y"},
                 {"_1", "}{"},        {"1", "digit"}, {"*", "star"}};

struct reference {
    char *out;
    size_t length;
};

static void put(struct reference *reference, const char *text, size_t length)
{
    memcpy(reference->out + reference->length, text, length);
    reference->length += length;
}

static void put_value(struct reference *reference, const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        if (strlen(variables[i].name) == length && memcmp(variables[i].name, name, length) == 0) {
            put(reference, variables[i].value, strlen(variables[i].value));
        }
    }
}

static bool is_special(char c)
{
    return memchr("*#$@!?-0123456789", c, 17) != NULL;
}

static bool is_alphanumeric(char c)
{
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* getShellName(): the name's length; its begin and what to skip by the pointers. */
static size_t shell_name(const char *s, size_t size, const char **ret_name, size_t *ret_width)
{
    size_t i = 0;
    *ret_name = s;
    if (s[0] == '{') {
        *ret_name = s + 1;
        if (size > 2 && is_special(s[1]) && s[2] == '}') {
            *ret_width = 3;
            return 1;
        }
        const char *brace = memchr(s + 1, '}', size - 1);
        *ret_width = brace == NULL ? 1 : (size_t)(brace - s) + 1;
        return brace == NULL ? 0 : (size_t)(brace - s) - 1;
    }
    if (is_special(s[0])) {
        *ret_width = 1;
        return 1;
    }
    while (i < size && is_alphanumeric(s[i])) {
        i++;
    }
    *ret_width = i;
    return i;
}

static void expand(const char *s, size_t size, struct reference *reference)
{
    for (size_t j = 0; j < size; j++) {
        if (s[j] != '$' || j + 1 == size) {
            put(reference, s + j, 1);
            continue;
        }
        const char *name;
        size_t width;
        size_t length = shell_name(s + j + 1, size - j - 1, &name, &width);
        if (length > 0) {
            put_value(reference, name, length);
        } else if (width == 0) {
            put(reference, s + j, 1);
        }
        j += width;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    struct reference reference = {.out = malloc(size * strlen("value of A") + 1)};
    clearenv();
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        setenv(variables[i].name, variables[i].value, 1);
    }
    expand(text, strlen(text), &reference);
    reference.out[reference.length] = '\0';
    char *expanded = environment_expand(text);
    REQUIRE(expanded != NULL && strcmp(expanded, reference.out) == 0);
    free(expanded);
    free(reference.out);
    free(text);
    return 0;
}
