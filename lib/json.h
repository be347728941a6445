/* What this project says of JSON again and again, on top of cJSON. All of them accept a NULL object
 * (no memory): the finished document is checked once, where it is printed. */
#ifndef JSON_H
#define JSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "timestamp.h"

/* Adds TEXT, or null where TEXT is NULL. */
void json_add_text(cJSON *object, const char *name, const char *text);

void json_add_integer(cJSON *object, const char *name, int64_t number);

/* Adds the moment, or null where MS is 0. */
void json_add_time(cJSON *object, const char *name, int64_t ms, enum timestamp_form form);

/* The string, number or truth called NAME, or what to take instead: also of a number that is beyond
 * what a double can tell exactly. */
const char *json_text(const cJSON *object, const char *name, const char *otherwise);
int64_t json_integer(const cJSON *object, const char *name, int64_t otherwise);
bool json_flag(const cJSON *object, const char *name);

/* Reads one JSON document of LENGTH bytes that stand NUL-terminated at TEXT. ERR_BAD_REQUEST for
 * anything else, a NUL character inside included (cJSON would silently end the string there). */
int json_parse(const char *text, size_t length, cJSON **ret_document, struct error *error);

#endif
