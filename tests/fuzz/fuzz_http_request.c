/* The corridor of an HTTP request, for all programs: a line for the program, then FastCGI
 * parameters NAME=VALUE, one a line, an empty line, and the body. What is read is within its
 * limits; what is answered is one well-formed answer. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "http_answer.h"
#include "http_request.h"
#include "text.h"

enum { VARIABLES_MAX = 32, ANSWER_SIZE = 64 << 10 };

/* --- a connection that is none -------------------------------------------------------------- */

static void end_of_body(FCGX_Stream *stream)
{
    stream->isClosed = 1;
}

static void no_room(FCGX_Stream *stream, int close)
{
    (void)stream;
    (void)close;
    REQUIRE(!"an answer is small");
}

static void begin_body(FCGX_Stream *stream, struct fuzz_input body)
{
    *stream = (FCGX_Stream){.isReader = 1, .fillBuffProc = end_of_body};
    stream->rdNext = (unsigned char *)body.data;
    stream->stop = stream->rdNext + body.size;
    stream->stopUnget = stream->rdNext;
}

static void begin_answer(FCGX_Stream *stream, char *answer)
{
    *stream = (FCGX_Stream){.emptyBuffProc = no_room};
    stream->wrNext = (unsigned char *)answer;
    stream->stop = stream->wrNext + ANSWER_SIZE - 1;
}

/* --- what must hold ------------------------------------------------------------------------- */

/* One block of header lines that no value broke out of; a body of JSON, but for HEAD. */
static void require_answer(const char *answer, int status, bool is_head)
{
    const char *body = strstr(answer, "\r\n\r\n");
    REQUIRE(strncmp(answer, "Status: ", 8) == 0 && atoi(answer + 8) == status);
    REQUIRE(body != NULL);
    for (const char *line = answer; line < body; line = strstr(line, "\r\n") + 2) {
        size_t length = strcspn(line, "\r\n");
        REQUIRE((line == answer) == (strncmp(line, "Status: ", 8) == 0));
        REQUIRE(memchr(line, ':', length) != NULL && strncmp(line + length, "\r\n", 2) == 0);
    }
    cJSON *json = cJSON_ParseWithOpts(body + 4, NULL, true);
    REQUIRE(is_head ? body[4] == '\0' : cJSON_IsObject(json));
    REQUIRE(is_head || status < 400 || text_length(body + 4) > 0);
    cJSON_Delete(json);
}

static void require_status(const struct endpoint *endpoint, int result, int status)
{
    REQUIRE(result == 0 ? status == endpoint->success_status
                        : status == 400 || status == 404 || status == 405 || status == 413 ||
                              status == 415);
}

/* A body is taken only where its length is a number. */
static void require_length(const struct exchange *exchange, const struct value *values,
                           const struct endpoint *endpoint)
{
    const char *length = exchange_variable(exchange, "CONTENT_LENGTH");
    for (size_t i = 0; i < endpoint->parameters.count; i++) {
        if (values[i].given && endpoint->parameters.items[i].source == FROM_BODY) {
            REQUIRE(strspn(length, "0123456789") == strlen(length) && length[0] != '\0');
        }
    }
}

static void serve(const struct endpoint *endpoint, const struct exchange *exchange, char *answer)
{
    struct value values[ENDPOINT_VALUES_MAX] = {0};
    struct response response = ENDPOINT_RESPONSE_NONE;
    int result = http_request_read(endpoint, exchange, values, &response.error);
    fuzz_require_values(endpoint, values);
    if (result == 0) {
        require_length(exchange, values, endpoint);
        REQUIRE(parameter_require(endpoint->parameters, values, false, &response.error) == 0);
        response.json = cJSON_CreateObject();
    } else {
        fuzz_require_error(result, &response.error);
    }
    int status = http_answer(endpoint, exchange, result, &response);
    *exchange->fastcgi->out->wrNext = '\0';
    require_status(endpoint, result, status);
    require_answer(answer, status,
                   strcmp(exchange_variable(exchange, "REQUEST_METHOD"), "HEAD") == 0);
    endpoint_free_response(&response);
    parameter_free(values, endpoint->parameters.count + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char answer[ANSWER_SIZE];
    struct fuzz_input input = {data, size};
    const struct endpoint *endpoint = fuzz_endpoint(&input);
    char *variables[VARIABLES_MAX + 1] = {NULL};
    char *line = fuzz_line(&input);
    int count = 0;
    while (line[0] != '\0' && count < VARIABLES_MAX) {
        variables[count++] = line;
        line = fuzz_line(&input);
    }
    free(line);
    variables[count] = NULL;
    FCGX_Stream in;
    FCGX_Stream out;
    FCGX_Request request = {.in = &in, .out = &out, .envp = variables};
    const struct exchange exchange = {.fastcgi = &request};
    begin_body(&in, input);
    begin_answer(&out, answer);
    serve(endpoint, &exchange, answer);
    while (count > 0) {
        free(variables[--count]);
    }
    return 0;
}
