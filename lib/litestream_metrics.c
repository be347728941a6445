#include "litestream_metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http_client.h"

enum { TEXT_MAX = 4 << 20 };

/* Up to here every whole number is a double. */
#define VALUE_MAX 9007199254740992.0

/* --- asking --------------------------------------------------------------------------------- */

static int receive(void *context, const char *data, size_t size)
{
    FILE *out = context;
    return ftell(out) + (long)size <= TEXT_MAX && fwrite(data, 1, size, out) == size ? 0 : -1;
}

static bool ask(const char *url, int64_t deadline_ms, FILE *out)
{
    struct http_client *client;
    struct error error;
    struct http_exchange exchange = {
        .url = url, .direct = true, .receive = receive, .context = out};
    bool answered = http_client_open(&client, &error) == 0 &&
                    http_client_run(client, &exchange, 1, deadline_ms, 0, &error) == 0 &&
                    exchange.outcome == HTTP_ANSWERED && exchange.status == 200;
    http_client_close(client);
    return answered;
}

void litestream_metrics_read(const struct litestream_database *database, int64_t deadline_ms,
                             struct litestream_metrics *metrics)
{
    size_t size;
    *metrics = (struct litestream_metrics){0};
    FILE *out = database->metrics_url[0] == '\0' ? NULL : open_memstream(&metrics->text, &size);
    if (out == NULL) {
        return;
    }
    bool asked = ask(database->metrics_url, deadline_ms, out);
    if (fclose(out) != 0 || !asked) {
        litestream_metrics_free(metrics);
    }
}

void litestream_metrics_free(struct litestream_metrics *metrics)
{
    free(metrics->text);
    *metrics = (struct litestream_metrics){0};
}

/* --- reading -------------------------------------------------------------------------------- */

/* Whether a label's value, which begins at TEXT behind its quote, is VALUE; *ret_end is behind its
 * closing quote. */
static bool label_is(const char *text, const char *value, const char **ret_end)
{
    bool same = true;
    for (; *text != '"' && *text != '\0' && *text != '\n'; text++) {
        char c = *text;
        if (c == '\\' && text[1] != '\0') {
            text++;
            c = (char)(*text == 'n' ? '\n' : *text);
        }
        same = same && c == *value;
        value += same ? 1 : 0;
    }
    *ret_end = *text == '"' ? text + 1 : text;
    return same && *value == '\0';
}

/* Whether the labels that begin at TEXT behind their brace are those of this replica; *ret_end is
 * behind the closing brace. */
static bool labels_match(const char *text, const char *db, const char *name, const char **ret_end)
{
    int matches = 0;
    while (*text != '}' && *text != '\0' && *text != '\n') {
        size_t length = strcspn(text, "=\"}\n");
        const char *label = text;
        text += length;
        if (strncmp(text, "=\"", 2) != 0) {
            break;
        }
        bool is_db = length == 2 && strncmp(label, "db", 2) == 0;
        bool is_name = length == 4 && strncmp(label, "name", 4) == 0;
        bool same = label_is(text + 2, is_db ? db : name, &text);
        matches += (is_db || is_name) && same;
        text += *text == ',' ? 1 : 0;
    }
    *ret_end = *text == '}' ? text + 1 : text;
    return *text == '}' && matches == 2;
}

bool litestream_metrics_gauge(const char *text, const char *metric, const char *db,
                              const char *name, double *ret_value)
{
    size_t length = strlen(metric);
    while (text != NULL && *text != '\0') {
        const char *rest;
        if (strncmp(text, metric, length) == 0 && text[length] == '{' &&
            labels_match(text + length + 1, db, name, &rest)) {
            char *end;
            *ret_value = strtod(rest, &end);
            return end != rest && *ret_value >= 0 && *ret_value <= VALUE_MAX;
        }
        text = strchr(text, '\n');
        text = text == NULL ? NULL : text + 1;
    }
    return false;
}

bool litestream_metrics_know(const struct litestream_metrics *metrics, const char *db,
                             const char *name)
{
    double ignored;
    return litestream_metrics_gauge(metrics->text, "litestream_replica_validation_total", db, name,
                                    &ignored);
}

bool litestream_metrics_position(const struct litestream_metrics *metrics, const char *db,
                                 const char *name, struct layout_position *ret_position)
{
    double index;
    double offset;
    if (!litestream_metrics_gauge(metrics->text, "litestream_replica_wal_index", db, name,
                                  &index) ||
        !litestream_metrics_gauge(metrics->text, "litestream_replica_wal_offset", db, name,
                                  &offset)) {
        return false;
    }
    *ret_position = (struct layout_position){(int64_t)index, (int64_t)offset};
    return true;
}
