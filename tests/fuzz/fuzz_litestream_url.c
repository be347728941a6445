/* Replica URLs. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "litestream_url.h"

/* Nothing of the host was left out, but who asks. */
static void require_whole_host(const struct litestream_url *url, const char *authority)
{
    size_t length = strcspn(authority, "/?#");
    size_t host = strlen(url->host);
    REQUIRE(length >= host && memcmp(authority + length - host, url->host, host) == 0);
    REQUIRE(length == host || authority[length - host - 1] == '@');
}

static void require_url(const struct litestream_url *url, const char *text)
{
    size_t scheme = strlen(url->scheme);
    REQUIRE(strncmp(text, url->scheme, scheme) == 0);
    if (text[0] != '\0') {
        REQUIRE(strncmp(text + scheme, "://", 3) == 0);
        require_whole_host(url, text + scheme + 3);
    }
    REQUIRE(strlen(url->path) < sizeof url->path - 1);
    REQUIRE(strpbrk(url->host, "/?#@") == NULL);
    REQUIRE(strstr(url->path, "//") == NULL);
    REQUIRE(strlen(url->path) < 2 || url->path[strlen(url->path) - 1] != '/');
    if (strcmp(url->scheme, "s3") == 0) {
        REQUIRE(url->path[0] != '/');
        REQUIRE(url->endpoint[0] == '\0' || strncmp(url->endpoint, "http", 4) == 0);
        REQUIRE(url->force_path_style == (url->endpoint[0] != '\0'));
        REQUIRE(strchr(url->bucket, '/') == NULL && strchr(url->region, '.') == NULL);
    } else {
        REQUIRE(url->bucket[0] == '\0' && url->endpoint[0] == '\0');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct litestream_url url;
    struct error error = {0};
    char *text = fuzz_text(data, size);
    int result = litestream_url_parse(text, &url, &error);
    if (result == 0) {
        require_url(&url, text);
    } else {
        fuzz_require_error(result, &error);
        REQUIRE(strlen(text) < 60 || strstr(error.detail, text) == NULL);
    }
    free(text);
    return 0;
}
