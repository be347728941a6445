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

/* The parts of a database besides its file. */
static const char *const companions[] = {"-wal", "-shm", "-journal"};
enum { COMPANION_COUNT = sizeof companions / sizeof companions[0] };

enum { ASIDE_TRIES = 1000, NAME_SIZE = NAME_MAX + 16 };

/* The database's folder and the names that play a part in it. */
struct place {
    int folder_fd;
    char file[NAME_MAX + 1];
    char unfinished[NAME_SIZE]; /* the new file until it is complete; one restore at a time */
    char aside[NAME_SIZE];
    struct stat owner; /* of the old file, or of the folder: whose the new file is to be */
    mode_t mode;
};

/* What was kept of the old database: its file and its companions, each as it was then. */
struct kept {
    bool any;
    struct stat companions[COMPANION_COUNT];
    bool has_companion[COMPANION_COUNT];
};

static void name_companion(const char *file, const char *companion, char out[NAME_SIZE + 16])
{
    snprintf(out, NAME_SIZE + 16, "%s%s", file, companion);
}

static bool is_aside_taken(const struct place *place)
{
    bool taken = file_exists(place->folder_fd, place->aside);
    for (int i = 0; i < COMPANION_COUNT; i++) {
        char name[NAME_SIZE + 16];
        name_companion(place->aside, companions[i], name);
        taken = taken || file_exists(place->folder_fd, name);
    }
    return taken;
}

/* Finds a name to keep things under that nothing has yet. */
static int choose_aside(struct place *place, struct error *error)
{
    char time[TIMESTAMP_SIZE];
    timestamp_format(timestamp_now_ms(), TIMESTAMP_FILENAME, time);
    snprintf(place->aside, NAME_SIZE, "%.200s.damaged-%s", place->file, time);
    for (int number = 2; is_aside_taken(place); number++) {
        if (number > ASIDE_TRIES) {
            return error_set(error, ERR_CONFLICT, "There are too many files %s.", place->aside);
        }
        snprintf(place->aside, NAME_SIZE, "%.200s.damaged-%s-%d", place->file, time, number);
    }
    return 0;
}

/* The app must be able to open a new file, whoever runs this program. */
static int find_owner(struct place *place, struct error *error)
{
    if (fstatat(place->folder_fd, place->file, &place->owner, AT_SYMLINK_NOFOLLOW) == 0) {
        place->mode = place->owner.st_mode & 0777;
        return 0;
    }
    place->mode = 0660;
    return errno == ENOENT && fstat(place->folder_fd, &place->owner) == 0
               ? 0
               : error_system(error, errno, "Cannot find out whose the database is");
}

static int open_folder(const struct database *database, struct place *place, struct error *error)
{
    snprintf(place->file, sizeof place->file, "%s.db", database->name);
    snprintf(place->unfinished, sizeof place->unfinished, ".%s.restoring", place->file);
    place->folder_fd = file_open(AT_FDCWD, database->folder, O_RDONLY | O_DIRECTORY, error);
    return place->folder_fd < 0 ? place->folder_fd : 0;
}

void replace_remove_unfinished(const struct database *database)
{
    struct place place;
    struct error ignored;
    if (open_folder(database, &place, &ignored) == 0) {
        unlinkat(place.folder_fd, place.unfinished, 0);
        file_close(place.folder_fd);
    }
}

static int open_place(const struct database *database, struct place *place, struct error *error)
{
    int result = open_folder(database, place, error);
    if (result < 0) {
        return result;
    }
    result = choose_aside(place, error);
    if (result == 0) {
        result = find_owner(place, error);
    }
    if (result < 0) {
        file_close(place->folder_fd);
    }
    return result;
}

/* Copies a file under a new name, durably. */
static int copy_file(int from_fd, const char *from, int to_fd, const char *to, struct error *error)
{
    int64_t size;
    int source_fd = file_open_regular(from_fd, from, &size, error);
    if (source_fd < 0) {
        return source_fd;
    }
    int copy_fd = file_open(to_fd, to, O_RDWR | O_CREAT | O_EXCL, error);
    int result =
        copy_fd < 0 ? copy_fd : file_copy(source_fd, copy_fd, size, NULL, "copying", error);
    if (result == 0) {
        result = file_sync(copy_fd, to, error);
    }
    file_close(copy_fd);
    file_close(source_fd);
    return result;
}

/* --- keeping ------------------------------------------------------------------------------- */

static int copy_both(const struct place *place, const struct work *work, const char *name,
                     struct error *error)
{
    char from_wal[NAME_SIZE + 16];
    char to_wal[NAME_SIZE + 16];
    name_companion(name, "-wal", from_wal);
    name_companion(place->aside, "-wal", to_wal);
    bool has_wal = false;
    int result = copy_file(work->folder_fd, name, place->folder_fd, place->aside, error);
    if (result == 0) {
        result = file_look_for(work->folder_fd, from_wal, &has_wal, error);
    }
    if (result == 0 && has_wal) {
        result = copy_file(work->folder_fd, from_wal, place->folder_fd, to_wal, error);
    }
    if (result == 0) {
        result = file_sync(place->folder_fd, "the database's folder", error);
    }
    if (result < 0) {
        unlinkat(place->folder_fd, place->aside, 0);
        unlinkat(place->folder_fd, to_wal, 0);
    }
    return result;
}

int replace_keep_copy(const struct database *database, const struct work *work, const char *name,
                      char kept_aside[NAME_MAX + 1], struct error *error)
{
    struct place place;
    int result = open_place(database, &place, error);
    if (result < 0) {
        return result;
    }
    result = copy_both(&place, work, name, error);
    snprintf(kept_aside, NAME_MAX + 1, "%.*s", NAME_MAX, result < 0 ? "" : place.aside);
    file_close(place.folder_fd);
    return result;
}

/* Gives a file that is there a second name; where the file system has no links, a copy has it. */
static int keep_one(const struct place *place, const char *from, const char *to, bool *ret_there,
                    struct stat *ret_status, struct error *error)
{
    *ret_there = fstatat(place->folder_fd, from, ret_status, AT_SYMLINK_NOFOLLOW) == 0;
    if (!*ret_there) {
        return errno == ENOENT ? 0 : error_system(error, errno, "Cannot look at %s", from);
    }
    if (linkat(place->folder_fd, from, place->folder_fd, to, 0) == 0) {
        return 0;
    }
    return copy_file(place->folder_fd, from, place->folder_fd, to, error);
}

/* Keeps the database and its companions, all of them, before anything of them goes. */
static int keep_all(const struct place *place, struct kept *kept, struct error *error)
{
    struct stat status;
    *kept = (struct kept){0};
    int result = keep_one(place, place->file, place->aside, &kept->any, &status, error);
    for (int i = 0; result == 0 && i < COMPANION_COUNT; i++) {
        char from[NAME_SIZE + 16];
        char to[NAME_SIZE + 16];
        name_companion(place->file, companions[i], from);
        name_companion(place->aside, companions[i], to);
        result = keep_one(place, from, to, &kept->has_companion[i], &kept->companions[i], error);
        kept->any = kept->any || kept->has_companion[i];
    }
    return result == 0 ? file_sync(place->folder_fd, "the database's folder", error) : result;
}

/* Removes the old companions: those that were kept, and not what an app has made since. */
static int unlink_companions(const struct place *place, const struct kept *kept,
                             struct error *error)
{
    for (int i = 0; i < COMPANION_COUNT; i++) {
        char name[NAME_SIZE + 16];
        struct stat now;
        name_companion(place->file, companions[i], name);
        if (!kept->has_companion[i]) {
            continue;
        }
        bool is_there = fstatat(place->folder_fd, name, &now, AT_SYMLINK_NOFOLLOW) == 0;
        if ((!is_there && errno != ENOENT) ||
            (is_there && now.st_ino == kept->companions[i].st_ino &&
             unlinkat(place->folder_fd, name, 0) != 0)) {
            return error_system(error, errno, "Cannot remove the old %s", name);
        }
    }
    return 0;
}

/* --- replacing ----------------------------------------------------------------------------- */

static int take_owner(const struct place *place, int fd, struct error *error)
{
    if (fchown(fd, place->owner.st_uid, place->owner.st_gid) != 0 && errno != EPERM) {
        return error_system(error, errno, "Cannot set the owner of the restored database");
    }
    if (fchmod(fd, place->mode) != 0) {
        return error_system(error, errno, "Cannot set the mode of the restored database");
    }
    return 0;
}

static int write_unfinished(const struct place *place, const struct work *work, const char *name,
                            struct error *error)
{
    int result = copy_file(work->folder_fd, name, place->folder_fd, place->unfinished, error);
    int fd = result < 0 ? result : file_open(place->folder_fd, place->unfinished, O_RDWR, error);
    if (fd < 0) {
        return fd;
    }
    result = take_owner(place, fd, error);
    if (result == 0) {
        result = file_sync(fd, "the restored database", error);
    }
    file_close(fd);
    return result;
}

/* The one atomic step; where the database was missing, one that an app has made since wins. */
static int put_in_place(const struct place *place, bool was_missing, struct error *error)
{
    if (was_missing) {
        return file_publish(place->folder_fd, place->unfinished, place->folder_fd, place->file,
                            error);
    }
    if (renameat(place->folder_fd, place->unfinished, place->folder_fd, place->file) != 0) {
        return error_system(error, errno, "Cannot put the restored database in its place");
    }
    return 0;
}

static int replace_in(const struct place *place, const struct work *work, const char *name,
                      bool was_missing, struct kept *kept, struct error *error)
{
    int result = write_unfinished(place, work, name, error);
    if (result == 0) {
        result = keep_all(place, kept, error);
    }
    if (result == 0) {
        /* No transaction can begin on the old file, with them or without. */
        result = unlink_companions(place, kept, error);
    }
    if (result == 0) {
        /* Else a power loss could keep the new file and bring the old -wal back to it. */
        result = file_sync(place->folder_fd, "the database's folder", error);
    }
    if (result == 0) {
        result = put_in_place(place, was_missing, error);
    }
    if (result < 0) {
        unlinkat(place->folder_fd, place->unfinished, 0);
        return result;
    }
    return file_sync(place->folder_fd, "the database's folder", error);
}

int replace_database(const struct database *database, const struct work *work, const char *name,
                     bool was_missing, char kept_aside[NAME_MAX + 1], struct error *error)
{
    struct place place;
    struct kept kept = {0};
    int result = open_place(database, &place, error);
    if (result < 0) {
        return result;
    }
    result = replace_in(&place, work, name, was_missing, &kept, error);
    snprintf(kept_aside, NAME_MAX + 1, "%.*s", NAME_MAX, kept.any ? place.aside : "");
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
    int result = database_header_read(fd, size, database->name, &header, &ignored);
    file_close(fd);
    return result == ERR_UNUSABLE || header.wal;
}
