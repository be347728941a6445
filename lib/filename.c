#include "filename.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"
#include "timestamp.h"

static const struct {
    const char *name;
    const char *prefix;
} kinds[BACKUP_KIND_COUNT] = {
    [BACKUP_MANUAL] = {"manual", ""},
    [BACKUP_SCHEDULED] = {"scheduled", "scheduled_"},
    [BACKUP_PRE_RESTORE] = {"pre-restore", "pre-restore_"},
    [BACKUP_UPLOAD] = {"upload", "upload_"},
    [BACKUP_LITESTREAM] = {"litestream", "litestream_"},
};

enum { TIME_LENGTH = sizeof "2025-01-06_14-30-00" - 1, NUMBER_MAX_DIGITS = 6 };

const char *filename_kind_name(enum backup_kind kind)
{
    return kinds[kind].name;
}

bool filename_kind_parse(const char *name, enum backup_kind *ret_kind)
{
    for (int kind = 0; kind < BACKUP_KIND_COUNT; kind++) {
        if (strcmp(name, kinds[kind].name) == 0) {
            *ret_kind = (enum backup_kind)kind;
            return true;
        }
    }
    return false;
}

int filename_check(const char *name, struct error *error)
{
    if (strlen(name) > FILENAME_MAX_BYTES) {
        return error_set(error, ERR_BAD_REQUEST, "A file name has at most %d bytes.",
                         FILENAME_MAX_BYTES);
    }
    if (text_length(name) < 0) {
        return error_set(error, ERR_BAD_REQUEST,
                         "A file name is UTF-8 text without control characters.");
    }
    if (strpbrk(name, "/\\%:*?\"<>|") != NULL) {
        return error_set(error, ERR_BAD_REQUEST,
                         "A file name has none of / \\ %% : * ? \" < > | in it.");
    }
    if (name[0] == '.' || name[0] == '-' || name[0] == ' ') {
        return error_set(error, ERR_BAD_REQUEST,
                         "A file name does not begin with a dot, a dash or a space.");
    }
    if (!text_ends_with(name, ".db") || strlen(name) == strlen(".db")) {
        return error_set(error, ERR_BAD_REQUEST, "A backup's file name ends in .db.");
    }
    return 0;
}

void filename_make(enum backup_kind kind, int64_t created_ms, unsigned number,
                   char out[FILENAME_SIZE])
{
    char time[TIMESTAMP_SIZE];
    timestamp_format(created_ms, TIMESTAMP_FILENAME, time);
    if (number <= 1) {
        snprintf(out, FILENAME_SIZE, "%s%s.db", kinds[kind].prefix, time);
    } else {
        snprintf(out, FILENAME_SIZE, "%s%s-%u.db", kinds[kind].prefix, time, number);
    }
}

/* Reads what follows the time: ".db", or "-NUMBER.db" with a number from 2. */
static bool parse_number(const char *rest, unsigned *ret_number)
{
    *ret_number = 1;
    if (strcmp(rest, ".db") == 0) {
        return true;
    }
    if (rest[0] != '-' || rest[1] < '1' || rest[1] > '9') {
        return false;
    }
    size_t digits = strspn(rest + 1, "0123456789");
    if (digits > NUMBER_MAX_DIGITS || strcmp(rest + 1 + digits, ".db") != 0) {
        return false;
    }
    *ret_number = (unsigned)strtoul(rest + 1, NULL, 10);
    return *ret_number >= 2;
}

bool filename_parse(const char *name, enum backup_kind *ret_kind, int64_t *ret_second_ms,
                    unsigned *ret_number)
{
    enum backup_kind kind = BACKUP_MANUAL;
    for (int i = 0; i < BACKUP_KIND_COUNT; i++) {
        size_t length = strlen(kinds[i].prefix);
        if (length > 0 && strncmp(name, kinds[i].prefix, length) == 0) {
            kind = (enum backup_kind)i;
        }
    }
    const char *time = name + strlen(kinds[kind].prefix);
    if (strnlen(time, TIME_LENGTH) < TIME_LENGTH ||
        !timestamp_parse(time, TIME_LENGTH, TIMESTAMP_FILENAME, ret_second_ms)) {
        return false;
    }
    *ret_kind = kind;
    return parse_number(time + TIME_LENGTH, ret_number);
}
