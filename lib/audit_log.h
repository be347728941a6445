/* The files of the audit log (audit.h): lines are added to log.jsonl; when that is full it becomes
 * log.1.jsonl, log.1.jsonl becomes log.2.jsonl and so on, and the oldest goes. */
#ifndef AUDIT_LOG_H
#define AUDIT_LOG_H

#include <stdbool.h>

#include "error.h"

/* 10 files of 1 MiB: some 40,000 lines. */
enum { AUDIT_LOG_FILE_SIZE = 1 << 20, AUDIT_LOG_FILES = 10, AUDIT_LOG_LINE_MAX = 8 << 10 };

/* Both under the lock of whoever writes here. Takes the room for one line at least, so that adding
 * it does not fail on a full disk. ERR_NO_ROOM. */
int audit_log_reserve(int folder_fd, struct error *error);

/* Adds LINE (without its end, at most AUDIT_LOG_LINE_MAX bytes) durably, or nothing. */
int audit_log_append(int folder_fd, const char *line, struct error *error);

/* Calls VISIT with each line, the newest first, until it returns false. Needs no lock. */
int audit_log_each(int folder_fd, bool (*visit)(void *context, const char *line), void *context,
                   struct error *error);

#endif
