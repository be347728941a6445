#include "webhook.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http_client.h"
#include "json.h"
#include "timestamp.h"

enum { ID_BYTES = 16, ID_SIZE = 40, TIMESTAMP_DIGITS_SIZE = 24, HEADER_SIZE = 96 };

bool webhook_is_set(const struct webhook *webhook)
{
    return webhook->settings->url[0] != '\0';
}

/* --- one message --------------------------------------------------------------------------- */

/* "msg_" and random digits: nobody else has the same, and there is no full stop in it. */
static int make_id(char id[ID_SIZE], struct error *error)
{
    unsigned char random[ID_BYTES];
    if (RAND_bytes(random, sizeof random) != 1) {
        return error_set(error, ERR_UNAVAILABLE, "There are no random numbers.");
    }
    int length = snprintf(id, ID_SIZE, "msg_");
    for (size_t i = 0; i < sizeof random; i++) {
        length += snprintf(id + length, ID_SIZE - (size_t)length, "%02x", random[i]);
    }
    return 0;
}

int webhook_sign(const struct webhook_settings *settings, const char *id, const char *timestamp,
                 const char *body, char out[WEBHOOK_SIGNATURE_SIZE], struct error *error)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    char *content;
    int length = asprintf(&content, "%s.%s.%s", id, timestamp, body);
    if (length < 0) {
        return error_memory(error);
    }
    bool good = HMAC(EVP_sha256(), settings->secret, (int)settings->secret_size,
                     (const unsigned char *)content, (size_t)length, digest, &size) != NULL;
    free(content);
    if (!good) {
        return error_memory(error);
    }
    snprintf(out, WEBHOOK_SIGNATURE_SIZE, "v1,");
    EVP_EncodeBlock((unsigned char *)out + 3, digest, (int)size);
    return 0;
}

/* The message as text, which the caller frees; NULL without memory. */
static char *write_body(const char *type, int64_t now_ms, cJSON *data)
{
    cJSON *message = cJSON_CreateObject();
    json_add_text(message, "type", type);
    json_add_time(message, "timestamp", now_ms, TIMESTAMP_MILLISECONDS);
    bool complete = cJSON_AddItemToObject(message, "data", data) != 0;
    char *body = complete ? json_print(message, false) : NULL;
    if (!complete) {
        cJSON_Delete(data);
    }
    cJSON_Delete(message);
    return body;
}

/* What became of a message, as a sentence that does not show the address. */
static int judge(const char *type, const struct http_exchange *exchange, struct error *error)
{
    static const char *const reasons[] = {
        [HTTP_NO_HOST] = "the host of WEBHOOK_URL is not known",
        [HTTP_REFUSED] = "nobody answers at WEBHOOK_URL",
        [HTTP_TIMED_OUT] = "WEBHOOK_URL did not answer in time",
        [HTTP_NOT_TRUSTED] = "the certificate at WEBHOOK_URL is not trusted",
        [HTTP_BROKEN] = "the connection to WEBHOOK_URL broke",
        [HTTP_GIVEN_UP] = "the connection to WEBHOOK_URL broke",
    };
    if (exchange->outcome != HTTP_ANSWERED) {
        return error_set(error, ERR_UNAVAILABLE, "The app was not told of %s: %s.", type,
                         reasons[exchange->outcome]);
    }
    if (exchange->status < 200 || exchange->status > 299) {
        return error_set(error, ERR_UNAVAILABLE,
                         "The app was not told of %s: WEBHOOK_URL answered with status %d.", type,
                         exchange->status);
    }
    return 0;
}

/* A connection of its own for each message: one that is used again may turn out to be closed, and
 * then the message would be sent twice. */
static int post(struct webhook *webhook, const char *const *headers, const char *body,
                const char *type, struct error *error)
{
    struct http_client *client;
    struct http_exchange exchange = {
        .url = webhook->settings->url, .headers = headers, .body = body, .body_size = strlen(body)};
    int64_t deadline_ms = timestamp_monotonic_ms() + WEBHOOK_TIMEOUT_MS;
    int result = http_client_open(&client, error);
    if (result == 0) {
        result = http_client_run(client, &exchange, 1, deadline_ms, 0, error);
    }
    http_client_close(client);
    webhook->hangs = result == 0 && exchange.outcome == HTTP_TIMED_OUT;
    return result == 0 ? judge(type, &exchange, error) : result;
}

static int deliver(struct webhook *webhook, const char *type, int64_t now_ms, const char *body,
                   struct error *error)
{
    char id[ID_SIZE];
    char timestamp[TIMESTAMP_DIGITS_SIZE];
    char signature[WEBHOOK_SIGNATURE_SIZE] = "";
    char lines[3][HEADER_SIZE];
    snprintf(timestamp, sizeof timestamp, "%lld", (long long)(now_ms / 1000));
    int result = make_id(id, error);
    if (result == 0 && webhook->settings->secret_size > 0) {
        result = webhook_sign(webhook->settings, id, timestamp, body, signature, error);
    }
    if (result < 0) {
        return result;
    }
    snprintf(lines[0], HEADER_SIZE, "webhook-id: %s", id);
    snprintf(lines[1], HEADER_SIZE, "webhook-timestamp: %s", timestamp);
    snprintf(lines[2], HEADER_SIZE, "webhook-signature: %s", signature);
    const char *const headers[] = {"Content-Type: application/json", lines[0], lines[1],
                                   signature[0] == '\0' ? NULL : lines[2], NULL};
    return post(webhook, headers, body, type, error);
}

void webhook_send(struct webhook *webhook, const char *type, cJSON *data)
{
    if (!webhook_is_set(webhook) || webhook->hangs) {
        cJSON_Delete(data);
        return;
    }
    struct error error = {0};
    int64_t now_ms = timestamp_now_ms();
    char *body = write_body(type, now_ms, data);
    int result = body == NULL ? error_memory(&error) : deliver(webhook, type, now_ms, body, &error);
    free(body);
    if (result < 0 && webhook->error.code == 0) {
        webhook->error = error;
    }
}

/* --- what is said of it -------------------------------------------------------------------- */

void webhook_add_notified(const struct webhook *webhook, cJSON *answer)
{
    if (webhook_is_set(webhook)) {
        cJSON_AddBoolToObject(answer, "notified", webhook->error.code == 0);
    } else {
        cJSON_AddNullToObject(answer, "notified");
    }
}

void webhook_add_warning(const struct webhook *webhook, struct error *warning)
{
    const struct error earlier = *warning;
    if (webhook->error.code == 0) {
        return;
    }
    if (earlier.code == 0) {
        *warning = webhook->error;
    } else {
        error_set(warning, earlier.code, "%s %s", earlier.detail, webhook->error.detail);
    }
}

void webhook_backup_created(const struct webhook_settings *settings, const struct backup *backup,
                            const char *database, struct error *warning)
{
    struct webhook webhook = WEBHOOK(settings);
    if (webhook_is_set(&webhook)) {
        webhook_send(&webhook, "backup.created", backup_to_json(backup, database));
        webhook_add_warning(&webhook, warning);
    }
}
