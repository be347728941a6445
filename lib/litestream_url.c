#include "litestream_url.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/* A host of an s3: URL that is more than a bucket's name: the bucket is the second group, the
 * region the third, if that is not fixed. */
struct known_host {
    const char *pattern;
    const char *endpoint; /* %s: the region */
    const char *region;   /* NULL: the third group */
};

static const struct known_host known_hosts[] = {
    {"^((.+)\\.)?localhost$", "http://localhost", "us-east-1"},
    {"^((.+)\\.)?s3\\.([^.]+)\\.backblazeb2\\.com$", "https://s3.%s.backblazeb2.com", NULL},
    {"^((.+)\\.)?s3\\.filebase\\.com$", "https://s3.filebase.com", ""},
    {"^((.+)\\.)?([^.]+)\\.digitaloceanspaces\\.com$", "https://%s.digitaloceanspaces.com", NULL},
    {"^((.+)\\.)?s3\\.([^.]+)\\.scw\\.cloud$", "https://s3.%s.scw.cloud", NULL},
    {"^((.+)\\.)?([^.]+)\\.linodeobjects\\.com$", "https://%s.linodeobjects.com", NULL},
};

static void copy_group(const char *text, const regmatch_t *group,
                       char out[LITESTREAM_URL_PART_SIZE])
{
    int length = group->rm_so < 0 ? 0 : (int)(group->rm_eo - group->rm_so);
    snprintf(out, LITESTREAM_URL_PART_SIZE, "%.*s", length, length == 0 ? "" : text + group->rm_so);
}

/* Writes the endpoint's URL: "%s" is the region, PORT (with its colon) comes last. */
static bool write_endpoint(const struct known_host *known, const char *region, const char *port,
                           char out[LITESTREAM_URL_PART_SIZE])
{
    const char *gap = strstr(known->endpoint, "%s");
    size_t first = gap == NULL ? strlen(known->endpoint) : (size_t)(gap - known->endpoint);
    memcpy(out, known->endpoint, first);
    out[first] = '\0';
    return (gap == NULL || (text_append(out, LITESTREAM_URL_PART_SIZE, region) &&
                            text_append(out, LITESTREAM_URL_PART_SIZE, gap + 2))) &&
           text_append(out, LITESTREAM_URL_PART_SIZE, port);
}

static bool match_host(const struct known_host *known, const char *host, const char *port,
                       struct litestream_url *url)
{
    regex_t regex;
    regmatch_t groups[4];
    if (regcomp(&regex, known->pattern, REG_EXTENDED) != 0) {
        return false;
    }
    bool matches = regexec(&regex, host, 4, groups, 0) == 0;
    regfree(&regex);
    if (matches) {
        copy_group(host, &groups[2], url->bucket);
        if (known->region == NULL) {
            copy_group(host, &groups[3], url->region);
        } else {
            snprintf(url->region, sizeof url->region, "%s", known->region);
        }
        matches = write_endpoint(known, url->region, port, url->endpoint);
        url->force_path_style = true;
    }
    return matches;
}

static void read_s3_host(struct litestream_url *url)
{
    char host[LITESTREAM_URL_PART_SIZE];
    size_t length = strcspn(url->host, ":");
    snprintf(host, sizeof host, "%.*s", (int)length, url->host);
    for (size_t i = 0; i < sizeof known_hosts / sizeof known_hosts[0]; i++) {
        if (match_host(&known_hosts[i], host, url->host + length, url)) {
            return;
        }
    }
    memcpy(url->bucket, host, sizeof url->bucket);
}

/* Takes one slash for several, and none at the end; file: keeps the first one. False if there is no
 * room for it. */
static bool clean_path(const char *path, bool keeps_first, char out[PATH_MAX])
{
    size_t end = 0;
    for (; *path != '\0'; path++) {
        bool is_extra = *path == '/' && (end == 0 ? !keeps_first : out[end - 1] == '/');
        if (!is_extra && end == PATH_MAX - 1) {
            return false;
        }
        if (!is_extra) {
            out[end++] = *path;
        }
    }
    while (end > 1 && out[end - 1] == '/') {
        end--;
    }
    out[end] = '\0';
    return true;
}

static int refuse_long(struct error *error)
{
    return error_set(error, ERR_BAD_REQUEST, "a replica's url is too long.");
}

int litestream_url_parse(const char *text, struct litestream_url *url, struct error *error)
{
    *url = (struct litestream_url){0};
    if (text[0] == '\0') {
        return 0;
    }
    const char *colon = strstr(text, "://");
    if (colon == NULL || (size_t)(colon - text) >= sizeof url->scheme) {
        return error_set(error, ERR_BAD_REQUEST,
                         "a replica's url does not begin with a scheme, such as s3://.");
    }
    snprintf(url->scheme, sizeof url->scheme, "%.*s", (int)(colon - text), text);
    const char *authority = colon + 3;
    size_t length = strcspn(authority, "/?#");
    const char *at = memrchr(authority, '@', length);
    const char *host = at == NULL ? authority : at + 1;
    const char *path = authority + length;
    if ((size_t)(path - host) >= sizeof url->host) {
        return refuse_long(error);
    }
    snprintf(url->host, sizeof url->host, "%.*s", (int)(path - host), host);
    char *decoded = text_percent_decode(path, strcspn(path, "?#"), false);
    if (decoded == NULL) {
        return error_set(error, ERR_BAD_REQUEST, "a replica's url has a broken %% escape.");
    }
    bool fits = clean_path(decoded, strcmp(url->scheme, "file") == 0, url->path);
    free(decoded);
    if (!fits) {
        return refuse_long(error);
    }
    if (strcmp(url->scheme, "s3") == 0) {
        read_s3_host(url);
    }
    return 0;
}
