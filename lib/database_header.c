#include "database_header.h"

#include <errno.h>
#include <string.h>
#include <sys/types.h>

#include "file.h"

static int64_t big_endian(const unsigned char *bytes, int count)
{
    int64_t number = 0;
    for (int i = 0; i < count; i++) {
        number = number << 8 | bytes[i];
    }
    return number;
}

int database_header_read(int fd, int64_t size, const char *name, struct database_header *header,
                         struct error *error)
{
    unsigned char bytes[DATABASE_HEADER_SIZE];
    ssize_t got = file_read_at(fd, bytes, sizeof bytes, 0);
    if (got < 0) {
        return error_system(error, errno, "Cannot read %s", name);
    }
    if (got == 0) {
        return error_set(error, ERR_UNUSABLE, "%s is empty: it is no SQLite database.", name);
    }
    if (got < (ssize_t)sizeof bytes || memcmp(bytes, "SQLite format 3", 16) != 0) {
        return error_set(error, ERR_UNUSABLE, "%s is no SQLite database.", name);
    }
    int64_t page_size = big_endian(bytes + 16, 2);
    *header = (struct database_header){
        .page_size = page_size == 1 ? 65536 : page_size,
        .page_count = big_endian(bytes + 28, 4),
        .wal = bytes[18] == 2,
    };
    if (header->page_size < 512 || (header->page_size & (header->page_size - 1)) != 0) {
        return error_set(error, ERR_UNUSABLE, "%s has no valid SQLite page size.", name);
    }
    /* The count is only there if the writer that counted the changes also counted the pages. */
    bool counted = memcmp(bytes + 24, bytes + 92, 4) == 0;
    long long expected = header->page_count * header->page_size;
    if (counted && expected > size) {
        return error_set(error, ERR_DAMAGED,
                         "%s is truncated: it has %lld bytes, and its header says %lld.", name,
                         (long long)size, expected);
    }
    return 0;
}
