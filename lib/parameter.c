#include "parameter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filename.h"
#include "json.h"
#include "text.h"
#include "timestamp.h"

bool parameter_is_argument(const struct parameter *parameter)
{
    return parameter->source == FROM_PATH || parameter->is_argument;
}

int parameter_find(struct parameter_list list, enum parameter_source source, const char *name)
{
    for (size_t i = 0; i < list.count; i++) {
        if (list.items[i].source == source && strcmp(list.items[i].name, name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static int check_text(const struct parameter *parameter, const char *text, struct error *error)
{
    long length = text_length(text);
    if (length < 0) {
        return error_set(error, ERR_BAD_REQUEST,
                         "%s must be UTF-8 text without control characters.", parameter->name);
    }
    if (length > parameter->maximum) {
        return error_set(error, ERR_BAD_REQUEST, "%s has at most %lld characters.", parameter->name,
                         (long long)parameter->maximum);
    }
    return 0;
}

static int parse_integer(const struct parameter *parameter, const char *text, int64_t *ret_integer,
                         struct error *error)
{
    char *end = NULL;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || strchr("0123456789-", text[0]) == NULL ||
        number < parameter->minimum || number > parameter->maximum) {
        return error_set(error, ERR_BAD_REQUEST, "%s must be a whole number from %lld to %lld.",
                         parameter->name, (long long)parameter->minimum,
                         (long long)parameter->maximum);
    }
    *ret_integer = number;
    return 0;
}

static int parse_flag(const struct parameter *parameter, const char *text, bool *ret_flag,
                      struct error *error)
{
    *ret_flag = strcmp(text, "true") == 0;
    if (!*ret_flag && strcmp(text, "false") != 0) {
        return error_set(error, ERR_BAD_REQUEST, "%s must be true or false.", parameter->name);
    }
    return 0;
}

/* KIND_CHOICE: *ret_index becomes the place in `choices`. */
static int parse_choice(const struct parameter *parameter, const char *text, int64_t *ret_index,
                        struct error *error)
{
    char all[200] = "";
    for (size_t i = 0; parameter->choices[i] != NULL; i++) {
        if (strcmp(text, parameter->choices[i]) == 0) {
            *ret_index = (int64_t)i;
            return 0;
        }
        size_t end = strlen(all);
        snprintf(all + end, sizeof all - end, "%s%s", i == 0 ? "" : ", ", parameter->choices[i]);
    }
    return error_set(error, ERR_BAD_REQUEST, "%s must be one of: %s.", parameter->name, all);
}

static bool is_other_word(const struct parameter *parameter, const char *text)
{
    return parameter->also != NULL && strcmp(text, parameter->also) == 0;
}

static int parse_time(const struct parameter *parameter, const char *text, int64_t *ret_ms,
                      struct error *error)
{
    if (is_other_word(parameter, text) || (timestamp_parse_rfc3339(text, ret_ms) && *ret_ms > 0)) {
        return 0;
    }
    return error_set(error, ERR_BAD_REQUEST, "%s must be a time like 2025-01-06T14:30:00.123Z%s%s.",
                     parameter->name, parameter->also == NULL ? "" : " or the word ",
                     parameter->also == NULL ? "" : parameter->also);
}

static int check_filename(const struct parameter *parameter, const char *text, struct error *error)
{
    return is_other_word(parameter, text) ? 0 : filename_check(text, error);
}

/* A database's name is its file's name without .db. */
static int check_database(const char *text, struct error *error)
{
    char file[FILENAME_SIZE + sizeof ".db"];
    if (text[0] == '\0' || strlen(text) > FILENAME_MAX_BYTES) {
        return error_set(error, ERR_BAD_REQUEST, "The name of the database is empty or too long.");
    }
    snprintf(file, sizeof file, "%s.db", text);
    return filename_check(file, error);
}

const char *parameter_text_of(struct parameter_list list, enum parameter_kind kind,
                              const struct value *values)
{
    for (size_t i = 0; i < list.count; i++) {
        if (list.items[i].kind == kind) {
            return values[i].text;
        }
    }
    return NULL;
}

int parameter_set_text(const struct parameter *parameter, const char *text, struct value *value,
                       struct error *error)
{
    if (value->given) {
        return error_set(error, ERR_BAD_REQUEST, "%s is given twice.", parameter->name);
    }
    int result = 0;
    switch (parameter->kind) {
    case KIND_FILENAME:
        result = check_filename(parameter, text, error);
        break;
    case KIND_DATABASE:
        result = check_database(text, error);
        break;
    case KIND_TEXT:
        result = check_text(parameter, text, error);
        break;
    case KIND_INTEGER:
        result = parse_integer(parameter, text, &value->integer, error);
        break;
    case KIND_FLAG:
        result = parse_flag(parameter, text, &value->flag, error);
        break;
    case KIND_CHOICE:
        result = parse_choice(parameter, text, &value->integer, error);
        break;
    case KIND_TIME:
        result = parse_time(parameter, text, &value->integer, error);
        break;
    case KIND_TABLE:
    case KIND_PATH:
        break;
    }
    if (result < 0) {
        return result;
    }
    value->text = strdup(text);
    if (value->text == NULL) {
        return error_memory(error);
    }
    value->given = true;
    return 0;
}

int parameter_set_json(const struct parameter *parameter, const cJSON *item, struct value *value,
                       struct error *error)
{
    if (cJSON_IsNull(item) && parameter->nullable && !value->given) {
        value->given = true;
        return 0;
    }
    if (parameter->kind == KIND_FLAG && cJSON_IsBool(item)) {
        return parameter_set_text(parameter, cJSON_IsTrue(item) ? "true" : "false", value, error);
    }
    if (parameter->kind == KIND_INTEGER && cJSON_IsNumber(item)) {
        char number[32];
        snprintf(number, sizeof number, "%.15g", item->valuedouble);
        return parameter_set_text(parameter, number, value, error);
    }
    bool takes_string = parameter->kind != KIND_FLAG && parameter->kind != KIND_INTEGER;
    if (takes_string && cJSON_IsString(item)) {
        return parameter_set_text(parameter, item->valuestring, value, error);
    }
    return error_set(error, ERR_BAD_REQUEST, "%s must be %s in the JSON.", parameter->name,
                     parameter->kind == KIND_FLAG      ? "true or false"
                     : parameter->kind == KIND_INTEGER ? "a number"
                     : parameter->nullable             ? "a string or null"
                                                       : "a string");
}

int parameter_require(struct parameter_list list, const struct value *values, bool in_shell,
                      struct error *error)
{
    for (size_t i = 0; i < list.count; i++) {
        const struct parameter *parameter = &list.items[i];
        bool is_there = parameter->kind == KIND_FLAG ? values[i].flag : values[i].given;
        if (!parameter->required || is_there || (parameter->source == FROM_OPTION && !in_shell)) {
            continue;
        }
        return error_set(error, ERR_BAD_REQUEST, "%s%s is missing: %s.",
                         in_shell && !parameter_is_argument(parameter) ? "--" : "", parameter->name,
                         parameter->help);
    }
    return 0;
}

static void add_value(cJSON *object, const struct parameter *parameter, const struct value *value)
{
    if (parameter->kind == KIND_FLAG) {
        cJSON_AddBoolToObject(object, parameter->name, value->flag);
    } else if (parameter->kind == KIND_INTEGER) {
        json_add_integer(object, parameter->name, value->integer);
    } else {
        json_add_text(object, parameter->name, value->text);
    }
}

cJSON *parameter_to_json(struct parameter_list list, const struct value *values)
{
    cJSON *object = cJSON_CreateObject();
    for (size_t i = 0; i < list.count; i++) {
        if (values[i].given && list.items[i].source != FROM_PATH) {
            add_value(object, &list.items[i], &values[i]);
        }
    }
    return object;
}

void parameter_free(struct value *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(values[i].text);
    }
    memset(values, 0, count * sizeof *values);
}
