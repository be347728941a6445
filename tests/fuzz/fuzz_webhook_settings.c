/* WEBHOOK_URL and WEBHOOK_SECRET: a line each. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "webhook_settings.h"

static void require_url(const char *url)
{
    REQUIRE(strncasecmp(url, "http://", 7) == 0 || strncasecmp(url, "https://", 8) == 0);
    for (; *url != '\0'; url++) {
        REQUIRE(*url > ' ' && *url <= '~');
    }
}

/* Both may be secrets: no sentence shows them. */
static void require_discretion(const char *url, const char *secret, const char *detail)
{
    enum { TELLING = 40 };
    REQUIRE(strlen(url) < TELLING || strstr(detail, url) == NULL);
    REQUIRE(strlen(secret) < TELLING || strstr(detail, secret) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct webhook_settings settings;
    struct error error = {0};
    char *url = fuzz_line(&input);
    char *secret = fuzz_line(&input);
    int result = webhook_settings_read(url, secret, &settings, &error);
    if (result < 0) {
        fuzz_require_error(result, &error);
        require_discretion(url, secret, error.detail);
    } else {
        REQUIRE(strcmp(settings.url, url) == 0);
        REQUIRE(url[0] == '\0' || (require_url(url), true));
        REQUIRE((secret[0] == '\0') == (settings.secret_size == 0));
        REQUIRE(settings.secret_size == 0 || settings.secret_size >= WEBHOOK_SECRET_MIN);
        REQUIRE(settings.secret_size <= WEBHOOK_SECRET_MAX);
    }
    free(url);
    free(secret);
    return 0;
}
