/* Where the app is told of what happens, and the secret that signs it: WEBHOOK_URL, WEBHOOK_SECRET.
 */
#ifndef WEBHOOK_SETTINGS_H
#define WEBHOOK_SETTINGS_H

#include <stddef.h>

#include "error.h"

enum {
    WEBHOOK_URL_SIZE = 2048,
    /* Of a symmetric secret: https://github.com/standard-webhooks/standard-webhooks, "Signature
     * scheme". */
    WEBHOOK_SECRET_MIN = 24,
    WEBHOOK_SECRET_MAX = 64,
};

struct webhook_settings {
    char url[WEBHOOK_URL_SIZE]; /* empty: nobody is told */
    unsigned char secret[WEBHOOK_SECRET_MAX];
    size_t secret_size; /* 0: what is sent is not signed */
};

/* Reads both settings; empty ones are not set. ERR_BAD_REQUEST, with a sentence that shows neither:
 * the address may hold a password. */
int webhook_settings_read(const char *url, const char *secret, struct webhook_settings *settings,
                          struct error *error);

#endif
