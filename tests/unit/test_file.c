#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "database.h"
#include "file.h"

static char folder[64];
static int folder_fd = -1;
static struct error error;

static int set_up(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/test_file.XXXXXX");
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    folder_fd = open(folder, O_RDONLY | O_DIRECTORY);
    return folder_fd < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    close(folder_fd);
    file_remove_folder(AT_FDCWD, folder);
    return access(folder, F_OK) == 0 ? -1 : 0;
}

static void never_follows_a_link(void **state)
{
    (void)state;
    assert_int_equal(symlinkat("/etc/passwd", folder_fd, "link"), 0);
    assert_true(file_open(folder_fd, "link", O_RDONLY, &error) < 0);
    assert_true(file_open(folder_fd, "link", O_WRONLY | O_CREAT, &error) < 0);
}

static void publishing_never_overwrites(void **state)
{
    char *data = NULL;
    (void)state;
    assert_int_equal(file_write(folder_fd, "new", "new", 3, &error), 0);
    assert_int_equal(file_write(folder_fd, "old", "old", 3, &error), 0);
    assert_int_equal(file_publish(folder_fd, "new", folder_fd, "old", &error), ERR_CONFLICT);
    assert_int_equal(file_read(folder_fd, "old", 10, &data, &error), 0);
    assert_string_equal(data, "old");
    free(data);
    assert_int_equal(file_publish(folder_fd, "new", folder_fd, "newer", &error), 0);
    assert_false(file_exists(folder_fd, "new"));
}

static void reads_no_more_than_the_limit(void **state)
{
    char *data = NULL;
    (void)state;
    assert_int_equal(file_write(folder_fd, "x", "12345", 5, &error), 0);
    assert_int_equal(file_read(folder_fd, "x", 4, &data, &error), ERR_TOO_LARGE);
    assert_int_equal(file_read(folder_fd, "x", 5, &data, &error), 0);
    assert_string_equal(data, "12345");
    free(data);
}

/* Fills a file of SIZE bytes with a pattern that shows where a byte belongs. */
static int make_pattern(const char *name, size_t size)
{
    int fd = openat(folder_fd, name, O_RDWR | O_CREAT | O_EXCL, 0600);
    unsigned char piece[4096];
    for (size_t done = 0; done < size; done += sizeof piece) {
        for (size_t i = 0; i < sizeof piece; i++) {
            piece[i] = (unsigned char)((done + i) * 31 + (done >> 12));
        }
        assert_int_equal(write(fd, piece, sizeof piece), sizeof piece);
    }
    return fd;
}

static bool is_same(int left_fd, int right_fd, off_t size)
{
    char left[4096];
    char right[4096];
    for (off_t at = 0; at < size; at += (off_t)sizeof left) {
        ssize_t got = pread(left_fd, left, sizeof left, at);
        if (got <= 0 || pread(right_fd, right, sizeof right, at) != got ||
            memcmp(left, right, (size_t)got) != 0) {
            return false;
        }
    }
    struct stat status;
    return fstat(right_fd, &status) == 0 && status.st_size == size;
}

static void copies_within_a_file_system(void **state)
{
    enum { SIZE = 40 << 20 };
    (void)state;
    int from_fd = make_pattern("from", SIZE);
    int to_fd = file_open(folder_fd, "to", O_RDWR | O_CREAT | O_EXCL, &error);
    assert_int_equal(file_copy(from_fd, to_fd, SIZE, NULL, "copying", &error), 0);
    assert_true(is_same(from_fd, to_fd, SIZE));
    close(from_fd);
    close(to_fd);
}

static void copies_between_file_systems(void **state)
{
    enum { SIZE = 40 << 20 };
    char shared[] = "/dev/shm/test_file.XXXXXX";
    (void)state;
    int from_fd = make_pattern("from", SIZE);
    int to_fd = mkstemp(shared);
    struct stat here;
    struct stat there;
    if (to_fd < 0 || fstat(folder_fd, &here) != 0 || fstat(to_fd, &there) != 0 ||
        here.st_dev == there.st_dev) {
        print_message("/dev/shm is no other file system here\n");
        skip();
    }
    assert_int_equal(file_copy(from_fd, to_fd, SIZE, NULL, "copying", &error), 0);
    assert_true(is_same(from_fd, to_fd, SIZE));
    unlink(shared);
    close(from_fd);
    close(to_fd);
}

static void tells_when_there_is_no_room(void **state)
{
    (void)state;
    assert_int_equal(file_check_room(folder_fd, 1, "a byte", &error), 0);
    assert_int_equal(file_check_room(folder_fd, INT64_MAX / 2, "the moon", &error), ERR_NO_ROOM);
    assert_non_null(strstr(error.detail, "the moon"));
}

static int read_header(const void *bytes, size_t size, struct database_header *header)
{
    unlinkat(folder_fd, "h", 0);
    assert_int_equal(file_write(folder_fd, "h", bytes, size, &error), 0);
    int fd = openat(folder_fd, "h", O_RDONLY);
    int result = database_header_read(fd, (int64_t)size, "h", header, &error);
    close(fd);
    return result;
}

static void reads_the_header_of_a_database(void **state)
{
    unsigned char bytes[8192] = "SQLite format 3";
    struct database_header header;
    (void)state;
    bytes[16] = 0x10; /* pages of 4096 bytes */
    bytes[18] = bytes[19] = 2;
    bytes[31] = 2;
    assert_int_equal(read_header(bytes, sizeof bytes, &header), 0);
    assert_int_equal(header.page_size, 4096);
    assert_int_equal(header.page_count, 2);
    assert_true(header.wal);
    assert_int_equal(read_header(bytes, 4096, &header), ERR_DAMAGED);
    assert_int_equal(read_header(bytes, 99, &header), ERR_UNUSABLE);
    assert_int_equal(read_header("", 0, &header), ERR_UNUSABLE);
    bytes[16] = 0x30;
    assert_int_equal(read_header(bytes, sizeof bytes, &header), ERR_UNUSABLE);
    bytes[16] = 0;
    bytes[17] = 1; /* which stands for 65536 */
    bytes[31] = 0;
    assert_int_equal(read_header(bytes, sizeof bytes, &header), 0);
    assert_int_equal(header.page_size, 65536);
    bytes[0] = 's';
    assert_int_equal(read_header(bytes, sizeof bytes, &header), ERR_UNUSABLE);
}

int main(void)
{
#define FILE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        FILE_TEST(never_follows_a_link),           FILE_TEST(publishing_never_overwrites),
        FILE_TEST(reads_no_more_than_the_limit),   FILE_TEST(copies_within_a_file_system),
        FILE_TEST(copies_between_file_systems),    FILE_TEST(tells_when_there_is_no_room),
        FILE_TEST(reads_the_header_of_a_database),
    };
    return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
