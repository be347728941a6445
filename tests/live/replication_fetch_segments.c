/* Makes what a `file` replica has after a long time: replication_fetch_segments FOLDER COUNT
 * PER_FILE FIRST_MS STEP_MS makes COUNT empty segments in FOLDER, PER_FILE to each WAL file, the
 * first of them as old as FIRST_MS (milliseconds since 1970) and each next one STEP_MS younger. */
#include <inttypes.h>
#include <sys/stat.h>
#include <time.h>

#include "tool.h"

enum { NAME_SIZE = 64, SEGMENT_LENGTH = 4120 };

static void make_segment(int folder_fd, int64_t index, int64_t offset, int64_t time_ms)
{
    char name[NAME_SIZE];
    struct timespec time = {.tv_sec = time_ms / 1000, .tv_nsec = time_ms % 1000 * 1000000};
    const struct timespec times[] = {time, time};
    snprintf(name, sizeof name, "%08" PRIx64 "_%08" PRIx64 ".wal.lz4", index, offset);
    int fd = openat(folder_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || futimens(fd, times) != 0 || close(fd) != 0) {
        perror(name);
        exit(1);
    }
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        fprintf(stderr,
                "usage: replication_fetch_segments FOLDER COUNT PER_FILE FIRST_MS STEP_MS\n");
        return 64;
    }
    int folder_fd = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int64_t count = tool_number(argv[2]);
    int64_t per_file = tool_number(argv[3]);
    int64_t first_ms = tool_number(argv[4]);
    int64_t step_ms = tool_number(argv[5]);
    for (int64_t i = 0; i < count; i++) {
        make_segment(folder_fd, i / per_file, i % per_file * SEGMENT_LENGTH,
                     first_ms + i * step_ms);
    }
    return close(folder_fd) == 0 ? 0 : 1;
}
