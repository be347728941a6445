#include "lz4_reader.h"

enum { PIECE_SIZE = 64 << 10 };

int lz4_reader_begin(struct lz4_reader *reader, struct error *error)
{
    *reader = (struct lz4_reader){0};
    return LZ4F_isError(LZ4F_createDecompressionContext(&reader->decoder, LZ4F_VERSION))
               ? error_memory(error)
               : 0;
}

int lz4_reader_feed(struct lz4_reader *reader, const char *data, size_t size)
{
    unsigned char piece[PIECE_SIZE];
    int result = 0;
    while (result == 0 && size > 0) {
        size_t unpacked = sizeof piece;
        size_t taken = size;
        if (reader->is_whole) {
            return ERR_DAMAGED;
        }
        size_t rest = LZ4F_decompress(reader->decoder, piece, &unpacked, data, &taken, NULL);
        if (LZ4F_isError(rest)) {
            return ERR_DAMAGED;
        }
        reader->is_whole = rest == 0;
        reader->length += (int64_t)unpacked;
        data += taken;
        size -= taken;
        if (reader->take != NULL && unpacked > 0) {
            result = reader->take(reader->context, piece, unpacked);
        }
    }
    return result;
}

int64_t lz4_reader_end(struct lz4_reader *reader)
{
    LZ4F_freeDecompressionContext(reader->decoder);
    reader->decoder = NULL;
    return reader->is_whole ? reader->length : ERR_DAMAGED;
}
