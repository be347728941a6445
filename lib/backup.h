/* One backup, as it is listed. */
#ifndef BACKUP_H
#define BACKUP_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "filename.h"

enum {
    LABEL_MAX_CHARACTERS = 200,
    LABEL_SIZE = LABEL_MAX_CHARACTERS * 4 + 1, /* UTF-8 has up to 4 bytes a character */
    SHA256_SIZE = 65,                          /* 64 hexadecimal digits */
};

/* Where what is known about a backup comes from. */
enum backup_record {
    RECORD_NONE,    /* no manifest: a file that somebody put there by hand */
    RECORD_READ,    /* its manifest */
    RECORD_DAMAGED, /* a manifest that cannot be read: the file is left alone */
};

struct backup {
    char filename[FILENAME_SIZE];
    int64_t size;
    int64_t created_ms;
    enum backup_kind kind;
    char label[LABEL_SIZE]; /* empty: none */
    bool pinned;
    char sha256[SHA256_SIZE]; /* lower case; empty: not known yet */
    int64_t verified_ms;      /* 0: never, or damaged since */
    enum backup_record record;
};

/* The backup as the API shows it; NULL without memory. The caller frees it. */
cJSON *backup_to_json(const struct backup *backup, const char *database);

/* qsort() order: by `created`, then by the number behind the name, the newest first. */
int backup_compare_newest_first(const void *left, const void *right);

#endif
