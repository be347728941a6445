/* The FastCGI records themselves, over a socket, as nginx and whoever else may connect sends them:
 * libfcgi reads them, and this project what it makes of them. */
#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "http_answer.h"
#include "http_request.h"

const char *__lsan_default_suppressions(void);

/* libfcgi 2.4.2 forgets 48 bytes for each management record of a type that it does not know. */
const char *__lsan_default_suppressions(void)
{
    return "leak:libfcgi";
}

/* Less than a socket takes without a reader. */
enum { INPUT_MAX = 64 << 10, RECORD_HEADER_SIZE = 8 };

static FCGX_Request request;
static struct sockaddr_un address = {.sun_family = AF_UNIX};

static void listen_once(void)
{
    static int listener = -1;
    if (listener < 0) {
        snprintf(address.sun_path, sizeof address.sun_path, "%.90s/socket", fuzz_folder_path());
        listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        REQUIRE(bind(listener, (struct sockaddr *)&address, sizeof address) == 0);
        REQUIRE(listen(listener, 1) == 0 && FCGX_Init() == 0);
        REQUIRE(FCGX_InitRequest(&request, listener, FCGI_FAIL_ACCEPT_ON_INTR) == 0);
    }
}

/* libfcgi takes as much memory as a parameter's length says, up to 2 GiB, before it reads on, and
 * ends the program where there is none: whoever can connect to the socket can do that. So lengths
 * of four bytes stay below 1 MiB here. No other byte has its highest bit set, then. */
static void bound_lengths(uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        bool is_length = data[i] == 0x80 && i + 1 < size && data[i + 1] < 0x10;
        data[i] &= is_length ? 0xff : 0x7f;
    }
}

static int send_all(const uint8_t *data, size_t size)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(connect(fd, (struct sockaddr *)&address, sizeof address) == 0);
    REQUIRE(send(fd, data, size, MSG_NOSIGNAL) == (ssize_t)size);
    REQUIRE(shutdown(fd, SHUT_WR) == 0);
    return fd;
}

static void serve(const struct endpoint *endpoint)
{
    const struct exchange exchange = {.fastcgi = &request};
    struct value values[ENDPOINT_VALUES_MAX] = {0};
    struct response response = ENDPOINT_RESPONSE_NONE;
    int result = http_request_read(endpoint, &exchange, values, &response.error);
    fuzz_require_values(endpoint, values);
    response.json = cJSON_CreateObject();
    (void)http_answer(endpoint, &exchange, result, &response);
    endpoint_free_response(&response);
    parameter_free(values, endpoint->parameters.count + 1);
}

/* What comes back are whole records of version 1. */
static void require_records(int fd)
{
    static unsigned char answer[1 << 20];
    size_t size = 0;
    ssize_t got;
    while ((got = recv(fd, answer + size, sizeof answer - size, MSG_DONTWAIT)) > 0) {
        size += (size_t)got;
    }
    for (size_t at = 0; at < size;) {
        REQUIRE(size - at >= RECORD_HEADER_SIZE && answer[at] == 1);
        at += RECORD_HEADER_SIZE + (size_t)(answer[at + 4] << 8 | answer[at + 5]) + answer[at + 6];
        REQUIRE(at <= size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size < INPUT_MAX ? size : INPUT_MAX};
    const struct endpoint *endpoint = fuzz_endpoint(&input);
    listen_once();
    uint8_t *records = (uint8_t *)fuzz_text(input.data, input.size);
    bound_lengths(records, input.size);
    int fd = send_all(records, input.size);
    free(records);
    if (FCGX_Accept_r(&request) == 0) {
        serve(endpoint);
        FCGX_Finish_r(&request);
    }
    require_records(fd);
    close(fd);
    return 0;
}
