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

/* How long the supervisor takes to start a worker again, and some more. */
enum { TURN_MS = 3000 };

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
static bool serve_request(const struct endpoint *endpoint, const struct config *config,
                          const struct exchange *exchange)
{
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

/* The supervisor closes a socket whose workers are all gone. So they leave one after another, by
 * the number at the end of the name that it gives them: the first is back before the next one goes.
 */
static void leave_in_turn(int signal_fd)
{
    struct pollfd signal = {.fd = signal_fd, .events = POLLIN};
    const char *name = getenv("SUPERVISOR_PROCESS_NAME");
    const char *dash = name == NULL ? NULL : strrchr(name, '-');
    long number = dash == NULL ? 0 : strtol(dash + 1, NULL, 10);
    (void)poll(&signal, 1, (int)number * TURN_MS);
}

static int serve_cgi(const struct endpoint *endpoint, const struct config *config)
{
    const struct exchange exchange = {.fastcgi = NULL};
    bool is_whole = serve_request(endpoint, config, &exchange);
    exchange_flush(&exchange);
    return is_whole ? EX_OK : EX_IOERR;
}

static int set_up_fastcgi(FCGX_Request *request, int *ret_signal_fd)
{
    *ret_signal_fd = prepare_waiting();
    return *ret_signal_fd < 0 || FCGX_Init() != 0
               ? -1
               : FCGX_InitRequest(request, 0, FCGI_FAIL_ACCEPT_ON_INTR);
}

/* Serves until it is told to stop, or until its rights are for folders that are gone: then the
 * supervisor starts it again, and the requests wait in the socket meanwhile. */
static int serve_fastcgi(const struct endpoint *endpoint, const struct config *config)
{
    FCGX_Request request;
    struct sandbox sandbox;
    struct error error;
    int signal_fd;
    int result = sandbox_enter(endpoint->touches, config, NULL, &sandbox, &error);
    if (result < 0) {
        fprintf(stderr, "%s: %s\n", endpoint->program, error.detail);
        return error_meaning(result)->exit_status;
    }
    if (!sandbox.is_confined) {
        fprintf(stderr, "%s: not confined: this kernel has no Landlock\n", endpoint->program);
    }
    if (set_up_fastcgi(&request, &signal_fd) != 0) {
        fprintf(stderr, "%s: cannot set FastCGI up\n", endpoint->program);
        return EX_UNAVAILABLE;
    }
    while (wait_for_connection(signal_fd)) {
        if (sandbox_is_stale(&sandbox)) {
            fprintf(stderr, "%s: starts again: its folders are not those any more\n",
                    endpoint->program);
            leave_in_turn(signal_fd);
            break;
        }
        /* Another worker may have been quicker, or the client gone: then there is nothing to do. */
        if (FCGX_Accept_r(&request) == 0) {
            const struct exchange exchange = {.fastcgi = &request};
            if (serve_request(endpoint, config, &exchange)) {
                FCGX_Finish_r(&request);
            } else {
                exchange_break_off(&exchange);
            }
        }
    }
    return EX_OK;
}

int http_serve(const struct endpoint *endpoint, const struct config *config)
{
    return http_is_fastcgi() ? serve_fastcgi(endpoint, config) : serve_cgi(endpoint, config);
}
