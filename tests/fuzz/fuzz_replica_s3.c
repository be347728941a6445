/* A bucket's answers, one behind the other: what they add up to for the history, the restore points
 * and the chain of one moment. An answer is a line with its status and, from then up to a line with
 * a full stop, its body. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http_client.h"
#include "litestream_chain.h"
#include "litestream_points.h"
#include "timestamp.h"

/* An answer that never ends is ended by the deadline. */
enum { ANSWERS_MAX = 64 };

static struct fuzz_input answers;
static int answered;

/* --- in place of the library's client ------------------------------------------------------- */

struct http_client {
    int unused;
};

int http_client_open(struct http_client **ret_client, struct error *error)
{
    static struct http_client client;
    (void)error;
    *ret_client = &client;
    return 0;
}

void http_client_close(struct http_client *client)
{
    (void)client;
}

static void send_body(struct http_exchange *exchange)
{
    for (char *line = fuzz_line(&answers);; line = fuzz_line(&answers)) {
        bool ends = strcmp(line, ".") == 0 || answers.size == 0;
        if (exchange->outcome == HTTP_ANSWERED && exchange->status == 200 &&
            (exchange->receive(exchange->context, line, strlen(line)) < 0 ||
             exchange->receive(exchange->context, "\n", 1) < 0)) {
            exchange->outcome = HTTP_GIVEN_UP;
        } else if (exchange->status != 200) {
            strncpy(exchange->error_body, line, sizeof exchange->error_body - 1);
        }
        free(line);
        if (ends) {
            return;
        }
    }
}

static void answer(struct http_exchange *exchange)
{
    char *status = fuzz_line(&answers);
    exchange->outcome = answered++ < ANSWERS_MAX ? HTTP_ANSWERED : HTTP_TIMED_OUT;
    exchange->status = 200;
    if (strlen(status) == 3) {
        exchange->status = atoi(status);
    } else {
        strncpy(exchange->region, status, sizeof exchange->region - 1);
    }
    free(status);
    send_body(exchange);
}

int http_client_run(struct http_client *client, struct http_exchange *exchanges, size_t count,
                    int64_t deadline_ms, int stall_s, struct error *error)
{
    (void)client;
    (void)deadline_ms;
    (void)stall_s;
    (void)error;
    for (size_t i = 0; i < count; i++) {
        REQUIRE(strncmp(exchanges[i].url, "https://", 8) == 0);
        answer(&exchanges[i]);
    }
    return 0;
}

/* --- what must hold ------------------------------------------------------------------------- */

static struct replica *begin(struct fuzz_input input)
{
    static struct litestream_replica config = {.type = REPLICA_S3,
                                               .url = "s3://bucket/camera-sheet",
                                               .path = "camera-sheet",
                                               .s3 = {.bucket = "bucket"}};
    struct replica *replica;
    struct error error = {0};
    answers = input;
    answered = 0;
    REQUIRE(replica_open(&config, timestamp_monotonic_ms() + 1000, 1, &replica, &error) == 0);
    return replica;
}

struct listed {
    struct fuzz_input input;
    size_t count;
    bool is_plain; /* the XML has its texts as they are */
};

static bool is_plain(struct fuzz_input input)
{
    for (size_t i = 0; i < input.size; i++) {
        if (input.data[i] == 0 || input.data[i] >= 0x80 || strchr("&!?\r", input.data[i]) != NULL) {
            return false;
        }
    }
    return true;
}

/* Only what the answers have under the folder that was asked for. */
static bool visit(void *context, const struct replica_object *object)
{
    struct listed *listed = context;
    char key[sizeof "camera-sheet/" LAYOUT_GENERATIONS + LAYOUT_NAME_SIZE];
    snprintf(key, sizeof key, "camera-sheet/" LAYOUT_GENERATIONS "%s", object->name);
    REQUIRE(++listed->count <= listed->input.size);
    REQUIRE(!listed->is_plain ||
            memmem(listed->input.data, listed->input.size, key, strlen(key)) != NULL);
    REQUIRE(object->size >= 0 && object->modified_ms >= 0);
    return true;
}

static void require_listing(struct fuzz_input input, bool folders)
{
    struct replica *replica = begin(input);
    struct error error = {0};
    struct listed listed = {.input = input, .is_plain = is_plain(input)};
    struct replica_listing listing = {.folder = LAYOUT_GENERATIONS,
                                      .after = "",
                                      .folders = folders,
                                      .visit = visit,
                                      .context = &listed};
    int result = replica_list(replica, &listing, 1, &error);
    REQUIRE(result == 0 || (fuzz_require_error(result, &error), true));
    replica_close(replica);
}

static void require_points(struct fuzz_input input)
{
    static struct points points;
    struct points_query query = {.limit = 10, .intervals = 7};
    struct error error = {0};
    struct replica *replica = begin(input);
    int result = points_read(replica, &query, &points, &error);
    REQUIRE(result == 0 || (fuzz_require_error(result, &error), true));
    for (size_t i = 0; result == 0 && i < points.count; i++) {
        REQUIRE(points.newest[i].size >= 0 && layout_is_generation(points.newest[i].generation));
        REQUIRE(points.newest[i].time_ms >= points.from_ms);
        REQUIRE(points.newest[i].time_ms <= points.to_ms);
    }
    replica_close(replica);
}

static void require_chain(struct fuzz_input input, int64_t moment_ms)
{
    struct chain chain;
    struct error error = {0};
    struct replica *replica = begin(input);
    int result = chain_find(replica, moment_ms, &chain, &error);
    REQUIRE(result == 0 || (fuzz_require_error(result, &error), true));
    for (size_t i = 0; result == 0 && i < chain.count; i++) {
        REQUIRE(chain.segments[i].time_ms <= moment_ms);
        REQUIRE(i == 0 ||
                layout_compare(chain.segments[i - 1].position, chain.segments[i].position) <= 0);
    }
    chain_free(&chain);
    replica_close(replica);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    switch (fuzz_byte(&input) % 5) {
    case 0:
        require_listing(input, true);
        break;
    case 1:
        require_listing(input, false);
        break;
    case 2:
        require_points(input);
        break;
    case 3:
        require_chain(input, INT64_MAX);
        break;
    default:
        require_chain(input, INT64_C(1736173800000));
    }
    return 0;
}
