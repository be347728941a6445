#include "replica_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "text.h"

enum { PATH_SIZE = PATH_MAX + LAYOUT_PATH_SIZE, PIECE_SIZE = 64 << 10 };

static void join(const struct litestream_replica *config, const char *path, char out[PATH_SIZE])
{
    snprintf(out, PATH_SIZE, "%s/%s", config->path, path);
}

/* --- listing -------------------------------------------------------------------------------- */

/* What is half written has another name (.tmp) until it is whole. */
static bool describe(DIR *folder, const char *name, const struct replica_listing *listing,
                     struct replica_object *object)
{
    struct stat status;
    *object = (struct replica_object){0};
    if (name[0] == '.' || !text_append(object->name, sizeof object->name, name) ||
        strcmp(name, listing->after) <= 0 ||
        fstatat(dirfd(folder), name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
        return false;
    }
    if (listing->folders) {
        return S_ISDIR(status.st_mode);
    }
    object->size = status.st_size;
    /* Rounded up: it was not there before. */
    object->modified_ms =
        (int64_t)status.st_mtim.tv_sec * 1000 + (status.st_mtim.tv_nsec + 999999) / 1000000;
    return S_ISREG(status.st_mode);
}

static void list_file(DIR *folder, const struct replica_listing *listing)
{
    struct replica_object object;
    if (describe(folder, listing->only, listing, &object)) {
        (void)listing->visit(listing->context, &object);
    }
}

static void list_all(DIR *folder, const struct replica_listing *listing)
{
    struct replica_object object;
    const struct dirent *entry;
    bool more = true;
    while (more && (entry = readdir(folder)) != NULL) {
        if (describe(folder, entry->d_name, listing, &object)) {
            more = listing->visit(listing->context, &object);
        }
    }
}

static int list_one(const struct litestream_replica *config, const struct replica_listing *listing,
                    struct error *error)
{
    char path[PATH_SIZE];
    join(config, listing->folder, path);
    DIR *folder = opendir(path);
    if (folder == NULL && errno == ENOENT) {
        return 0;
    }
    if (folder == NULL) {
        return error_set(error, ERR_UNAVAILABLE, "The replica's folder %s cannot be read: %s.",
                         path, strerror(errno));
    }
    if (listing->only != NULL) {
        list_file(folder, listing);
    } else {
        list_all(folder, listing);
    }
    closedir(folder);
    return 0;
}

int replica_folder_list(const struct litestream_replica *config, struct replica_listing *listings,
                        size_t count, struct error *error)
{
    if (access(config->path, R_OK | X_OK) != 0) {
        return error_set(error, ERR_UNAVAILABLE, "The replica's folder %s cannot be read: %s.",
                         config->path, strerror(errno));
    }
    int result = 0;
    for (size_t i = 0; result == 0 && i < count; i++) {
        result = list_one(config, &listings[i], error);
    }
    return result;
}

/* --- reading -------------------------------------------------------------------------------- */

static int pump(int fd, const struct replica_reading *reading, struct error *error)
{
    char piece[PIECE_SIZE];
    ssize_t got;
    while ((got = read(fd, piece, sizeof piece)) > 0) {
        if (reading->receive(reading->context, piece, (size_t)got) < 0) {
            return error_set(error, ERR_IO, "%s was not taken.", reading->path);
        }
    }
    return got == 0 ? 0 : error_system(error, errno, "Cannot read %s", reading->path);
}

static int read_one(const struct litestream_replica *config, const struct replica_reading *reading,
                    struct error *error)
{
    char path[PATH_SIZE];
    int64_t size;
    join(config, reading->path, path);
    int fd = file_open_regular(AT_FDCWD, path, &size, error);
    if (fd < 0) {
        return fd;
    }
    int result = pump(fd, reading, error);
    file_close(fd);
    return result;
}

int replica_folder_read(const struct litestream_replica *config, struct replica_reading *readings,
                        size_t count, struct error *error)
{
    int result = 0;
    for (size_t i = 0; result == 0 && i < count; i++) {
        result = read_one(config, &readings[i], error);
    }
    return result;
}
