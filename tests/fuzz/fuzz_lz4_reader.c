/* LZ4 frames: what is unpacked does not depend on the pieces in which it comes, what was packed
 * comes out again, and what was cut off is noticed. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "lz4_reader.h"

/* What it unpacks to at most, so that an input does not take long. */
enum { UNPACKED_MAX = 8 << 20 };

struct taken {
    int64_t length;
    const uint8_t *expected; /* NULL: anything */
};

static int take(void *context, const unsigned char *data, size_t size)
{
    struct taken *taken = context;
    REQUIRE(taken->expected == NULL || memcmp(taken->expected + taken->length, data, size) == 0);
    taken->length += (int64_t)size;
    return taken->length > UNPACKED_MAX ? ERR_TOO_LARGE : 0;
}

static int64_t unpack(struct fuzz_input input, bool in_pieces, struct taken *taken)
{
    struct lz4_reader reader;
    struct error error = {0};
    uint32_t state = (uint32_t)input.size;
    REQUIRE(lz4_reader_begin(&reader, &error) == 0);
    reader.take = take;
    reader.context = taken;
    int result = 0;
    while (result == 0 && input.size > 0) {
        size_t size = in_pieces ? fuzz_piece(&state, input.size) : input.size;
        result = lz4_reader_feed(&reader, (const char *)input.data, size);
        input.data += size;
        input.size -= size;
    }
    int64_t length = lz4_reader_end(&reader);
    REQUIRE(result < 0 || length < 0 || length == taken->length);
    return result < 0 ? result : length;
}

static void require_same_in_pieces(struct fuzz_input input)
{
    struct taken whole = {0};
    struct taken pieces = {0};
    int64_t length = unpack(input, false, &whole);
    REQUIRE(unpack(input, true, &pieces) == length);
}

static void require_packed(struct fuzz_input input)
{
    const LZ4F_preferences_t preferences = {
        .frameInfo = {.blockMode = LZ4F_blockIndependent,
                      .contentChecksumFlag = LZ4F_contentChecksumEnabled}};
    size_t room = LZ4F_compressFrameBound(input.size, &preferences);
    uint8_t *packed = malloc(room);
    size_t size = LZ4F_compressFrame(packed, room, input.data, input.size, &preferences);
    struct taken taken = {.expected = input.data};
    REQUIRE(unpack((struct fuzz_input){packed, size}, true, &taken) == (int64_t)input.size);
    struct taken cut = {.expected = input.data};
    REQUIRE(unpack((struct fuzz_input){packed, size - 1}, true, &cut) == ERR_DAMAGED);
    free(packed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    require_same_in_pieces(input);
    require_packed(input);
    return 0;
}
