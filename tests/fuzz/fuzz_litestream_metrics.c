/* Litestream's metrics: the database's path, the replica's name, then Prometheus' text. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "litestream_metrics.h"

static void write_escaped(const char *text, FILE *out)
{
    for (; *text != '\0'; text++) {
        if (*text == '\n') {
            fputs("\\n", out);
        } else if (*text == '"' || *text == '\\') {
            fprintf(out, "\\%c", *text);
        } else {
            fputc(*text, out);
        }
    }
}

/* What is written for these labels is found, whatever characters are in them. */
static void require_found(const char *db, const char *name)
{
    char *text;
    size_t size;
    double value;
    FILE *out = open_memstream(&text, &size);
    fputs("# HELP\nlitestream_replica_wal_index{db=\"", out);
    write_escaped(db, out);
    fputs("\",name=\"", out);
    write_escaped(name, out);
    fputs("\"} 42\nlitestream_replica_wal_index{db=\"other\",name=\"s3\"} 7\n", out);
    fclose(out);
    REQUIRE(litestream_metrics_gauge(text, "litestream_replica_wal_index", db, name, &value));
    REQUIRE(value == 42);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    char *db = fuzz_line(&input);
    char *name = fuzz_line(&input);
    struct litestream_metrics metrics = {.text = fuzz_text(input.data, input.size)};
    struct layout_position position;
    double value;
    if (litestream_metrics_gauge(metrics.text, "litestream_replica_wal_index", db, name, &value)) {
        REQUIRE(value >= 0 && value <= 9007199254740992.0);
    }
    if (litestream_metrics_position(&metrics, db, name, &position)) {
        REQUIRE(position.index >= 0 && position.offset >= 0);
    }
    (void)litestream_metrics_know(&metrics, db, name);
    require_found(db, name);
    litestream_metrics_free(&metrics);
    free(db);
    free(name);
    return 0;
}
