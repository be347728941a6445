/* What this project says of JSON again and again, on top of cJSON. All of them accept a NULL object
 * (no memory): cJSON leaves out what it has no memory for, and whether a document is whole is asked
 * once, when it is finished (json_lacked_memory()) or printed. */
#ifndef JSON_H
#define JSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "timestamp.h"

/* Once, before anything else: lets cJSON's lack of memory be noticed. */
void json_begin(void);

/* Whether there was no memory for a part of some document since the last call. */
bool json_lacked_memory(void);

/* The document as text, which the caller frees; NULL if there was not the memory for all of it. */
char *json_print(const cJSON *document, bool formatted);

/* Adds TEXT, or null where TEXT is NULL. */
void json_add_text(cJSON *object, const char *name, const char *text);

/* Adds TEXT, which may be any bytes, as text_make_printable() makes it. */
void json_add_printable(cJSON *object, const char *name, const char *text);

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
