#include "metrics.h"

#include <string.h>

#include "text.h"

/* A longer value of a label is cut off: no name of a database or of a replica is longer. */
enum { VALUE_SIZE = 256 };

void metrics_begin(FILE *out, const struct metrics_family *family)
{
    fprintf(out, "# HELP " METRICS_PREFIX "%s %s\n", family->name, family->help);
    fprintf(out, "# TYPE " METRICS_PREFIX "%s gauge\n", family->name);
}

static void write_value(FILE *out, const char *value)
{
    char text[VALUE_SIZE];
    snprintf(text, sizeof text, "%s", value);
    text_make_printable(text);
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '\\' || *at == '"') {
            fputc('\\', out);
        }
        fputc(*at, out);
    }
}

static void write_name(FILE *out, const struct metrics_family *family, const char *const *values)
{
    fprintf(out, METRICS_PREFIX "%s", family->name);
    for (size_t i = 0; family->labels[i] != NULL; i++) {
        fprintf(out, "%c%s=\"", i == 0 ? '{' : ',', family->labels[i]);
        write_value(out, values[i]);
        fputc('"', out);
    }
    fputs(family->labels[0] == NULL ? " " : "} ", out);
}

void metrics_integer(FILE *out, const struct metrics_family *family, const char *const *values,
                     int64_t number)
{
    write_name(out, family, values);
    fprintf(out, "%lld\n", (long long)number);
}

void metrics_seconds(FILE *out, const struct metrics_family *family, const char *const *values,
                     int64_t ms)
{
    const char *sign = ms < 0 ? "-" : "";
    long long whole = (long long)(ms < 0 ? -ms : ms);
    write_name(out, family, values);
    fprintf(out, "%s%lld.%03lld\n", sign, whole / 1000, whole % 1000);
}
