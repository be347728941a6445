/* The XML of S3's answers: what is read does not depend on the pieces in which it comes. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "s3_xml.h"

struct seen {
    size_t count;
    size_t most;
    uint64_t sum; /* of all entries, in their order */
};

static void add(struct seen *seen, const void *data, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        seen->sum = (seen->sum ^ ((const unsigned char *)data)[i]) * UINT64_C(1099511628211);
    }
}

static bool visit(void *context, const struct s3_object *object)
{
    struct seen *seen = context;
    REQUIRE(seen->count < seen->most);
    REQUIRE(strnlen(object->key, sizeof object->key) < sizeof object->key);
    REQUIRE(object->size >= 0 && object->size <= INT64_C(1) << 50);
    REQUIRE(object->modified_ms >= 0);
    add(seen, object->key, strlen(object->key) + 1);
    add(seen, &object->size, sizeof object->size);
    add(seen, &object->modified_ms, sizeof object->modified_ms);
    return ++seen->count < seen->most;
}

static int read_all(struct fuzz_input input, bool in_pieces, struct seen *seen, bool *ret_more)
{
    struct s3_xml *xml;
    struct error error = {0};
    uint32_t state = (uint32_t)input.size;
    REQUIRE(s3_xml_open(visit, seen, &xml, &error) == 0);
    int result = 0;
    while (result == 0 && input.size > 0) {
        size_t size = in_pieces ? fuzz_piece(&state, input.size) : input.size;
        result = s3_xml_feed(xml, (const char *)input.data, size);
        input.data += size;
        input.size -= size;
    }
    if (result == 0) {
        result = s3_xml_finish(xml, ret_more, &error);
    }
    s3_xml_close(xml);
    return result;
}

static void require_error_code(struct fuzz_input input)
{
    char code[S3_CODE_SIZE];
    char *body = fuzz_text(input.data, input.size);
    s3_xml_error_code(body, code);
    REQUIRE(strlen(code) < sizeof code && strchr(code, '<') == NULL);
    free(body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    size_t most = 1 + (size_t)fuzz_byte(&input);
    struct seen whole = {.most = most};
    struct seen pieces = {.most = most};
    bool more_of_whole = false;
    bool more_of_pieces = false;
    int result = read_all(input, false, &whole, &more_of_whole);
    REQUIRE(read_all(input, true, &pieces, &more_of_pieces) == result);
    REQUIRE(whole.count == pieces.count || result < 0);
    REQUIRE(whole.sum == pieces.sum || result < 0);
    REQUIRE(result < 0 || more_of_whole == more_of_pieces);
    require_error_code(input);
    return 0;
}
