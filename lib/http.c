#include "http.h"

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
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

/* Blocks the signals that end a worker and gives them to a descriptor: what runs is finished, and
 * none gets lost between two requests. The listening socket must not block: of the workers that it
 * wakes, one gets the connection. Returns the descriptor, or -1. */
static int prepare_waiting(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGUSR1);
    if (sigprocmask(SIG_BLOCK, &signals, NULL) != 0 || fcntl(0, F_SETFL, O_NONBLOCK) != 0) {
        return -1;
    }
    return signalfd(-1, &signals, SFD_CLOEXEC);
}

/* Waits for a connection; false when it is time to stop. */
static bool wait_for_connection(int signal_fd)
{
    struct pollfd descriptors[] = {{.fd = signal_fd, .events = POLLIN},
                                   {.fd = 0, .events = POLLIN}};
    while (poll(descriptors, 2, -1) < 0) {
        if (errno != EINTR) {
            return false;
        }
    }
    return descriptors[0].revents == 0;
}

static int serve_fastcgi(const struct endpoint *endpoint, const struct config *config)
{
    FCGX_Request request;
    int signal_fd = prepare_waiting();
    if (signal_fd < 0 || FCGX_Init() != 0 ||
        FCGX_InitRequest(&request, 0, FCGI_FAIL_ACCEPT_ON_INTR) != 0) {
        fprintf(stderr, "%s: cannot set FastCGI up\n", endpoint->program);
        return EX_UNAVAILABLE;
    }
    while (wait_for_connection(signal_fd)) {
        /* Another worker may have been quicker, or the client gone: then there is nothing to do. */
        if (FCGX_Accept_r(&request) == 0) {
            const struct exchange exchange = {.fastcgi = &request};
            serve_request(endpoint, config, &exchange);
            FCGX_Finish_r(&request);
        }
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
