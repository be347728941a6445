#include "http_answer.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "problem.h"
#include "text.h"
#include "timestamp.h"

/* When to come back: most locks are held for a moment. */
enum { RETRY_AFTER_S = 5 };

/* More events a second than this nobody can see. */
enum { STREAM_PAUSE_MS = 100 };

/* As long as the names of most file systems, each byte encoded. */
enum { STREAM_NAME_SIZE = 3 * 255 + 1 };

static const char no_memory[] =
    "{\"type\":\"urn:camera-sheet-backup:error:unavailable\",\"title\":\"Unavailable\","
    "\"status\":503,\"detail\":\"There is not enough memory.\"}";

static bool is_head(const struct exchange *exchange)
{
    return strcmp(exchange_variable(exchange, "REQUEST_METHOD"), "HEAD") == 0;
}

/* Ends the header and sends the document. */
static void send_document(const struct exchange *exchange, const char *media_type, const char *text)
{
    exchange_print(exchange, "Content-Type: %s\r\nContent-Length: %zu\r\n\r\n", media_type,
                   strlen(text));
    if (!is_head(exchange)) {
        exchange_write(exchange, text, strlen(text));
    }
}

static void send_status(const struct exchange *exchange, int status, const char *reason)
{
    exchange_print(exchange, "Status: %d %s\r\n", status, reason);
}

/* The reason phrase of an answer that is no problem. */
static const char *reason_of(int status)
{
    return status == 200 ? "OK" : status == 201 ? "Created" : "Service Unavailable";
}

static int answer_problem(const struct endpoint *endpoint, const struct exchange *exchange,
                          const struct error *error)
{
    cJSON *problem = problem_to_json(error);
    char *text = json_print(problem, false);
    const struct error_meaning *meaning =
        error_meaning(text == NULL ? ERR_UNAVAILABLE : error->code);
    int status = meaning->http_status;
    send_status(exchange, status, meaning->title);
    if (status == 503) {
        exchange_print(exchange, "Retry-After: %d\r\n", RETRY_AFTER_S);
    }
    if (status == 405) {
        exchange_print(exchange, "Allow: %s%s\r\n", endpoint->method,
                       strcmp(endpoint->method, "GET") == 0 ? ", HEAD" : "");
    }
    send_document(exchange, "application/problem+json", text == NULL ? no_memory : text);
    free(text);
    cJSON_Delete(problem);
    return status;
}

static void send_bytes(const struct exchange *exchange, int fd)
{
    char piece[64 << 10];
    ssize_t got;
    while ((got = read(fd, piece, sizeof piece)) > 0) {
        exchange_write(exchange, piece, (size_t)got);
    }
}

/* nginx sends the file: it knows ranges, validators and sendfile(). A plain CGI server gets the
 * bytes. */
static int answer_file(const struct endpoint *endpoint, const struct exchange *exchange,
                       const struct response *response)
{
    char name[3 * FILENAME_SIZE];
    char folder[3 * FILENAME_SIZE];
    text_percent_encode(response->file.filename, name, sizeof name);
    text_percent_encode(response->file.subfolder, folder, sizeof folder);
    exchange_print(exchange, "Content-Disposition: attachment; filename*=UTF-8''%s\r\n", name);
    exchange_print(exchange, "Cache-Control: private, no-store\r\nContent-Type: %s\r\n",
                   endpoint->media_type);
    if (exchange->fastcgi != NULL) {
        exchange_print(exchange, "X-Accel-Redirect: /.backups/%s%s%s\r\n\r\n", folder,
                       folder[0] == '\0' ? "" : "/", name);
        return 200;
    }
    exchange_print(exchange, "Content-Length: %lld\r\n\r\n", (long long)response->file.size);
    if (!is_head(exchange)) {
        send_bytes(exchange, response->file.fd);
    }
    return 200;
}

static int send_piece(void *context, const char *data, size_t size, struct error *error)
{
    return exchange_write(context, data, size)
               ? 0
               : error_set(error, ERR_IO, "Whoever asked has gone away.");
}

/* Its length is not known: only the way in which the connection ends tells whether it is whole. */
static int answer_stream(const struct endpoint *endpoint, const struct exchange *exchange,
                         struct response *response)
{
    char name[STREAM_NAME_SIZE];
    struct exchange to = *exchange;
    const struct sink sink = {.write = send_piece, .context = &to};
    if (!text_query_encode(response->stream.name, name, sizeof name)) {
        snprintf(name, sizeof name, "%s", endpoint->program);
    }
    send_status(exchange, 200, reason_of(200));
    exchange_print(exchange, "Content-Disposition: attachment; filename*=UTF-8''%s\r\n", name);
    exchange_print(exchange, "Cache-Control: private, no-store\r\nContent-Type: %s\r\n\r\n",
                   response->stream.media_type);
    if (!is_head(exchange)) {
        response->is_cut_off =
            response->stream.write(response->stream.context, &sink, &response->error) < 0;
    }
    return 200;
}

static int answer_text(const struct endpoint *endpoint, const struct exchange *exchange,
                       const struct response *response)
{
    send_status(exchange, endpoint->success_status, reason_of(endpoint->success_status));
    exchange_print(exchange, "Cache-Control: no-store\r\n");
    send_document(exchange, response->text_type, response->text);
    return endpoint->success_status;
}

int http_answer(const struct endpoint *endpoint, const struct exchange *exchange, int result,
                struct response *response)
{
    if (result < 0) {
        return answer_problem(endpoint, exchange, &response->error);
    }
    if (response->file.fd >= 0) {
        return answer_file(endpoint, exchange, response);
    }
    if (response->stream.write != NULL) {
        return answer_stream(endpoint, exchange, response);
    }
    if (response->text != NULL) {
        return answer_text(endpoint, exchange, response);
    }
    char *text = json_print(response->json, false);
    if (text == NULL) {
        struct error error;
        error_memory(&error);
        return answer_problem(endpoint, exchange, &error);
    }
    int status = response->http_status != 0 ? response->http_status : endpoint->success_status;
    send_status(exchange, status, reason_of(status));
    exchange_print(exchange, "Cache-Control: no-store\r\n");
    if (response->location[0] != '\0') {
        exchange_print(exchange, "Location: %s\r\n", response->location);
    }
    send_document(exchange, "application/json", text);
    free(text);
    return status;
}

/* --- event stream -------------------------------------------------------------------------- */

static void send_event(const struct exchange *exchange, const char *event, const cJSON *data)
{
    char *text = json_print(data, false);
    const char *body = text == NULL ? no_memory : text;
    exchange_print(exchange, "event: %s\ndata: ", text == NULL ? "error" : event);
    exchange_write(exchange, body, strlen(body));
    exchange_print(exchange, "\n\n");
    exchange_flush(exchange);
    free(text);
}

/* Sends every new phase, its end, and in between what STREAM_PAUSE_MS lets through. */
static void report(void *context, const char *phase, uint64_t done, uint64_t total)
{
    struct http_stream *stream = context;
    int64_t now = timestamp_monotonic_ms();
    bool is_new = stream->last_phase == NULL || strcmp(stream->last_phase, phase) != 0;
    if (!is_new && done < total && now - stream->last_report_ms < STREAM_PAUSE_MS) {
        return;
    }
    stream->last_phase = phase;
    stream->last_report_ms = now;
    exchange_print(stream->exchange,
                   "event: progress\n"
                   "data: {\"phase\":\"%s\",\"done\":%llu,\"total\":%llu}\n\n",
                   phase, (unsigned long long)done, (unsigned long long)total);
    exchange_flush(stream->exchange);
}

void http_stream_begin(struct http_stream *stream, const struct exchange *exchange,
                       struct progress *ret_progress)
{
    *stream = (struct http_stream){.exchange = exchange};
    *ret_progress = (struct progress){.report = report, .context = stream};
    send_status(exchange, 200, reason_of(200));
    exchange_print(exchange, "Content-Type: text/event-stream\r\nCache-Control: "
                             "no-store\r\nX-Accel-Buffering: no\r\n\r\n");
    exchange_flush(exchange);
}

int http_stream_end(const struct http_stream *stream, int result, const struct response *response)
{
    if (result == 0) {
        send_event(stream->exchange, "done", response->json);
        return 200;
    }
    cJSON *problem = problem_to_json(&response->error);
    send_event(stream->exchange, "error", problem);
    cJSON_Delete(problem);
    return error_meaning(response->error.code)->http_status;
}
