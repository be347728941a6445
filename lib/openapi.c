#include "openapi.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "http_request.h"
#include "json.h"

static cJSON *reference(const char *schema)
{
    char path[100];
    snprintf(path, sizeof path, "#/components/schemas/%s", schema);
    cJSON *object = cJSON_CreateObject();
    json_add_text(object, "$ref", path);
    return object;
}

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
    cJSON *choices = cJSON_AddArrayToObject(schema, "anyOf");
    cJSON_AddItemToArray(choices, reference("Time"));
    if (parameter->also != NULL) {
        cJSON *word = cJSON_CreateObject();
        json_add_text(word, "const", parameter->also);
        cJSON_AddItemToArray(choices, word);
    }
}

static cJSON *schema_of(const struct parameter *parameter)
{
    if (parameter->kind == KIND_FILENAME) {
        return reference(parameter->also == NULL ? "Filename" : "FilenameOrLive");
    }
    if (parameter->kind == KIND_DATABASE) {
        return reference("DatabaseName");
    }
    cJSON *schema = cJSON_CreateObject();
    add_type(schema, parameter);
    json_add_text(schema, "description", parameter->help);
    if (parameter->kind == KIND_INTEGER) {
        json_add_integer(schema, "minimum", parameter->minimum);
        json_add_integer(schema, "maximum", parameter->maximum);
    }
    if (parameter->kind == KIND_TEXT) {
        json_add_integer(schema, "maxLength", parameter->maximum);
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
    cJSON *body = cJSON_AddObjectToObject(operation, "requestBody");
    cJSON *content = cJSON_AddObjectToObject(body, "content");
    cJSON *media = cJSON_AddObjectToObject(content, "application/json");
    cJSON_AddItemToObject(media, "schema", schema);
}

/* --- answers ------------------------------------------------------------------------------- */

static cJSON *answer_schema(const struct endpoint *endpoint)
{
    if (endpoint->media_type != NULL) {
        cJSON *binary = cJSON_CreateObject();
        json_add_text(binary, "type", "string");
        json_add_text(binary, "format", "binary");
        return binary;
    }
    if (!endpoint->answers_array) {
        return reference(endpoint->answer);
    }
    cJSON *array = cJSON_CreateObject();
    json_add_text(array, "type", "array");
    cJSON_AddItemToObject(array, "items", reference(endpoint->answer));
    return array;
}

/* Adds a media type to the answer with this status, which is made if it is new. */
static cJSON *add_answer(cJSON *responses, int status, const char *description,
                         const char *media_type, cJSON *schema)
{
    char key[12];
    snprintf(key, sizeof key, "%d", status);
    cJSON *answer = cJSON_GetObjectItemCaseSensitive(responses, key);
    if (answer == NULL) {
        answer = cJSON_AddObjectToObject(responses, key);
        json_add_text(answer, "description", description);
        cJSON_AddObjectToObject(answer, "content");
    }
    cJSON *content = cJSON_GetObjectItemCaseSensitive(answer, "content");
    if (cJSON_HasObjectItem(content, media_type)) {
        cJSON_Delete(schema);
    } else {
        cJSON *media = cJSON_AddObjectToObject(content, media_type);
        cJSON_AddItemToObject(media, "schema", schema);
    }
    return answer;
}

/* One status can stand for several errors: their titles are joined. */
static void add_problem(cJSON *responses, int code)
{
    const struct error_meaning *meaning = error_meaning(code);
    cJSON *answer = add_answer(responses, meaning->http_status, meaning->title,
                               "application/problem+json", reference("Problem"));
    const char *description = json_text(answer, "description", "");
    if (strstr(description, meaning->title) == NULL) {
        char joined[200];
        snprintf(joined, sizeof joined, "%s; %s", description, meaning->title);
        cJSON_ReplaceItemInObjectCaseSensitive(answer, "description", cJSON_CreateString(joined));
    }
}

/* What the way there can answer: nginx, and the reading of the request. */
static void add_problems(cJSON *responses, const struct endpoint *endpoint)
{
    static const int always[] = {ERR_BAD_REQUEST, ERR_NOT_FOUND, ERR_BUSY, ERR_UNAVAILABLE, ERR_IO};
    for (size_t i = 0; i < sizeof always / sizeof always[0]; i++) {
        add_problem(responses, always[i]);
    }
    for (const int *code = endpoint->errors; *code != 0; code++) {
        add_problem(responses, *code);
    }
    if (endpoint->action != NULL) {
        add_problem(responses, ERR_FORBIDDEN);
    }
    if (strcmp(endpoint->method, "GET") != 0) {
        add_problem(responses, ERR_TOO_LARGE);
        add_problem(responses, ERR_MEDIA_TYPE);
    }
}

/* What nginx makes of a file: ranges and validators. */
static void add_file_answers(cJSON *responses, const struct endpoint *endpoint)
{
    add_answer(responses, 206, "A part of it", endpoint->media_type, answer_schema(endpoint));
    cJSON *unchanged = cJSON_AddObjectToObject(responses, "304");
    json_add_text(unchanged, "description", "Unchanged");
    add_answer(responses, 416, "No such part", "application/problem+json", reference("Problem"));
}

static void add_responses(cJSON *operation, const struct endpoint *endpoint)
{
    cJSON *responses = cJSON_AddObjectToObject(operation, "responses");
    const char *media_type =
        endpoint->media_type == NULL ? "application/json" : endpoint->media_type;
    add_answer(responses, endpoint->success_status, "Done", media_type, answer_schema(endpoint));
    if (endpoint->media_type != NULL) {
        add_file_answers(responses, endpoint);
    }
    if (endpoint->streams_progress) {
        add_answer(responses, 200, "Done, as a stream of events", "text/event-stream",
                   reference("EventStream"));
    }
    if (endpoint->other_status != 0) {
        add_answer(responses, endpoint->other_status, "Done, with bad news", media_type,
                   answer_schema(endpoint));
    }
    add_problems(responses, endpoint);
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

int openapi_print(const struct endpoint *endpoint, FILE *out)
{
    char method[16];
    lower(endpoint->method, method, sizeof method);
    cJSON *document = cJSON_CreateObject();
    cJSON *paths = cJSON_AddObjectToObject(document, "paths");
    cJSON *path = cJSON_AddObjectToObject(paths, endpoint->path);
    cJSON *operation = cJSON_AddObjectToObject(path, method);
    json_add_text(operation, "operationId", endpoint->program);
    json_add_text(operation, "summary", endpoint->summary);
    add_parameters(operation, endpoint);
    if (has_body(endpoint)) {
        add_body(operation, endpoint);
    }
    add_responses(operation, endpoint);
    char *text = json_print(document, true);
    if (text != NULL) {
        fprintf(out, "%s\n", text);
    }
    free(text);
    cJSON_Delete(document);
    return text == NULL ? -1 : 0;
}
