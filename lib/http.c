#include "http.h"

#include <fcgiapp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>

#include "http_answer.h"
#include "http_request.h"
#include "timestamp.h"
#include "worker.h"

bool http_is_fastcgi(void)
{
    int listening = 0;
    socklen_t length = sizeof listening;
    return getsockopt(0, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) == 0 && listening != 0;
}

bool http_is_cgi(void)
{
    return getenv("GATEWAY_INTERFACE") != NULL;
}

/* One line a request. What the client sent is in nginx's log; here stands what became of it. */
static void log_request(const struct endpoint *endpoint, const struct exchange *exchange,
                        int status, int64_t duration_ms, const struct response *response)
{
    fprintf(stderr, "%s: %s %d %lld ms%s%s%s%s\n", endpoint->program,
            exchange_variable(exchange, "REQUEST_METHOD"), status, (long long)duration_ms,
            response->error.code < 0 ? ": " : "",
            response->error.code < 0 ? response->error.detail : "",
            response->warning.code < 0 ? "; warning: " : "",
            response->warning.code < 0 ? response->warning.detail : "");
}

static bool wants_stream(const struct endpoint *endpoint, const struct exchange *exchange)
{
    return endpoint->streams_progress &&
           strstr(exchange_variable(exchange, "HTTP_ACCEPT"), "text/event-stream") != NULL;
}

static int call_streaming(const struct exchange *exchange, const struct call *call,
                          struct response *response)
{
    struct http_stream stream;
    struct progress progress;
    http_stream_begin(&stream, exchange, &progress);
    int result = endpoint_call(call, &progress, response);
    return http_stream_end(&stream, result, response);
}

static const char *variable_or_null(const struct exchange *exchange, const char *name)
{
    const char *value = exchange_variable(exchange, name);
    return value[0] == '\0' ? NULL : value;
}

/* What the web server has found out. A role that is not known may do the least. */
static struct caller read_caller(const struct exchange *exchange)
{
    const char *role = exchange_variable(exchange, "ROLE");
    bool is_admin = role[0] == '\0' || strcmp(role, "admin") == 0;
    return (struct caller){.role = is_admin ? ROLE_ADMIN : ROLE_READER,
                           .actor = variable_or_null(exchange, "REMOTE_USER"),
                           .address = variable_or_null(exchange, "REMOTE_ADDR")};
}

/* Calls what was asked for and answers; RESULT is what reading the request came to. */
static int answer(const struct exchange *exchange, const struct call *call, int result,
                  struct response *response)
{
    if (result == 0 && wants_stream(call->endpoint, exchange)) {
        return call_streaming(exchange, call, response);
    }
    result =
        result == 0 ? endpoint_call(call, NULL, response) : endpoint_refuse(call, result, response);
    return http_answer(call->endpoint, exchange, result, response);
}

/* A CGI program is confined when its one request is read, as a shell command is: a broken one must
 * not make a folder. Returns false if an answer has begun and is not whole. */
static bool serve_request(const struct endpoint *of_program, const struct config *config,
                          const struct exchange *exchange)
{
    const struct endpoint *endpoint = http_request_choose(of_program, exchange);
    struct call call = {.endpoint = endpoint, .config = config, .caller = read_caller(exchange)};
    struct response response = ENDPOINT_RESPONSE_NONE;
    struct sandbox sandbox;
    int64_t start = timestamp_monotonic_ms();
    int result = http_request_read(endpoint, exchange, call.values, &response.error);
    if (result == 0 && exchange->fastcgi == NULL) {
        result = sandbox_enter(endpoint->touches, config, NULL, &sandbox, &response.error);
    }
    int status = answer(exchange, &call, result, &response);
    log_request(endpoint, exchange, status, timestamp_monotonic_ms() - start, &response);
    bool is_whole = !response.is_cut_off;
    endpoint_free_response(&response);
    endpoint_free_call(&call);
    return is_whole;
}

static int serve_cgi(const struct endpoint *endpoint, const struct config *config)
{
    const struct exchange exchange = {.fastcgi = NULL};
    bool is_whole = serve_request(endpoint, config, &exchange);
    exchange_flush(&exchange);
    return is_whole ? EX_OK : EX_IOERR;
}

static int set_up_fastcgi(FCGX_Request *request)
{
    return FCGX_Init() != 0 ? -1 : FCGX_InitRequest(request, 0, FCGI_FAIL_ACCEPT_ON_INTR);
}

/* Another worker may have been quicker, or the client gone: then there is nothing to do. */
static void serve_next(const struct endpoint *endpoint, const struct config *config,
                       FCGX_Request *request, struct worker *worker)
{
    if (FCGX_Accept_r(request) != 0) {
        return;
    }
    const struct exchange exchange = {.fastcgi = request};
    worker->has_served = true;
    if (serve_request(endpoint, config, &exchange)) {
        FCGX_Finish_r(request);
    } else {
        exchange_break_off(&exchange);
    }
}

/* Serves until it is told to stop, until it has had nothing to do for a while, or until its rights
 * are for folders that are gone: then the supervisor starts it again. */
static void serve_all(const struct endpoint *endpoint, const struct config *config,
                      FCGX_Request *request, struct worker *worker, const struct sandbox *sandbox)
{
    while (worker_wait(worker)) {
        if (sandbox_is_stale(sandbox)) {
            fprintf(stderr, "%s: starts again: its folders are not those any more\n",
                    endpoint->program);
            worker_await_turn(worker);
            return;
        }
        serve_next(endpoint, config, request, worker);
    }
}

/* What all endpoints of the program may touch. */
static unsigned touches_of_all(const struct endpoint *endpoint)
{
    return endpoint->touches | (endpoint->also == NULL ? 0 : endpoint->also->touches);
}

static int serve_fastcgi(const struct endpoint *endpoint, const struct config *config)
{
    FCGX_Request request;
    struct worker worker;
    struct sandbox sandbox;
    struct error error;
    bool is_ready = worker_begin(&worker) == 0;
    int result = sandbox_enter(touches_of_all(endpoint), config, NULL, &sandbox, &error);
    if (result < 0) {
        fprintf(stderr, "%s: %s\n", endpoint->program, error.detail);
        return error_meaning(result)->exit_status;
    }
    if (!sandbox.is_confined) {
        fprintf(stderr, "%s: not confined: this kernel has no Landlock\n", endpoint->program);
    }
    if (!is_ready || set_up_fastcgi(&request) != 0) {
        fprintf(stderr, "%s: cannot set FastCGI up\n", endpoint->program);
        return EX_UNAVAILABLE;
    }
    serve_all(endpoint, config, &request, &worker, &sandbox);
    worker_end(&worker);
    return EX_OK;
}

int http_serve(const struct endpoint *endpoint, const struct config *config)
{
    return http_is_fastcgi() ? serve_fastcgi(endpoint, config) : serve_cgi(endpoint, config);
}
