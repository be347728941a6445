#include "openapi_answers.h"

#include <stdio.h>
#include <string.h>

#include "json.h"
#include "problem.h"

void openapi_add_reference(cJSON *object, const char *kind, const char *name)
{
    char path[100];
    snprintf(path, sizeof path, "#/components/%s/%s", kind, name);
    json_add_text(object, "$ref", path);
}

cJSON *openapi_reference(const char *schema)
{
    cJSON *object = cJSON_CreateObject();
    openapi_add_reference(object, "schemas", schema);
    return object;
}

static cJSON *answer_schema(const struct endpoint *endpoint)
{
    if (endpoint->media_type != NULL) {
        cJSON *binary = cJSON_CreateObject();
        json_add_text(binary, "type", "string");
        if (!endpoint->answers_text) {
            json_add_text(binary, "format", "binary");
        }
        return binary;
    }
    if (!endpoint->answers_array) {
        return openapi_reference(endpoint->answer);
    }
    cJSON *array = cJSON_CreateObject();
    json_add_text(array, "type", "array");
    cJSON_AddItemToObject(array, "items", openapi_reference(endpoint->answer));
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

static void add_header(cJSON *answer, const char *name, const char *description)
{
    cJSON *headers = cJSON_GetObjectItemCaseSensitive(answer, "headers");
    if (headers == NULL) {
        headers = cJSON_AddObjectToObject(answer, "headers");
    }
    cJSON *header = cJSON_AddObjectToObject(headers, name);
    json_add_text(header, "description", description);
    cJSON_AddTrueToObject(header, "required");
    cJSON *schema = cJSON_AddObjectToObject(header, "schema");
    json_add_text(schema, "type", "string");
    json_add_integer(schema, "minLength", 1);
}

/* What the way there can answer to every request, nginx and the reading of the request: these stand
 * in lib/openapi.base.json. */
static const struct {
    const char *name;
    int status;
    bool is_of_a_body;
} shared_answers[] = {
    {"BadRequest", 400, false},
    {"Unauthorized", 401, false},
    {"Forbidden", 403, false},
    {"NotFound", 404, false},
    {"TooLarge", 413, false},
    {"UriTooLong", 414, false},
    {"UnsupportedMediaType", 415, true},
    {"Misdirected", 421, false},
    {"TooManyRequests", 429, false},
    {"Unavailable", 503, false},
};
enum { SHARED_ANSWERS = sizeof shared_answers / sizeof shared_answers[0] };

static bool is_shared(int status)
{
    for (size_t i = 0; i < SHARED_ANSWERS; i++) {
        if (shared_answers[i].status == status) {
            return true;
        }
    }
    return false;
}

static void refer_to_answer(cJSON *responses, int status, const char *name)
{
    char key[12];
    snprintf(key, sizeof key, "%d", status);
    openapi_add_reference(cJSON_AddObjectToObject(responses, key), "responses", name);
}

/* An answer that can be good news, too: the shared one's content stands beside that. */
static void join_shared_answer(cJSON *answer, const char *name)
{
    char path[100];
    snprintf(path, sizeof path,
             "#/components/responses/%s/content/application~1problem+json/schema", name);
    cJSON *content = cJSON_GetObjectItemCaseSensitive(answer, "content");
    cJSON *media = cJSON_AddObjectToObject(content, "application/problem+json");
    json_add_text(cJSON_AddObjectToObject(media, "schema"), "$ref", path);
    add_header(answer, "Retry-After", "In how many seconds to ask again.");
}

static void add_shared_answers(cJSON *responses, const struct endpoint *endpoint)
{
    bool has_body = strcmp(endpoint->method, "GET") != 0;
    for (size_t i = 0; i < SHARED_ANSWERS; i++) {
        if (shared_answers[i].is_of_a_body && !has_body) {
            continue;
        }
        if (shared_answers[i].status == endpoint->other_status) {
            char key[12];
            snprintf(key, sizeof key, "%d", endpoint->other_status);
            join_shared_answer(cJSON_GetObjectItemCaseSensitive(responses, key),
                               shared_answers[i].name);
        } else {
            refer_to_answer(responses, shared_answers[i].status, shared_answers[i].name);
        }
    }
}

/* A problem with this status, whose type is one of a list that begins empty. */
static cJSON *problem_schema(int status)
{
    cJSON *schema = openapi_reference("Problem");
    cJSON *properties = cJSON_AddObjectToObject(schema, "properties");
    json_add_integer(cJSON_AddObjectToObject(properties, "status"), "const", status);
    cJSON_AddArrayToObject(cJSON_AddObjectToObject(properties, "type"), "enum");
    return schema;
}

static cJSON *find(cJSON *object, const char *const *names)
{
    for (; *names != NULL; names++) {
        object = cJSON_GetObjectItemCaseSensitive(object, *names);
    }
    return object;
}

/* One status can stand for several errors: their titles are joined, and their types listed. */
static void add_problem(cJSON *responses, int code)
{
    static const char *const types_path[] = {
        "content", "application/problem+json", "schema", "properties", "type", "enum", NULL};
    const struct error_meaning *meaning = error_meaning(code);
    cJSON *answer = add_answer(responses, meaning->http_status, meaning->title,
                               "application/problem+json", problem_schema(meaning->http_status));
    const char *description = json_text(answer, "description", "");
    if (strstr(description, meaning->title) == NULL) {
        char joined[200];
        snprintf(joined, sizeof joined, "%s; %s", description, meaning->title);
        cJSON_ReplaceItemInObjectCaseSensitive(answer, "description", cJSON_CreateString(joined));
    }
    char type[100];
    problem_type(meaning, type, sizeof type);
    cJSON_AddItemToArray(find(answer, types_path), cJSON_CreateString(type));
}

static void add_problems(cJSON *responses, const struct endpoint *endpoint)
{
    for (const int *code = endpoint->errors; *code != 0; code++) {
        if (!is_shared(error_meaning(*code)->http_status)) {
            add_problem(responses, *code);
        }
    }
}

/* What nginx makes of a file: ranges and validators. */
static void add_file_answers(cJSON *responses, const struct endpoint *endpoint)
{
    static const char etag[] = "Tells this file from another one of the name.";
    cJSON *whole = cJSON_GetObjectItemCaseSensitive(responses, "200");
    add_header(whole, "Content-Disposition", "Says under which name to save it.");
    add_header(whole, "ETag", etag);
    add_header(whole, "Accept-Ranges", "bytes");
    cJSON *part =
        add_answer(responses, 206, "A part of it", endpoint->media_type, answer_schema(endpoint));
    add_header(part, "ETag", etag);
    add_answer(responses, 206, "", "multipart/byteranges", answer_schema(endpoint));
    cJSON *unchanged = cJSON_AddObjectToObject(responses, "304");
    json_add_text(unchanged, "description", "Unchanged");
    add_header(unchanged, "ETag", etag);
    refer_to_answer(responses, 412, "PreconditionFailed");
    refer_to_answer(responses, 416, "RangeNotSatisfiable");
}

/* The event stream to who asks for one: a client learns from x-events what comes in it. */
static void add_stream(cJSON *responses, const struct endpoint *endpoint)
{
    cJSON *answer = add_answer(responses, 200, "Done, as a stream of events", "text/event-stream",
                               openapi_reference("EventStream"));
    cJSON *media = cJSON_GetObjectItemCaseSensitive(
        cJSON_GetObjectItemCaseSensitive(answer, "content"), "text/event-stream");
    cJSON *events = cJSON_AddObjectToObject(media, "x-events");
    cJSON_AddItemToObject(events, "progress", openapi_reference("Progress"));
    cJSON_AddItemToObject(events, "done", answer_schema(endpoint));
    cJSON_AddItemToObject(events, "error", openapi_reference("Problem"));
}

void openapi_add_answers(cJSON *operation, const struct endpoint *endpoint)
{
    cJSON *responses = cJSON_AddObjectToObject(operation, "responses");
    const char *media_type =
        endpoint->media_type == NULL ? "application/json" : endpoint->media_type;
    cJSON *done = add_answer(responses, endpoint->success_status, "Done", media_type,
                             answer_schema(endpoint));
    if (endpoint->success_status == 201) {
        add_header(done, "Location", "Where what was made can be had from.");
    }
    if (endpoint->media_type != NULL && !endpoint->streams && !endpoint->answers_text) {
        add_file_answers(responses, endpoint);
    }
    if (endpoint->streams) {
        add_header(done, "Content-Disposition", "Says under which name to save it.");
    }
    if (endpoint->streams_progress) {
        add_stream(responses, endpoint);
    }
    if (endpoint->other_status != 0) {
        add_answer(responses, endpoint->other_status, "Done, with bad news", media_type,
                   answer_schema(endpoint));
    }
    add_shared_answers(responses, endpoint);
    add_problems(responses, endpoint);
}
