#include "lz4_measure.h"

enum { PIECE_SIZE = 64 << 10 };

int lz4_measure_begin(struct lz4_measure *measure, struct error *error)
{
    *measure = (struct lz4_measure){0};
    return LZ4F_isError(LZ4F_createDecompressionContext(&measure->decoder, LZ4F_VERSION))
               ? error_memory(error)
               : 0;
}

int lz4_measure_feed(struct lz4_measure *measure, const char *data, size_t size)
{
    char piece[PIECE_SIZE];
    while (size > 0) {
        if (measure->is_whole) {
            return ERR_DAMAGED;
        }
        size_t unpacked = sizeof piece;
        size_t taken = size;
        size_t rest = LZ4F_decompress(measure->decoder, piece, &unpacked, data, &taken, NULL);
        if (LZ4F_isError(rest)) {
            return ERR_DAMAGED;
        }
        measure->is_whole = rest == 0;
        measure->length += (int64_t)unpacked;
        data += taken;
        size -= taken;
    }
    return 0;
}

int64_t lz4_measure_end(struct lz4_measure *measure)
{
    LZ4F_freeDecompressionContext(measure->decoder);
    measure->decoder = NULL;
    return measure->is_whole ? measure->length : ERR_DAMAGED;
}
