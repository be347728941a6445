#include "http_request.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "json.h"
#include "text.h"

/* --- method -------------------------------------------------------------------------------- */

static int check_method(const struct endpoint *endpoint, const struct exchange *exchange,
                        struct error *error)
{
    const char *method = exchange_variable(exchange, "REQUEST_METHOD");
    if (strcmp(method, endpoint->method) == 0 ||
        (strcmp(method, "HEAD") == 0 && strcmp(endpoint->method, "GET") == 0)) {
        return 0;
    }
    return error_set(error, ERR_METHOD, "This path takes %s here.", endpoint->method);
}

/* --- path ---------------------------------------------------------------------------------- */

/* Where the raw, still encoded path ends. */
static size_t path_length(const char *uri)
{
    return strcspn(uri, "?#");
}

static int set_path_value(const struct endpoint *endpoint, const char *segment, size_t length,
                          size_t index, struct value *values, struct error *error)
{
    char *text = text_percent_decode(segment, length, false);
    if (text == NULL) {
        return error_set(error, ERR_BAD_REQUEST, "The path has a broken %%-escape or a NUL in it.");
    }
    int result =
        parameter_set_text(&endpoint->parameters.items[index], text, &values[index], error);
    free(text);
    return result;
}

/* Matches LENGTH characters of PATH with the endpoint's path and takes its {name}s as values, in
 * their order: path parameters are declared first. What stands behind a {name} in its segment, such
 * as .csv, is none of the value. */
static int match_path(const struct endpoint *endpoint, const char *path, size_t length,
                      struct value *values, struct error *error)
{
    const char *template = endpoint->path;
    const char *end = path + length;
    size_t index = 0;
    while (*template != '\0') {
        if (*template != '{') {
            if (path == end || *path != *template) {
                return error_set(error, ERR_NOT_FOUND, "There is nothing at this path.");
            }
            path++;
            template ++;
            continue;
        }
        template = strchr(template, '}') + 1;
        size_t rest = (size_t)(end - path);
        const char *slash = memchr(path, '/', rest);
        size_t segment = slash == NULL ? rest : (size_t)(slash - path);
        size_t ending = strcspn(template, "/");
        segment -= segment < ending ? segment : ending;
        int result = set_path_value(endpoint, path, segment, index++, values, error);
        if (result < 0) {
            return result;
        }
        path += segment;
    }
    return path == end ? 0 : error_set(error, ERR_NOT_FOUND, "There is nothing at this path.");
}

static bool is_path_of(const char *uri, const struct endpoint *endpoint)
{
    size_t length = strlen(endpoint->path);
    return path_length(uri) == length && strncmp(uri, endpoint->path, length) == 0;
}

const struct endpoint *http_request_choose(const struct endpoint *endpoint,
                                           const struct exchange *exchange)
{
    const struct endpoint *also = endpoint->also;
    return also != NULL && (is_path_of(exchange_variable(exchange, "REQUEST_URI"), also) ||
                            is_path_of(exchange_variable(exchange, "PATH_INFO"), also))
               ? also
               : endpoint;
}

/* nginx hands the whole raw path over (REQUEST_URI). Under a plain CGI server the program's own
 * name is the route, and PATH_INFO has only what stands for the {name}s. */
static int read_path(const struct endpoint *endpoint, const struct exchange *exchange,
                     struct value *values, struct error *error)
{
    const char *brace = strchr(endpoint->path, '{');
    const char *path_info = exchange_variable(exchange, "PATH_INFO");
    const char *uri = exchange_variable(exchange, "REQUEST_URI");
    if (strncmp(uri, "/api/", 5) != 0) {
        uri = path_info;
    }
    if (strncmp(uri, "/api/", 5) == 0) {
        return match_path(endpoint, uri, path_length(uri), values, error);
    }
    if (brace == NULL) {
        return 0;
    }
    struct endpoint short_path = *endpoint;
    short_path.path = brace - 1;
    return match_path(&short_path, path_info, strlen(path_info), values, error);
}

/* --- query --------------------------------------------------------------------------------- */

/* The parameter called NAME that HTTP takes from SOURCE; `database` is one for everybody. */
static const struct parameter *find_parameter(const struct endpoint *endpoint,
                                              enum parameter_source source, const char *name,
                                              struct value *values, struct value **ret_value)
{
    int index = parameter_find(endpoint->parameters, source, name);
    if (index >= 0) {
        *ret_value = &values[index];
        return &endpoint->parameters.items[index];
    }
    if (source == FROM_QUERY && strcmp(name, endpoint_database_parameter.name) == 0) {
        *ret_value = &values[endpoint->parameters.count];
        return &endpoint_database_parameter;
    }
    return NULL;
}

static int set_query_value(const struct endpoint *endpoint, const char *name, const char *text,
                           struct value *values, struct error *error)
{
    struct value *value;
    if (name == NULL || text == NULL) {
        return error_set(error, ERR_BAD_REQUEST,
                         "The query has a broken %%-escape or a NUL in it.");
    }
    const struct parameter *parameter = find_parameter(endpoint, FROM_QUERY, name, values, &value);
    if (parameter == NULL) {
        return error_set(error, ERR_BAD_REQUEST, "There is no parameter \"%.100s\" here.",
                         text_length(name) < 0 ? "?" : name);
    }
    return parameter_set_text(parameter, text, value, error);
}

static int read_query(const struct endpoint *endpoint, const struct exchange *exchange,
                      struct value *values, struct error *error)
{
    int result = 0;
    const char *part = exchange_variable(exchange, "QUERY_STRING");
    while (result == 0 && *part != '\0') {
        size_t length = strcspn(part, "&");
        const char *equals = memchr(part, '=', length);
        size_t name_length = equals == NULL ? length : (size_t)(equals - part);
        size_t text_start = equals == NULL ? length : name_length + 1;
        if (length > 0) {
            char *name = text_percent_decode(part, name_length, true);
            char *text = text_percent_decode(part + text_start, length - text_start, true);
            result = set_query_value(endpoint, name, text, values, error);
            free(name);
            free(text);
        }
        part += length + (part[length] == '&');
    }
    return result;
}

/* --- body ---------------------------------------------------------------------------------- */

static int read_members(const struct endpoint *endpoint, const cJSON *object, struct value *values,
                        struct error *error)
{
    if (!cJSON_IsObject(object)) {
        return error_set(error, ERR_BAD_REQUEST, "The body must be a JSON object.");
    }
    const cJSON *item;
    cJSON_ArrayForEach(item, object)
    {
        struct value *value;
        const struct parameter *parameter =
            find_parameter(endpoint, FROM_BODY, item->string, values, &value);
        if (parameter == NULL) {
            return error_set(error, ERR_BAD_REQUEST, "There is no parameter \"%.100s\" here.",
                             text_length(item->string) < 0 ? "?" : item->string);
        }
        int result = parameter_set_json(parameter, item, value, error);
        if (result < 0) {
            return result;
        }
    }
    return 0;
}

static int check_media_type(const struct exchange *exchange, struct error *error)
{
    static const char json[] = "application/json";
    const char *type = exchange_variable(exchange, "CONTENT_TYPE");
    size_t length = strlen(json);
    if (strncasecmp(type, json, length) == 0 &&
        (type[length] == '\0' || type[length] == ';' || type[length] == ' ')) {
        return 0;
    }
    return error_set(error, ERR_MEDIA_TYPE, "Send the body as application/json.");
}

static int parse_body(const struct endpoint *endpoint, char *body, size_t length,
                      struct value *values, struct error *error)
{
    cJSON *object = NULL;
    body[length] = '\0';
    int result = json_parse(body, length, &object, error);
    if (result == 0) {
        result = read_members(endpoint, object, values, error);
    }
    cJSON_Delete(object);
    return result;
}

static int read_body(const struct endpoint *endpoint, const struct exchange *exchange,
                     struct value *values, struct error *error)
{
    const char *text = exchange_variable(exchange, "CONTENT_LENGTH");
    if (text[strspn(text, "0123456789")] != '\0') {
        return error_set(error, ERR_BAD_REQUEST, "The body's length is no number.");
    }
    unsigned long long length = strtoull(text, NULL, 10);
    if (length == 0 || strcmp(endpoint->method, "GET") == 0) {
        return 0;
    }
    if (length > HTTP_BODY_LIMIT) {
        return error_set(error, ERR_TOO_LARGE, "The body has at most %d bytes.", HTTP_BODY_LIMIT);
    }
    int result = check_media_type(exchange, error);
    if (result < 0) {
        return result;
    }
    char *body = malloc(length + 1);
    if (body == NULL) {
        return error_memory(error);
    }
    if (exchange_read(exchange, body, length) != length) {
        result = error_set(error, ERR_BAD_REQUEST, "The body is shorter than it says.");
    } else {
        result = parse_body(endpoint, body, length, values, error);
    }
    free(body);
    return result;
}

int http_request_read(const struct endpoint *endpoint, const struct exchange *exchange,
                      struct value *values, struct error *error)
{
    int result = check_method(endpoint, exchange, error);
    if (result == 0) {
        result = read_path(endpoint, exchange, values, error);
    }
    if (result == 0) {
        result = read_query(endpoint, exchange, values, error);
    }
    if (result == 0) {
        result = read_body(endpoint, exchange, values, error);
    }
    if (result == 0) {
        result = parameter_require(endpoint->parameters, values, false, error);
    }
    return result;
}
