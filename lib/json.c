#include "json.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

/* Up to here every whole number is a double. */
#define INTEGER_MAX 9007199254740992.0

/* cJSON leaves out what it has no memory for, and tells nobody: so its allocator remembers. */
static _Thread_local bool lacked_memory;

static void *allocate(size_t size)
{
    void *memory = malloc(size);
    lacked_memory = lacked_memory || memory == NULL;
    return memory;
}

void json_begin(void)
{
    cJSON_InitHooks(&(cJSON_Hooks){.malloc_fn = allocate, .free_fn = free});
    lacked_memory = false;
}

bool json_lacked_memory(void)
{
    bool lacked = lacked_memory;
    lacked_memory = false;
    return lacked;
}

char *json_print(const cJSON *document, bool formatted)
{
    char *text = formatted ? cJSON_Print(document) : cJSON_PrintUnformatted(document);
    if (json_lacked_memory()) {
        free(text);
        return NULL;
    }
    return text;
}

void json_add_text(cJSON *object, const char *name, const char *text)
{
    if (text == NULL) {
        cJSON_AddNullToObject(object, name);
    } else {
        cJSON_AddStringToObject(object, name, text);
    }
}

void json_add_printable(cJSON *object, const char *name, const char *text)
{
    char *printable = allocate(strlen(text) + 1);
    if (printable != NULL) {
        memcpy(printable, text, strlen(text) + 1);
        text_make_printable(printable);
    }
    json_add_text(object, name, printable);
    free(printable);
}

void json_add_integer(cJSON *object, const char *name, int64_t number)
{
    cJSON_AddNumberToObject(object, name, (double)number);
}

void json_add_time(cJSON *object, const char *name, int64_t ms, enum timestamp_form form)
{
    char text[TIMESTAMP_SIZE];
    timestamp_format(ms, form, text);
    json_add_text(object, name, ms == 0 ? NULL : text);
}

const char *json_text(const cJSON *object, const char *name, const char *otherwise)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsString(item) ? item->valuestring : otherwise;
}

int64_t json_integer(const cJSON *object, const char *name, int64_t otherwise)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    bool fits = cJSON_IsNumber(item) && item->valuedouble >= -INTEGER_MAX &&
                item->valuedouble <= INTEGER_MAX;
    return fits ? (int64_t)item->valuedouble : otherwise;
}

bool json_flag(const cJSON *object, const char *name)
{
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, name));
}

/* Whether a string in the JSON text escapes a NUL. An escaped backslash before "u0000" does not. */
static bool escapes_nul(const char *text)
{
    for (const char *at = strchr(text, '\\'); at != NULL; at = strchr(at, '\\')) {
        if (strncmp(at, "\\u0000", 6) == 0) {
            return true;
        }
        at += at[1] == '\0' ? 1 : 2;
    }
    return false;
}

int json_parse(const char *text, size_t length, cJSON **ret_document, struct error *error)
{
    if (strlen(text) != length || escapes_nul(text)) {
        return error_set(error, ERR_BAD_REQUEST, "The JSON has a NUL character in it.");
    }
    *ret_document = cJSON_ParseWithOpts(text, NULL, true);
    if (*ret_document == NULL && json_lacked_memory()) {
        return error_memory(error);
    }
    if (*ret_document == NULL) {
        return error_set(error, ERR_BAD_REQUEST, "This is not valid JSON.");
    }
    return 0;
}
