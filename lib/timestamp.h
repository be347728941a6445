/* Moments: milliseconds since 1970-01-01T00:00:00Z, and their three written forms, all in UTC. */
#ifndef TIMESTAMP_H
#define TIMESTAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TIMESTAMP_SIZE = 32 };

/* The last moment that the written forms have: the end of the year 9999. The first is 0. */
#define TIMESTAMP_LAST_MS INT64_C(253402300799999)

enum timestamp_form {
    TIMESTAMP_MILLISECONDS, /* 2025-01-06T14:30:00.123Z (RFC 3339) */
    TIMESTAMP_SECONDS,      /* 2025-01-06T14:30:00Z (RFC 3339) */
    TIMESTAMP_FILENAME,     /* 2025-01-06_14-30-00 */
};

/* The system's clock, which may be set back: order is kept by what is recorded, never by this. */
int64_t timestamp_now_ms(void);

/* A clock that only goes forward, for durations and deadlines. */
int64_t timestamp_monotonic_ms(void);

void timestamp_format(int64_t ms, enum timestamp_form form, char out[TIMESTAMP_SIZE]);

/* Reads exactly LENGTH characters of the given form; false if they are not one, or name a moment
 * that no calendar has. */
bool timestamp_parse(const char *text, size_t length, enum timestamp_form form, int64_t *ret_ms);

/* Reads any RFC 3339 time, whatever its offset and its fraction, whose digits beyond milliseconds
 * are cut off. False, with *ret_ms as it was, for a moment that the forms above do not have. */
bool timestamp_parse_rfc3339(const char *text, int64_t *ret_ms);

#endif
