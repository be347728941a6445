#include "environment.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What follows a dollar sign: the name, and how many characters it all takes. */
struct reference {
    const char *name;
    size_t name_length;
    size_t length;
};

/* Those that a shell gives a meaning of its own. */
static bool is_special(char c)
{
    return c != '\0' && strchr("*#$@!?-0123456789", c) != NULL;
}

static struct reference read_braces(const char *text)
{
    size_t name_length = strcspn(text + 1, "}");
    if (text[1 + name_length] == '\0') {
        return (struct reference){.length = 1};
    }
    return (struct reference){text + 1, name_length, name_length + 2};
}

static struct reference read_reference(const char *text)
{
    size_t length = 0;
    if (text[0] == '{') {
        return read_braces(text);
    }
    if (is_special(text[0])) {
        return (struct reference){text, 1, 1};
    }
    while (isalnum((unsigned char)text[length]) || text[length] == '_') {
        length++;
    }
    return (struct reference){text, length, length};
}

/* No name has an equals sign in it; getenv("A=b") would find the rest of A's value "b=c". */
static void write_value(const struct reference *reference, FILE *out)
{
    char *name = strndup(reference->name, reference->name_length);
    const char *value = name == NULL || strchr(name, '=') != NULL ? NULL : getenv(name);
    fputs(value == NULL ? "" : value, out);
    free(name);
}

char *environment_expand(const char *text)
{
    char *expanded = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&expanded, &size);
    if (out == NULL) {
        return NULL;
    }
    for (const char *rest = text; *rest != '\0'; rest++) {
        if (*rest != '$' || rest[1] == '\0') {
            fputc(*rest, out);
            continue;
        }
        struct reference reference = read_reference(rest + 1);
        if (reference.name_length > 0) {
            write_value(&reference, out);
        } else if (reference.length == 0) {
            fputc('$', out);
        }
        rest += reference.length;
    }
    return fclose(out) == 0 ? expanded : NULL;
}
