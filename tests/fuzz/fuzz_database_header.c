/* The first bytes of a database file; the two before them say how large the file is. */
#include "fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

#include "database.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    struct fuzz_input input = {data, size};
    struct database_header header;
    struct error error = {0};
    fd = fd < 0 ? memfd_create("database", MFD_CLOEXEC) : fd;
    int64_t file_size = fuzz_byte(&input) << 8;
    file_size = (file_size | fuzz_byte(&input)) * 512;
    REQUIRE(ftruncate(fd, 0) == 0);
    REQUIRE(pwrite(fd, input.data, input.size, 0) == (ssize_t)input.size);
    int result = database_header_read(fd, file_size, "x.db", &header, &error);
    if (result < 0) {
        fuzz_require_error(result, &error);
        REQUIRE(result == ERR_UNUSABLE || result == ERR_DAMAGED);
    } else {
        REQUIRE(input.size >= DATABASE_HEADER_SIZE);
        REQUIRE(header.page_size >= 512 && header.page_size <= 65536);
        REQUIRE((header.page_size & (header.page_size - 1)) == 0);
        REQUIRE(header.page_count >= 0 && header.page_count < INT64_C(1) << 32);
    }
    return 0;
}
