#include "replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "database.h"
#include "file.h"
#include "timestamp.h"

/* The database's folder and the names that play a part in it. */
struct place {
    int folder_fd;
    char file[NAME_MAX + 1];
    char unfinished[NAME_MAX + 16]; /* the new file until it is complete; one restore at a time */
    char aside[NAME_MAX + 1];
};

static int open_place(const struct database *database, struct place *place, struct error *error)
{
    char folder[PATH_MAX];
    char time[TIMESTAMP_SIZE];
    const char *slash = strrchr(database->path, '/');
    snprintf(folder, sizeof folder, "%.*s", (int)(slash + 1 - database->path), database->path);
    timestamp_format(timestamp_now_ms(), TIMESTAMP_FILENAME, time);
    snprintf(place->file, sizeof place->file, "%s", slash + 1);
    snprintf(place->unfinished, sizeof place->unfinished, ".%s.restoring", slash + 1);
    snprintf(place->aside, sizeof place->aside, "%.210s.damaged-%s", slash + 1, time);
    place->folder_fd = file_open(AT_FDCWD, folder, O_RDONLY | O_DIRECTORY, error);
    return place->folder_fd < 0 ? place->folder_fd : 0;
}

/* The new file belongs to whom the old one belonged to, or to whom the folder belongs to: the app
 * must be able to open it, whoever runs this program. */
static int take_owner(const struct place *place, int fd, struct error *error)
{
    struct stat owner;
    mode_t mode = 0660;
    if (fstatat(place->folder_fd, place->file, &owner, AT_SYMLINK_NOFOLLOW) == 0) {
        mode = owner.st_mode & 0777;
    } else if (fstat(place->folder_fd, &owner) != 0) {
        return error_system(error, errno, "Cannot look at the database's folder");
    }
    if (fchown(fd, owner.st_uid, owner.st_gid) != 0 && errno != EPERM) {
        return error_system(error, errno, "Cannot set the owner of the restored database");
    }
    if (fchmod(fd, mode) != 0) {
        return error_system(error, errno, "Cannot set the mode of the restored database");
    }
    return 0;
}

static int write_unfinished(const struct place *place, const struct work *work, const char *name,
                            struct error *error)
{
    int64_t size;
    int from_fd = file_open_regular(work->folder_fd, name, &size, error);
    if (from_fd < 0) {
        return from_fd;
    }
    unlinkat(place->folder_fd, place->unfinished, 0);
    int to_fd = file_open(place->folder_fd, place->unfinished, O_RDWR | O_CREAT | O_EXCL, error);
    int result =
        to_fd < 0 ? to_fd : file_copy(from_fd, to_fd, size, COPY_TO_KEEP, NULL, "restoring", error);
    if (result == 0) {
        result = take_owner(place, to_fd, error);
    }
    if (result == 0) {
        result = file_sync(to_fd, "the restored database", error);
    }
    file_close(to_fd);
    file_close(from_fd);
    return result;
}

/* Moves the companions of the old database aside; *moved becomes true if there was one. */
static int move_companions(const struct place *place, bool *moved, struct error *error)
{
    static const char *const endings[] = {"-wal", "-shm", "-journal"};
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        char from[NAME_MAX + 16];
        char to[NAME_MAX + 16];
        snprintf(from, sizeof from, "%s%s", place->file, endings[i]);
        snprintf(to, sizeof to, "%s%s", place->aside, endings[i]);
        if (renameat(place->folder_fd, from, place->folder_fd, to) == 0) {
            *moved = true;
        } else if (errno != ENOENT) {
            return error_system(error, errno, "Cannot move %s aside", from);
        }
    }
    return 0;
}

/* Gives the old file its second name first, so that the database's own name is never missing. */
static int keep_aside(const struct place *place, char kept_aside[NAME_MAX + 1], struct error *error)
{
    bool moved = false;
    int result = move_companions(place, &moved, error);
    if (result < 0) {
        return result;
    }
    if (linkat(place->folder_fd, place->file, place->folder_fd, place->aside, 0) == 0) {
        moved = true;
    } else if (errno != ENOENT) {
        return error_system(error, errno, "Cannot keep the damaged database aside");
    }
    snprintf(kept_aside, NAME_MAX + 1, "%s", moved ? place->aside : "");
    return 0;
}

int replace_database(const struct database *database, const struct work *work, const char *name,
                     char kept_aside[NAME_MAX + 1], struct error *error)
{
    struct place place;
    int result = open_place(database, &place, error);
    if (result < 0) {
        return result;
    }
    result = write_unfinished(&place, work, name, error);
    if (result == 0) {
        result = keep_aside(&place, kept_aside, error);
    }
    if (result == 0 &&
        renameat(place.folder_fd, place.unfinished, place.folder_fd, place.file) != 0) {
        result = error_system(error, errno, "Cannot put the restored database in its place");
    }
    if (result < 0) {
        unlinkat(place.folder_fd, place.unfinished, 0);
    } else {
        result = file_sync(place.folder_fd, "the database's folder", error);
    }
    file_close(place.folder_fd);
    return result;
}

bool replace_wants_wal(const struct database *database)
{
    struct error ignored;
    struct database_header header;
    int64_t size;
    int fd = file_open_regular(AT_FDCWD, database->path, &size, &ignored);
    if (fd < 0) {
        return true;
    }
    int result = database_read_header(fd, size, database->name, &header, &ignored);
    file_close(fd);
    return result == ERR_UNUSABLE || header.wal;
}
