#include "http.h"

#include <fcgiapp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>

#include "http_answer.h"
#include "http_request.h"
#include "timestamp.h"

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

static int call_streaming(const struct endpoint *endpoint, const struct config *config,
                          const struct exchange *exchange, const struct value *values,
                          struct response *response)
{
    struct http_stream stream;
    struct progress progress;
    http_stream_begin(&stream, exchange, &progress);
    int result = endpoint_call(endpoint, config, values, &progress, response);
    return http_stream_end(&stream, result, response);
}

static void serve_request(const struct endpoint *endpoint, const struct config *config,
                          const struct exchange *exchange)
{
    struct value values[ENDPOINT_VALUES_MAX] = {0};
    struct response response = ENDPOINT_RESPONSE_NONE;
    int64_t start = timestamp_monotonic_ms();
    int status;
    int result = http_request_read(endpoint, exchange, values, &response.error);
    if (result == 0 && wants_stream(endpoint, exchange)) {
        status = call_streaming(endpoint, config, exchange, values, &response);
    } else {
        if (result == 0) {
            result = endpoint_call(endpoint, config, values, NULL, &response);
        }
        status = http_answer(endpoint, exchange, result, &response);
    }
    log_request(endpoint, exchange, status, timestamp_monotonic_ms() - start, &response);
    endpoint_free_response(&response);
    parameter_free(values, endpoint->parameters.count + 1);
}

static void on_stop(int signal_number)
{
    (void)signal_number;
    FCGX_ShutdownPending();
}

/* Without SA_RESTART, so that waiting for the next request ends too. */
static void catch_stop_signals(void)
{
    struct sigaction action = {.sa_handler = on_stop};
    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGUSR1, &action, NULL);
}

static int serve_fastcgi(const struct endpoint *endpoint, const struct config *config)
{
    FCGX_Request request;
    if (FCGX_Init() != 0 || FCGX_InitRequest(&request, 0, FCGI_FAIL_ACCEPT_ON_INTR) != 0) {
        fprintf(stderr, "%s: cannot set FastCGI up\n", endpoint->program);
        return EX_UNAVAILABLE;
    }
    catch_stop_signals();
    while (FCGX_Accept_r(&request) == 0) {
        const struct exchange exchange = {.fastcgi = &request};
        serve_request(endpoint, config, &exchange);
        FCGX_Finish_r(&request);
    }
    return EX_OK;
}

int http_serve(const struct endpoint *endpoint, const struct config *config)
{
    if (http_is_fastcgi()) {
        return serve_fastcgi(endpoint, config);
    }
    const struct exchange exchange = {.fastcgi = NULL};
    serve_request(endpoint, config, &exchange);
    exchange_flush(&exchange);
    return EX_OK;
}
