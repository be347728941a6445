/* The audit log: who changed what, and what was refused, one JSON object a line.
 *
 *   BACKUP_DIR/.audit/log.jsonl      the newest lines; lines are only ever added
 *   BACKUP_DIR/.audit/log.1.jsonl    older ones, and so on: a full file becomes the next number
 *   BACKUP_DIR/.audit/NAME.begun     a change that is going on, held (flock) by whoever makes it
 *   BACKUP_DIR/.audit/lock           held by whoever writes here
 *
 * No change goes by without its line. Before it begins, the room for the line is taken, so that a
 * full disk fails the change and not the line, and what is about to happen is noted durably. The
 * note of a program that was killed is found by the next one, which writes the line, with the
 * result "interrupted". A change whose line cannot be written after all is answered as an error. */
#ifndef AUDIT_H
#define AUDIT_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "config.h"

struct audit_entry {
    const char *action;   /* "create", "restore", ... */
    const char *actor;    /* the name that was given to nginx, or the shell's user; NULL: unknown */
    const char *address;  /* of the client; NULL: the shell */
    const char *database; /* its name */
    const char *file;     /* the backup; NULL: none was named */
    const cJSON *asked;   /* what was asked for beside that, an object */
};

enum { AUDIT_ID_SIZE = 17 };

struct audit {
    int folder_fd;
    int note_fd;            /* -1: there is no room for a note */
    char id[AUDIT_ID_SIZE]; /* of the line and its note */
    int64_t begin_ms;
    struct audit_entry entry;
};

/* Before the change: takes the room for its line. ENTRY's texts must last until audit_end(). An
 * error (ERR_NO_ROOM, ERR_NOT_FOUND, ERR_BUSY, ERR_IO) means that the change must not be made. */
int audit_begin(const struct config *config, const struct audit_entry *entry, struct audit *audit,
                struct error *error);

/* After it: writes the line, durably. RESULT is what came of it, with the reason in *error if that
 * is an error; FILE is the backup that was made, if none was named. Returns RESULT; or, if that is
 * 0 and the line cannot be written, the error of that. */
int audit_end(struct audit *audit, int result, const char *file, struct error *error);

/* Calls VISIT with each entry, an object, the newest line first, until it returns false. */
int audit_each(const struct config *config, bool (*visit)(void *context, const cJSON *entry),
               void *context, struct error *error);

enum { AUDIT_LIST_MAX = 1000, AUDIT_LIST_DEFAULT = 100 };

/* The last LIMIT entries, the newest first; those of DATABASE only, unless that is NULL. The caller
 * frees *ret_entries. */
int audit_list(const struct config *config, const char *database, int limit, cJSON **ret_entries,
               struct error *error);

#endif
