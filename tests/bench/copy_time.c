/* How long a copy takes until it is on the disk: copy_time plain|snapshot|clone DATABASE FOLDER
 *
 * plain     one copy_file_range() of the database file and one fsync(): the least that a copy costs
 * snapshot  what this library does for a backup, up to and with the fsync() of the finished file
 * clone     the same without the fsync(), for file systems that share blocks
 *
 * Prints milliseconds. What it makes in FOLDER it removes again. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "file.h"
#include "snapshot.h"
#include "store.h"

enum { BUSY_TIMEOUT_MS = 1000 };

static const char copy_name[] = "copy.db";

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "copy_time: %s\n", what);
    exit(1);
}

static void copy_plainly(const char *database, int folder_fd)
{
    struct stat status;
    int from_fd = open(database, O_RDONLY | O_CLOEXEC);
    int to_fd = openat(folder_fd, copy_name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (from_fd < 0 || to_fd < 0 || fstat(from_fd, &status) != 0) {
        fail("cannot open the files");
    }
    for (off_t rest = status.st_size; rest > 0;) {
        ssize_t copied = copy_file_range(from_fd, NULL, to_fd, NULL, (size_t)rest, 0);
        if (copied <= 0) {
            fail("copy_file_range() failed");
        }
        rest -= copied;
    }
    if (fsync(to_fd) != 0) {
        fail("fsync() failed");
    }
    close(to_fd);
    close(from_fd);
}

static void take_snapshot(const char *database, const struct work *work, bool durable)
{
    struct error error;
    int64_t taken_ms;
    int64_t size;
    if (snapshot_take(database, BUSY_TIMEOUT_MS, work, copy_name, NULL, &taken_ms, &error) < 0) {
        fail(error.detail);
    }
    int fd = durable ? file_open_regular(work->folder_fd, copy_name, &size, &error) : -1;
    if (durable && (fd < 0 || file_sync(fd, "the copy", &error) < 0)) {
        fail(error.detail);
    }
    file_close(fd);
}

int main(int argc, char **argv)
{
    struct store store = STORE_CLOSED;
    struct work work = WORK_CLOSED;
    struct error error;
    if (argc != 4) {
        fprintf(stderr, "usage: copy_time plain|snapshot|clone DATABASE FOLDER\n");
        return 64;
    }
    if (store_open(&store, argv[3], "", STORE_WRITE, &error) < 0 ||
        store_begin_work(&store, &work, &error) < 0) {
        fail(error.detail);
    }
    double begun_ms = now_ms();
    if (strcmp(argv[1], "plain") == 0) {
        copy_plainly(argv[2], work.folder_fd);
    } else {
        take_snapshot(argv[2], &work, strcmp(argv[1], "snapshot") == 0);
    }
    printf("%.1f\n", now_ms() - begun_ms);
    work_end(&work);
    store_close(&store);
    return 0;
}
