#include "http_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "curl_library.h"
#include "timestamp.h"
#include "version.h"

struct http_client {
    struct curl_library curl;
    CURLM *multi;
};

/* One exchange on its way. */
struct flight {
    const struct curl_library *curl;
    struct http_exchange *exchange;
    CURL *easy;
    struct curl_slist *headers;
    char provider[128];
    char credentials[2048];
    size_t error_body_length;
};

int http_client_open(struct http_client **ret_client, struct error *error)
{
    struct http_client *client = calloc(1, sizeof *client);
    *ret_client = client;
    if (client == NULL) {
        return error_memory(error);
    }
    int result = curl_library_load(&client->curl, error);
    if (result == 0 && (client->multi = client->curl.multi_init()) == NULL) {
        result = error_memory(error);
    }
    return result;
}

void http_client_close(struct http_client *client)
{
    if (client != NULL && client->multi != NULL) {
        client->curl.multi_cleanup(client->multi);
    }
    free(client);
}

/* --- what comes ----------------------------------------------------------------------------- */

static void keep_error_body(struct flight *flight, const char *data, size_t size)
{
    struct http_exchange *exchange = flight->exchange;
    size_t room = sizeof exchange->error_body - 1 - flight->error_body_length;
    size_t kept = size < room ? size : room;
    memcpy(exchange->error_body + flight->error_body_length, data, kept);
    flight->error_body_length += kept;
    exchange->error_body[flight->error_body_length] = '\0';
}

static size_t on_body(char *data, size_t unit, size_t count, void *context)
{
    struct flight *flight = context;
    struct http_exchange *exchange = flight->exchange;
    size_t size = unit * count;
    long status = 0;
    flight->curl->easy_getinfo(flight->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status < 200 || status > 299) {
        keep_error_body(flight, data, size);
        return size;
    }
    bool taken = exchange->receive == NULL || exchange->receive(exchange->context, data, size) >= 0;
    return taken ? size : 0;
}

/* Copies the value of the header NAME (with its colon) from the line DATA; false if it is another
 * one, or does not fit. */
static bool header_is(const char *data, size_t size, const char *name, char *out, size_t out_size)
{
    size_t skip = strlen(name);
    if (size <= skip || strncasecmp(data, name, skip) != 0) {
        return false;
    }
    while (skip < size && data[skip] == ' ') {
        skip++;
    }
    while (size > skip && (data[size - 1] == '\r' || data[size - 1] == '\n')) {
        size--;
    }
    snprintf(out, out_size, "%.*s", (int)(size - skip), data + skip);
    return size - skip < out_size;
}

/* A region becomes part of a host's name. */
static bool is_region(const char *text)
{
    return text[0] != '\0' && text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

static size_t on_header(char *data, size_t unit, size_t count, void *context)
{
    const struct flight *flight = context;
    struct http_exchange *exchange = flight->exchange;
    size_t size = unit * count;
    char value[HTTP_CLIENT_REGION_SIZE];
    if (header_is(data, size, "x-amz-bucket-region:", value, sizeof value) && is_region(value)) {
        memcpy(exchange->region, value, sizeof value);
    }
    if (header_is(data, size, "date:", value, sizeof value)) {
        time_t date = flight->curl->getdate(value, NULL);
        exchange->date_s = date > 0 ? (int64_t)date : 0;
    }
    return size;
}

static enum http_outcome outcome_of(CURLcode code)
{
    switch (code) {
    case CURLE_OK:
        return HTTP_ANSWERED;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return HTTP_NO_HOST;
    case CURLE_COULDNT_CONNECT:
        return HTTP_REFUSED;
    case CURLE_OPERATION_TIMEDOUT:
        return HTTP_TIMED_OUT;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CONNECT_ERROR:
        return HTTP_NOT_TRUSTED;
    case CURLE_WRITE_ERROR:
        return HTTP_GIVEN_UP;
    default:
        return HTTP_BROKEN;
    }
}

/* --- what goes ------------------------------------------------------------------------------ */

static bool add_header(struct flight *flight, const char *line)
{
    struct curl_slist *longer = flight->curl->slist_append(flight->headers, line);
    if (longer == NULL) {
        return false;
    }
    flight->headers = longer;
    return true;
}

/* curl signs what stands in the headers, and needs to be told that the body is not hashed. */
static bool sign(struct flight *flight, const struct http_signature *signature)
{
    char token[8192 + 32];
    snprintf(flight->provider, sizeof flight->provider, "aws:amz:%s:%s", signature->region,
             signature->service);
    snprintf(flight->credentials, sizeof flight->credentials, "%s:%s", signature->key_id,
             signature->secret);
    flight->curl->easy_setopt(flight->easy, CURLOPT_AWS_SIGV4, flight->provider);
    flight->curl->easy_setopt(flight->easy, CURLOPT_USERPWD, flight->credentials);
    bool good = add_header(flight, "x-amz-content-sha256: UNSIGNED-PAYLOAD");
    if (good && signature->session_token != NULL) {
        snprintf(token, sizeof token, "x-amz-security-token: %s", signature->session_token);
        good = add_header(flight, token);
    }
    return good;
}

static void set_limits(const struct flight *flight, int64_t deadline_ms, int stall_s)
{
    CURL *easy = flight->easy;
    if (deadline_ms > 0) {
        int64_t left = deadline_ms - timestamp_monotonic_ms();
        flight->curl->easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)(left > 1 ? left : 1));
        /* A name server that hangs must not hold the end of the exchange up. */
        flight->curl->easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    }
    if (stall_s > 0) {
        flight->curl->easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, (long)stall_s);
        flight->curl->easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
        flight->curl->easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)stall_s);
    }
    flight->curl->easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    flight->curl->easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
}

static void set_trust(const struct flight *flight, const struct http_exchange *exchange)
{
    CURL *easy = flight->easy;
    if (exchange->ca_file != NULL) {
        flight->curl->easy_setopt(easy, CURLOPT_CAINFO, exchange->ca_file);
    }
    if (exchange->skip_verify) {
        flight->curl->easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
        flight->curl->easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    if (exchange->direct) {
        flight->curl->easy_setopt(easy, CURLOPT_PROXY, "");
    }
}

static bool set_request(struct flight *flight)
{
    struct http_exchange *exchange = flight->exchange;
    CURL *easy = flight->easy;
    bool good = true;
    for (size_t i = 0; good && exchange->headers != NULL && exchange->headers[i] != NULL; i++) {
        good = add_header(flight, exchange->headers[i]);
    }
    if (exchange->body != NULL) {
        flight->curl->easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                                  (curl_off_t)exchange->body_size);
        flight->curl->easy_setopt(easy, CURLOPT_POSTFIELDS, exchange->body);
    }
    if (good && exchange->signature != NULL) {
        good = sign(flight, exchange->signature);
    }
    flight->curl->easy_setopt(easy, CURLOPT_URL, exchange->url);
    flight->curl->easy_setopt(easy, CURLOPT_USERAGENT, "camera-sheet-backup/" VERSION);
    flight->curl->easy_setopt(easy, CURLOPT_HTTPHEADER, flight->headers);
    return good;
}

static bool take_off(struct http_client *client, struct flight *flight, int64_t deadline_ms,
                     int stall_s)
{
    flight->curl = &client->curl;
    flight->easy = client->curl.easy_init();
    if (flight->easy == NULL || !set_request(flight)) {
        return false;
    }
    set_limits(flight, deadline_ms, stall_s);
    set_trust(flight, flight->exchange);
    flight->curl->easy_setopt(flight->easy, CURLOPT_WRITEFUNCTION, on_body);
    flight->curl->easy_setopt(flight->easy, CURLOPT_WRITEDATA, flight);
    flight->curl->easy_setopt(flight->easy, CURLOPT_HEADERFUNCTION, on_header);
    flight->curl->easy_setopt(flight->easy, CURLOPT_HEADERDATA, flight);
    flight->curl->easy_setopt(flight->easy, CURLOPT_PRIVATE, flight);
    return client->curl.multi_add_handle(client->multi, flight->easy) == CURLM_OK;
}

static void land(struct http_client *client, struct flight *flight)
{
    if (flight->easy != NULL) {
        client->curl.multi_remove_handle(client->multi, flight->easy);
        client->curl.easy_cleanup(flight->easy);
    }
    client->curl.slist_free_all(flight->headers);
    explicit_bzero(flight->credentials, sizeof flight->credentials);
}

/* --- all of it ------------------------------------------------------------------------------ */

static void note_ends(struct http_client *client)
{
    CURLMsg *message;
    int more;
    while ((message = client->curl.multi_info_read(client->multi, &more)) != NULL) {
        struct flight *flight;
        long status = 0;
        client->curl.easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &flight);
        client->curl.easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &status);
        flight->exchange->status = (int)status;
        flight->exchange->outcome = outcome_of(message->data.result);
    }
}

static bool fly(struct http_client *client)
{
    int running = 1;
    while (running > 0) {
        if (client->curl.multi_perform(client->multi, &running) != CURLM_OK) {
            return false;
        }
        note_ends(client);
        if (running > 0 &&
            client->curl.multi_poll(client->multi, NULL, 0, 1000, NULL) != CURLM_OK) {
            return false;
        }
    }
    return true;
}

int http_client_run(struct http_client *client, struct http_exchange *exchanges, size_t count,
                    int64_t deadline_ms, int stall_s, struct error *error)
{
    struct flight *flights = calloc(count, sizeof *flights);
    bool good = flights != NULL;
    for (size_t i = 0; good && i < count; i++) {
        exchanges[i].outcome = HTTP_BROKEN;
        exchanges[i].status = 0;
        exchanges[i].error_body[0] = '\0';
        exchanges[i].region[0] = '\0';
        exchanges[i].date_s = 0;
        flights[i].exchange = &exchanges[i];
        good = take_off(client, &flights[i], deadline_ms, stall_s);
    }
    good = good && fly(client);
    for (size_t i = 0; flights != NULL && i < count; i++) {
        land(client, &flights[i]);
    }
    free(flights);
    return good ? 0 : error_memory(error);
}
