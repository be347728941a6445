/* Replica URLs as Litestream 0.3 understands them: s3://BUCKET/PATH, s3://BUCKET.HOST/PATH for the
 * hosts that it knows, file:///FOLDER, and others. */
#ifndef LITESTREAM_URL_H
#define LITESTREAM_URL_H

#include <limits.h>
#include <stdbool.h>

#include "error.h"

enum { LITESTREAM_URL_PART_SIZE = 512 };

struct litestream_url {
    char scheme[32];                     /* empty: there was no URL */
    char host[LITESTREAM_URL_PART_SIZE]; /* without user and password */
    char path[PATH_MAX];                 /* decoded; without its first slash, but for file: */
    /* What the host of an s3: URL says. */
    char bucket[LITESTREAM_URL_PART_SIZE];
    char region[LITESTREAM_URL_PART_SIZE];   /* empty: nothing */
    char endpoint[LITESTREAM_URL_PART_SIZE]; /* with its scheme; empty: AWS */
    bool force_path_style;
};

/* Reads TEXT; an empty one is an empty URL. ERR_BAD_REQUEST for what is no URL, without showing it:
 * there may be a password in it. */
int litestream_url_parse(const char *text, struct litestream_url *url, struct error *error);

#endif
