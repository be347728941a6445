#include "webhook_settings.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char secret_prefix[] = "whsec_";

/* --- the address --------------------------------------------------------------------------- */

/* What is behind http:// or https://; NULL for anything else. */
static const char *skip_scheme(const char *url)
{
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        size_t length = strlen(schemes[i]);
        if (strncasecmp(url, schemes[i], length) == 0) {
            return url + length;
        }
    }
    return NULL;
}

/* Only what a URL can consist of (RFC 3986, section 2): no space, no newline, no other script. */
static bool has_url_characters(const char *url)
{
    static const char others[] = "\"<>\\^`{|}";
    for (; *url != '\0'; url++) {
        if (*url <= ' ' || *url > '~' || strchr(others, *url) != NULL) {
            return false;
        }
    }
    return true;
}

/* Whether what follows the host up to END is nothing, or a colon and a port. */
static bool is_port(const char *text, const char *end)
{
    size_t digits = text == end ? 0 : (size_t)(end - text - 1);
    if (digits == 0) {
        return text == end;
    }
    long port = digits > 5 ? 0 : strtol(text + 1, NULL, 10);
    return *text == ':' && strspn(text + 1, "0123456789") == digits && port >= 1 && port <= 65535;
}

/* Whether a host stands at the beginning, after a name and a password if they are there. */
static bool has_host(const char *authority)
{
    const char *end = authority + strcspn(authority, "/?#");
    const char *at = memrchr(authority, '@', (size_t)(end - authority));
    const char *host = at == NULL ? authority : at + 1;
    const char *host_end = host + strcspn(host, *host == '[' ? "]/?#" : ":/?#");
    if (*host == '[' && *host_end == ']') {
        host_end++;
    } else if (*host == '[') {
        return false;
    }
    return host_end > host && is_port(host_end, end);
}

static int read_url(const char *text, char url[WEBHOOK_URL_SIZE], struct error *error)
{
    const char *authority = skip_scheme(text);
    if (strlen(text) >= WEBHOOK_URL_SIZE || authority == NULL || !has_url_characters(text) ||
        !has_host(authority)) {
        return error_set(error, ERR_BAD_REQUEST,
                         "WEBHOOK_URL must be one address that begins with http:// or https:// and "
                         "has no spaces in it, like https://app.example/webhook.");
    }
    snprintf(url, WEBHOOK_URL_SIZE, "%s", text);
    return 0;
}

/* --- the secret ---------------------------------------------------------------------------- */

/* The value of one base64 digit; -1 for any other character. */
static int base64_digit(char digit)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = digit == '\0' ? NULL : strchr(digits, digit);
    return at == NULL ? -1 : (int)(at - digits);
}

/* Decodes base64 with its padding (RFC 4648, section 4), as every receiver will; returns how many
 * bytes there are, 0 for anything else or if it is more than SIZE bytes. */
static size_t decode_base64(const char *text, unsigned char *out, size_t size)
{
    size_t length = strlen(text);
    size_t padding = length == 0 ? 0 : strspn(text + strcspn(text, "="), "=");
    size_t bytes = length / 4 * 3 - padding;
    if (length % 4 != 0 || length == 0 || padding > 2 || bytes > size) {
        return 0;
    }
    unsigned int bits = 0;
    size_t decoded = 0;
    for (size_t i = 0; i < length - padding; i++) {
        int digit = base64_digit(text[i]);
        if (digit < 0) {
            return 0;
        }
        bits = bits << 6 | (unsigned int)digit;
        if (i % 4 != 0) {
            out[decoded++] = (unsigned char)(bits >> (6 - i % 4 * 2));
        }
    }
    return decoded;
}

static int read_secret(const char *text, struct webhook_settings *settings, struct error *error)
{
    size_t prefix = sizeof secret_prefix - 1;
    const char *encoded = strncmp(text, secret_prefix, prefix) == 0 ? text + prefix : text;
    settings->secret_size = decode_base64(encoded, settings->secret, sizeof settings->secret);
    if (settings->secret_size < WEBHOOK_SECRET_MIN) {
        settings->secret_size = 0;
        return error_set(error, ERR_BAD_REQUEST,
                         "WEBHOOK_SECRET must be %d to %d random bytes as base64, with or without "
                         "%s before it. \"openssl rand -base64 32\" makes one.",
                         WEBHOOK_SECRET_MIN, WEBHOOK_SECRET_MAX, secret_prefix);
    }
    return 0;
}

int webhook_settings_read(const char *url, const char *secret, struct webhook_settings *settings,
                          struct error *error)
{
    *settings = (struct webhook_settings){.secret_size = 0};
    int result = url[0] == '\0' ? 0 : read_url(url, settings->url, error);
    if (result == 0 && secret[0] != '\0') {
        result = read_secret(secret, settings, error);
    }
    return result;
}
