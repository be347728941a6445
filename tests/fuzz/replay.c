/* Gives every file of a fuzz target's corpus to it, one after the other: fuzz_NAME [FOLDER], or
 * else tests/fuzz/corpus/NAME. Prints TAP. What fails ends the program: the last name on standard
 * error is the input. */
#include "fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sanitizer/common_interface_defs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* No corpus takes longer, on any machine. */
enum { LIMIT_S = 60 };

static void give(int folder_fd, const char *name)
{
    struct stat status;
    int fd = openat(folder_fd, name, O_RDONLY | O_CLOEXEC);
    REQUIRE(fd >= 0 && fstat(fd, &status) == 0);
    size_t size = (size_t)status.st_size;
    /* Of its very size, so that reading on is seen. */
    uint8_t *data = malloc(size);
    REQUIRE(size == 0 || read(fd, data, size) == status.st_size);
    close(fd);
    fprintf(stderr, "%s\n", name);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
}

static int give_all(const char *path)
{
    int count = 0;
    const struct dirent *entry;
    DIR *folder = opendir(path);
    REQUIRE(folder != NULL);
    while ((entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] != '.') {
            give(dirfd(folder), entry->d_name);
            count++;
        }
    }
    closedir(folder);
    return count;
}

int main(int argc, char **argv)
{
    char path[PATH_MAX];
    const char *slash = strrchr(argv[0], '/');
    const char *name = (slash == NULL ? argv[0] : slash + 1) + strlen("fuzz_");
    snprintf(path, sizeof path, "tests/fuzz/corpus/%s", name);
    __sanitizer_set_death_callback(fuzz_remove_folder);
    alarm(LIMIT_S);
    printf("1..1\n");
    fflush(stdout);
    int count = give_all(argc > 1 ? argv[1] : path);
    REQUIRE(count > 0);
    printf("ok 1 - %s: %d inputs\n", name, count);
    return EXIT_SUCCESS;
}
