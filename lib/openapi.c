#include "openapi.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "http_request.h"
#include "json.h"
#include "openapi_answers.h"

/* --- parameters ---------------------------------------------------------------------------- */

static void add_choices(cJSON *schema, const struct parameter *parameter)
{
    cJSON *choices = cJSON_AddArrayToObject(schema, "enum");
    for (size_t i = 0; parameter->choices[i] != NULL; i++) {
        cJSON_AddItemToArray(choices, cJSON_CreateString(parameter->choices[i]));
    }
}

static void add_type(cJSON *schema, const struct parameter *parameter)
{
    const char *type = parameter->kind == KIND_FLAG      ? "boolean"
                       : parameter->kind == KIND_INTEGER ? "integer"
                                                         : "string";
    if (!parameter->nullable) {
        json_add_text(schema, "type", type);
        return;
    }
    cJSON *types = cJSON_AddArrayToObject(schema, "type");
    cJSON_AddItemToArray(types, cJSON_CreateString(type));
    cJSON_AddItemToArray(types, cJSON_CreateString("null"));
}

/* A time, or the word that is taken instead. */
static void add_time(cJSON *schema, const struct parameter *parameter)
{
    if (parameter->also == NULL) {
        openapi_add_reference(schema, "schemas", "Moment");
        return;
    }
    cJSON *choices = cJSON_AddArrayToObject(schema, "anyOf");
    cJSON *word = cJSON_CreateObject();
    json_add_text(word, "const", parameter->also);
    cJSON_AddItemToArray(choices, openapi_reference("Moment"));
    cJSON_AddItemToArray(choices, word);
}

static cJSON *schema_of(const struct parameter *parameter)
{
    if (parameter->kind == KIND_FILENAME) {
        return openapi_reference(parameter->also == NULL ? "Filename" : "FilenameOrLive");
    }
    if (parameter->kind == KIND_DATABASE) {
        return openapi_reference("DatabaseName");
    }
    cJSON *schema = cJSON_CreateObject();
    add_type(schema, parameter);
    json_add_text(schema, "description", parameter->help);
    if (parameter->kind == KIND_INTEGER) {
        json_add_integer(schema, "minimum", parameter->minimum);
        json_add_integer(schema, "maximum", parameter->maximum);
    }
    if (parameter->kind == KIND_TEXT) {
        openapi_add_reference(schema, "schemas", "PlainText");
        json_add_integer(schema, "maxLength", parameter->maximum);
    }
    if (parameter->kind == KIND_TABLE) {
        json_add_text(schema, "pattern", "^[^\\u0000]+$");
    }
    if (parameter->kind == KIND_CHOICE) {
        add_choices(schema, parameter);
    }
    if (parameter->kind == KIND_TIME) {
        add_time(schema, parameter);
    }
    return schema;
}

static void add_parameter(cJSON *list, const struct parameter *parameter)
{
    cJSON *object = cJSON_CreateObject();
    json_add_text(object, "name", parameter->name);
    json_add_text(object, "in", parameter->source == FROM_PATH ? "path" : "query");
    json_add_text(object, "description", parameter->help);
    cJSON_AddBoolToObject(object, "required", parameter->source == FROM_PATH);
    cJSON_AddItemToObject(object, "schema", schema_of(parameter));
    cJSON_AddItemToArray(list, object);
}

static void add_parameters(cJSON *operation, const struct endpoint *endpoint)
{
    cJSON *list = cJSON_AddArrayToObject(operation, "parameters");
    for (size_t i = 0; i < endpoint->parameters.count; i++) {
        const struct parameter *parameter = &endpoint->parameters.items[i];
        if (parameter->source == FROM_PATH || parameter->source == FROM_QUERY) {
            add_parameter(list, parameter);
        }
    }
    add_parameter(list, &endpoint_database_parameter);
}

static bool has_body(const struct endpoint *endpoint)
{
    for (size_t i = 0; i < endpoint->parameters.count; i++) {
        if (endpoint->parameters.items[i].source == FROM_BODY) {
            return true;
        }
    }
    return false;
}

static void add_body(cJSON *operation, const struct endpoint *endpoint)
{
    cJSON *schema = cJSON_CreateObject();
    json_add_text(schema, "type", "object");
    cJSON_AddFalseToObject(schema, "additionalProperties");
    cJSON *properties = cJSON_AddObjectToObject(schema, "properties");
    for (size_t i = 0; i < endpoint->parameters.count; i++) {
        const struct parameter *parameter = &endpoint->parameters.items[i];
        if (parameter->source == FROM_BODY) {
            cJSON_AddItemToObject(properties, parameter->name, schema_of(parameter));
        }
    }
    if (endpoint->needs_a_member) {
        json_add_integer(schema, "minProperties", 1);
    }
    cJSON *body = cJSON_AddObjectToObject(operation, "requestBody");
    cJSON_AddBoolToObject(body, "required", endpoint->needs_a_member);
    cJSON *content = cJSON_AddObjectToObject(body, "content");
    cJSON *media = cJSON_AddObjectToObject(content, "application/json");
    cJSON_AddItemToObject(media, "schema", schema);
}

/* --- all of it ----------------------------------------------------------------------------- */

static void lower(const char *text, char *out, size_t size)
{
    size_t i = 0;
    for (; text[i] != '\0' && i + 1 < size; i++) {
        out[i] = (char)tolower((unsigned char)text[i]);
    }
    out[i] = '\0';
}

static void add_operation(cJSON *paths, const struct endpoint *endpoint)
{
    char method[16];
    char id[100];
    bool is_other = endpoint->option != NULL;
    lower(endpoint->method, method, sizeof method);
    snprintf(id, sizeof id, "%s%s%s", endpoint->program, is_other ? "-" : "",
             is_other ? endpoint->option : "");
    cJSON *path = cJSON_AddObjectToObject(paths, endpoint->path);
    cJSON *operation = cJSON_AddObjectToObject(path, method);
    json_add_text(operation, "operationId", id);
    json_add_text(operation, "summary", endpoint->summary);
    add_parameters(operation, endpoint);
    if (has_body(endpoint)) {
        add_body(operation, endpoint);
    }
    openapi_add_answers(operation, endpoint);
}

int openapi_print(const struct endpoint *endpoint, FILE *out)
{
    cJSON *document = cJSON_CreateObject();
    cJSON *paths = cJSON_AddObjectToObject(document, "paths");
    add_operation(paths, endpoint);
    if (endpoint->also != NULL) {
        add_operation(paths, endpoint->also);
    }
    char *text = json_print(document, true);
    if (text != NULL) {
        fprintf(out, "%s\n", text);
    }
    free(text);
    cJSON_Delete(document);
    return text == NULL ? -1 : 0;
}
