/* The webhook: telling the app what happens, as Standard Webhooks say
 * (https://www.standardwebhooks.com/, version 1.0.0).
 *
 * A message is one POST with the JSON {"type","timestamp","data"} and the headers webhook-id,
 * webhook-timestamp and, if there is a secret, webhook-signature. It has arrived when it was
 * answered 2xx within five seconds. It is sent once: nothing is tried again, no redirect is
 * followed. Work never fails because a message did not arrive. */
#ifndef WEBHOOK_H
#define WEBHOOK_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "backup.h"
#include "webhook_settings.h"

enum {
    /* For the whole of one message: the name, the connection, the answer. */
    WEBHOOK_TIMEOUT_MS = 5000,
    WEBHOOK_SIGNATURE_SIZE = 48, /* "v1," and 32 bytes as base64 */
};

/* The messages about one piece of work. */
struct webhook {
    const struct webhook_settings *settings;
    bool hangs;         /* a message was not answered in time: no more is sent */
    struct error error; /* of the first message that did not arrive; code 0: all did */
};

#define WEBHOOK(given) ((struct webhook){.settings = (given)})

/* Whether somebody is told at all. */
bool webhook_is_set(const struct webhook *webhook);

/* Sends one message and waits for the answer. DATA is the caller's no more, whatever happens; NULL
 * stands for no memory. */
void webhook_send(struct webhook *webhook, const char *type, cJSON *data);

/* Adds "notified" to an answer: whether everything that was to be told has arrived; null without a
 * webhook. */
void webhook_add_notified(const struct webhook *webhook, cJSON *answer);

/* Adds what did not arrive to the warning of a response, behind what stands there. */
void webhook_add_warning(const struct webhook *webhook, struct error *warning);

/* Sends backup.created; adds to the warning if it did not arrive. */
void webhook_backup_created(const struct webhook_settings *settings, const struct backup *backup,
                            const char *database, struct error *warning);

/* The signature of the message ID (without a full stop) of TIMESTAMP (seconds since 1970, in
 * decimal) with this body: "v1," and base64(HMAC-SHA256(secret, "ID.TIMESTAMP.BODY")). */
int webhook_sign(const struct webhook_settings *settings, const char *id, const char *timestamp,
                 const char *body, char out[WEBHOOK_SIGNATURE_SIZE], struct error *error);

#endif
