#include "timestamp.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t clock_ms(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t timestamp_now_ms(void)
{
    return clock_ms(CLOCK_REALTIME);
}

int64_t timestamp_monotonic_ms(void)
{
    return clock_ms(CLOCK_MONOTONIC);
}

void timestamp_format(int64_t ms, enum timestamp_form form, char out[TIMESTAMP_SIZE])
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm parts;
    gmtime_r(&seconds, &parts);
    if (form == TIMESTAMP_FILENAME) {
        strftime(out, TIMESTAMP_SIZE, "%Y-%m-%d_%H-%M-%S", &parts);
    } else if (form == TIMESTAMP_SECONDS) {
        strftime(out, TIMESTAMP_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts);
    } else {
        size_t length = strftime(out, TIMESTAMP_SIZE, "%Y-%m-%dT%H:%M:%S", &parts);
        snprintf(out + length, TIMESTAMP_SIZE - length, ".%03dZ", (int)(ms % 1000));
    }
}

/* A pattern's 0 stands for any digit, every other character for itself. */
static bool fits_pattern(const char *text, size_t length, const char *pattern)
{
    if (length != strlen(pattern)) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (pattern[i] == '0' ? !isdigit((unsigned char)text[i]) : text[i] != pattern[i]) {
            return false;
        }
    }
    return true;
}

static int number_at(const char *text, int digits)
{
    int number = 0;
    for (int i = 0; i < digits; i++) {
        number = number * 10 + (text[i] - '0');
    }
    return number;
}

bool timestamp_parse(const char *text, size_t length, enum timestamp_form form, int64_t *ret_ms)
{
    static const char *const patterns[] = {
        [TIMESTAMP_MILLISECONDS] = "0000-00-00T00:00:00.000Z",
        [TIMESTAMP_SECONDS] = "0000-00-00T00:00:00Z",
        [TIMESTAMP_FILENAME] = "0000-00-00_00-00-00",
    };
    if (!fits_pattern(text, length, patterns[form])) {
        return false;
    }
    struct tm given = {
        .tm_year = number_at(text, 4) - 1900,
        .tm_mon = number_at(text + 5, 2) - 1,
        .tm_mday = number_at(text + 8, 2),
        .tm_hour = number_at(text + 11, 2),
        .tm_min = number_at(text + 14, 2),
        .tm_sec = number_at(text + 17, 2),
    };
    struct tm normal = given;
    time_t seconds = timegm(&normal);
    if (seconds < 0 || normal.tm_mon != given.tm_mon || normal.tm_mday != given.tm_mday ||
        normal.tm_hour != given.tm_hour || normal.tm_min != given.tm_min ||
        normal.tm_sec != given.tm_sec) {
        return false;
    }
    int ms = form == TIMESTAMP_MILLISECONDS ? number_at(text + 20, 3) : 0;
    *ret_ms = (int64_t)seconds * 1000 + ms;
    return true;
}

/* Reads a fraction of a second such as ".25"; returns its length, 0 for none, -1 for a broken one.
 */
static int parse_fraction(const char *text, int *ret_ms)
{
    *ret_ms = 0;
    if (text[0] != '.') {
        return 0;
    }
    int digits = 0;
    while (isdigit((unsigned char)text[1 + digits])) {
        *ret_ms = digits < 3 ? *ret_ms * 10 + (text[1 + digits] - '0') : *ret_ms;
        digits++;
    }
    for (int i = digits; i < 3; i++) {
        *ret_ms *= 10;
    }
    return digits == 0 ? -1 : 1 + digits;
}

/* Reads "Z" or an offset such as "+01:00", up to the end. */
static bool parse_offset(const char *text, int64_t *ret_ms)
{
    *ret_ms = 0;
    if (strcmp(text, "Z") == 0 || strcmp(text, "z") == 0) {
        return true;
    }
    if ((text[0] != '+' && text[0] != '-') || !fits_pattern(text + 1, strlen(text + 1), "00:00")) {
        return false;
    }
    int hours = number_at(text + 1, 2);
    int minutes = number_at(text + 4, 2);
    *ret_ms = (text[0] == '-' ? -1 : 1) * (hours * 60LL + minutes) * 60000;
    return hours < 24 && minutes < 60;
}

bool timestamp_parse_rfc3339(const char *text, int64_t *ret_ms)
{
    enum { SECONDS_LENGTH = 19 };
    char seconds[SECONDS_LENGTH + 2];
    int fraction_ms;
    int64_t offset_ms;
    int64_t local_ms;
    if (strnlen(text, SECONDS_LENGTH) < SECONDS_LENGTH) {
        return false;
    }
    snprintf(seconds, sizeof seconds, "%.19sZ", text);
    seconds[10] = (char)toupper((unsigned char)seconds[10]);
    int length = parse_fraction(text + SECONDS_LENGTH, &fraction_ms);
    if (length < 0 || !parse_offset(text + SECONDS_LENGTH + length, &offset_ms) ||
        !timestamp_parse(seconds, SECONDS_LENGTH + 1, TIMESTAMP_SECONDS, &local_ms)) {
        return false;
    }
    int64_t ms = local_ms + fraction_ms - offset_ms;
    if (ms < 0 || ms > TIMESTAMP_LAST_MS) {
        return false;
    }
    *ret_ms = ms;
    return true;
}
