#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "manifest.h"
#include "text.h"
#include "timestamp.h"
#include "work.h"

/* STORE_LOCK is held for as long as it takes to rename and remove files. */
enum { LOCK_WAIT_MS = 30000 };

/* --- opening ------------------------------------------------------------------------------- */

/* Removes what killed programs left: their folders, and a manifest whose backup never came. */
static int clean_up(const struct store *store, struct error *error)
{
    int lock_fd = store_lock(store, STORE_LOCK, error);
    if (lock_fd < 0) {
        return lock_fd;
    }
    work_remove_abandoned(store->folder_fd, manifest_withdraw);
    file_close(lock_fd);
    return 0;
}

/* Said once, before anything is tried: what fails without it has less to say. */
static int require_writable(const struct store *store, struct error *error)
{
    if (faccessat(store->folder_fd, ".", W_OK | X_OK, AT_EACCESS) == 0) {
        return 0;
    }
    if (errno != EACCES && errno != EROFS) {
        return error_system(error, errno, "Cannot look at the backups folder %.300s", store->path);
    }
    return error_set(error, ERR_NO_ROOM,
                     "The backups folder %.300s cannot be written to: %s. Mount it for writing, or "
                     "give this program the right to write there.",
                     store->path, strerror(errno));
}

static int open_for_writing(struct store *store, const char *backup_dir, const char *subfolder,
                            struct error *error)
{
    store->folder_fd = file_open_folder(AT_FDCWD, backup_dir, error);
    if (store->folder_fd >= 0 && subfolder[0] != '\0') {
        int parent_fd = store->folder_fd;
        store->folder_fd = file_open_folder(parent_fd, subfolder, error);
        file_close(parent_fd);
    }
    if (store->folder_fd < 0) {
        return store->folder_fd;
    }
    int result = require_writable(store, error);
    return result < 0 ? result : clean_up(store, error);
}

/* A folder that is not there is an empty store; anything else in its place is not. */
static int open_for_reading(struct store *store, struct error *error)
{
    struct error reason;
    store->folder_fd = file_open(AT_FDCWD, store->path, O_RDONLY | O_DIRECTORY, &reason);
    if (store->folder_fd >= 0) {
        return 0;
    }
    if (store->folder_fd == ERR_NOT_FOUND && !file_exists(AT_FDCWD, store->path)) {
        return 0;
    }
    return error_set(error, ERR_IO, "The backups folder cannot be read. %s", reason.detail);
}

/* Where a file system takes upper and lower case for one, two databases would share a folder. */
static int refuse_shared(const char *backup_dir, const char *subfolder, struct error *error)
{
    if (subfolder[0] == '\0' || file_is_spelt(AT_FDCWD, backup_dir, subfolder)) {
        return 0;
    }
    return error_set(error, ERR_IO,
                     "The backups folder %.300s takes upper and lower case for one: the backups of "
                     "%s would lie among those of another database. Give one of the two another "
                     "name.",
                     backup_dir, subfolder);
}

int store_open(struct store *store, const char *backup_dir, const char *subfolder,
               enum store_purpose purpose, struct error *error)
{
    *store = STORE_CLOSED;
    int length = snprintf(store->path, sizeof store->path, "%s%s%s", backup_dir,
                          subfolder[0] == '\0' ? "" : "/", subfolder);
    if (length >= (int)sizeof store->path) {
        return error_set(error, ERR_BAD_REQUEST, "The path of the backups folder is too long.");
    }
    int result = purpose == STORE_READ ? open_for_reading(store, error)
                                       : open_for_writing(store, backup_dir, subfolder, error);
    if (result == 0 && store->folder_fd >= 0) {
        result = refuse_shared(backup_dir, subfolder, error);
    }
    if (result < 0) {
        store_close(store);
    }
    return result;
}

void store_close(struct store *store)
{
    if (store->folder_fd >= 0) {
        file_close(store->folder_fd);
    }
    store->folder_fd = -1;
}

/* --- reading ------------------------------------------------------------------------------- */

/* When the file was made: unlike its other times this one stays, whatever is done to the file.
 * Where the file system does not know it, the time of its last change has to do. */
static int64_t birth_ms(const struct statx *status)
{
    const struct statx_timestamp *time =
        status->stx_mask & STATX_BTIME ? &status->stx_btime : &status->stx_mtime;
    return time->tv_sec * 1000 + time->tv_nsec / 1000000;
}

/* Reads what is known of FILENAME; ERR_NOT_FOUND if there is no such regular file. */
static int look_at(const struct store *store, const char *filename, struct backup *backup,
                   struct error *error)
{
    struct statx status = {0};
    if (store->folder_fd >= 0 &&
        statx(store->folder_fd, filename, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_BTIME,
              &status) != 0 &&
        errno != ENOENT) {
        return error_set(error, ERR_IO, "Cannot look at %s: %s.", filename, strerror(errno));
    }
    if (!S_ISREG(status.stx_mode)) {
        return error_set(error, ERR_NOT_FOUND, "There is no backup %s.", filename);
    }
    /* FILENAME may be a part of *backup. */
    struct backup found = {.size = (int64_t)status.stx_size};
    memcpy(found.filename, filename, strlen(filename) + 1);
    int result = manifest_read(store->folder_fd, birth_ms(&status), &found, error);
    *backup = found;
    /* No manifest: perhaps both are just being removed, the file before its manifest. */
    return found.record != RECORD_NONE || file_exists(store->folder_fd, found.filename)
               ? result
               : error_set(error, ERR_NOT_FOUND, "There is no backup %s.", found.filename);
}

struct listing {
    const struct store *store;
    struct backup *items;
    size_t count, room;
    struct error *error;
};

/* Appends NAME to the listing, if it is a backup. */
static int append(const char *name, void *context)
{
    struct listing *listing = context;
    struct error ignored;
    if (filename_check(name, &ignored) < 0) {
        return 0;
    }
    if (listing->count == listing->room) {
        size_t room = listing->room == 0 ? 64 : listing->room * 2;
        struct backup *grown = realloc(listing->items, room * sizeof *grown);
        if (grown == NULL) {
            return error_memory(listing->error);
        }
        listing->items = grown;
        listing->room = room;
    }
    struct backup *item = &listing->items[listing->count];
    *item = (struct backup){0};
    int result = look_at(listing->store, name, item, listing->error);
    /* One manifest on a bad sector must not hide all other backups. */
    bool is_listed = result == 0 || (result == ERR_IO && item->record == RECORD_DAMAGED);
    listing->count += is_listed;
    return is_listed || result == ERR_NOT_FOUND ? 0 : result;
}

int store_list(const struct store *store, struct backup **ret_list, size_t *ret_count,
               struct error *error)
{
    struct listing listing = {.store = store, .error = error};
    *ret_list = NULL;
    *ret_count = 0;
    if (store->folder_fd < 0) {
        return 0;
    }
    int result = file_each(store->folder_fd, ".", append, &listing, error);
    if (result < 0) {
        free(listing.items);
        return result;
    }
    if (listing.count > 1) {
        qsort(listing.items, listing.count, sizeof *listing.items, backup_compare_newest_first);
    }
    *ret_list = listing.items;
    *ret_count = listing.count;
    return 0;
}

int store_get(const struct store *store, const char *filename, struct backup *backup,
              struct error *error)
{
    int result = filename_check(filename, error);
    return result < 0 ? result : look_at(store, filename, backup, error);
}

int store_get_again(const struct store *store, const struct backup *earlier, struct backup *backup,
                    struct error *error)
{
    int result = store_get(store, earlier->filename, backup, error);
    if (result == 0 && backup->created_ms != earlier->created_ms) {
        result = error_set(error, ERR_NOT_FOUND, "There is no backup %s any more, but another one.",
                           earlier->filename);
    }
    return result;
}

int store_open_backup(const struct store *store, const char *filename, int64_t *ret_size,
                      struct error *error)
{
    int result = filename_check(filename, error);
    if (result < 0) {
        return result;
    }
    if (store->folder_fd < 0) {
        return error_set(error, ERR_NOT_FOUND, "There is no backup %s.", filename);
    }
    return file_open_regular(store->folder_fd, filename, ret_size, error);
}

/* --- changing ------------------------------------------------------------------------------ */

int store_lock(const struct store *store, enum store_lock_name name, struct error *error)
{
    struct error reason;
    bool waits = name == STORE_LOCK;
    int fd = file_lock(store->folder_fd, waits ? ".lock" : ".restore.lock",
                       waits ? LOCK_WAIT_MS : 0, &reason);
    if (fd == ERR_BUSY) {
        return error_set(error, ERR_BUSY,
                         waits ? "The backups folder is locked by another program."
                               : "Another restore of this database is running.");
    }
    if (fd < 0) {
        return error_set(error, fd, "The backups folder %.300s cannot be written to. %.500s",
                         store->path, reason.detail);
    }
    return fd;
}

int store_record(const struct store *store, const struct backup *backup, struct error *error)
{
    struct work work;
    int result = work_begin(store->folder_fd, store->path, &work, error);
    if (result == 0) {
        result = manifest_replace(store->folder_fd, work.folder_fd, backup, error);
    }
    if (result == 0) {
        result = file_sync(store->folder_fd, "the backups folder", error);
    }
    work_end(&work);
    return result;
}

/* Leaves a link to the manifest in a folder for unfinished work, by which it is found if this
 * program is killed between the removal of the backup and that of the manifest. On a full disk
 * there is no room for that, and deleting must work there most of all. */
static void announce_removal(const struct store *store, const char *manifest, struct work *work)
{
    struct error ignored;
    if (work_begin(store->folder_fd, store->path, work, &ignored) == 0 &&
        linkat(store->folder_fd, manifest, work->folder_fd, manifest, 0) != 0) {
        work_end(work);
    }
}

int store_remove(const struct store *store, const struct backup *backup, struct error *error)
{
    char manifest[MANIFEST_NAME_SIZE];
    struct work work;
    int result = 0;
    manifest_name(backup->filename, manifest);
    announce_removal(store, manifest, &work);
    if (unlinkat(store->folder_fd, backup->filename, 0) != 0) {
        result = error_system(error, errno, "Cannot delete %s", backup->filename);
    } else if (unlinkat(store->folder_fd, manifest, 0) != 0 && errno != ENOENT) {
        /* Where it is announced, whoever writes here next removes it. */
        result = work.folder_fd < 0 ? error_system(error, errno, "Cannot delete %s", manifest) : 0;
        work_abandon(&work);
    }
    work_end(&work);
    return result == 0 ? file_sync(store->folder_fd, "the backups folder", error) : result;
}

int store_begin_work(const struct store *store, struct work *work, struct error *error)
{
    *work = WORK_CLOSED;
    /* The lock keeps work_remove_abandoned() away until the new folder has its own lock. */
    int lock_fd = store_lock(store, STORE_LOCK, error);
    if (lock_fd < 0) {
        return lock_fd;
    }
    int result = work_begin(store->folder_fd, store->path, work, error);
    file_close(lock_fd);
    return result;
}

/* What the names of one second are searched for. */
struct numbering {
    const struct backup *backup;
    unsigned highest;
};

static int note_number(const char *name, void *context)
{
    struct numbering *numbering = context;
    const struct backup *backup = numbering->backup;
    char filename[NAME_MAX + 1];
    enum backup_kind kind;
    int64_t second_ms;
    unsigned number;
    /* A manifest that waits for its backup has taken the name, too. */
    size_t length = strlen(name) - (text_ends_with(name, ".db.json") ? strlen(".json") : 0);
    snprintf(filename, sizeof filename, "%.*s", (int)length, name);
    if (filename_parse(filename, &kind, &second_ms, &number) && kind == backup->kind &&
        second_ms == backup->created_ms - backup->created_ms % 1000 &&
        number > numbering->highest) {
        numbering->highest = number;
    }
    return 0;
}

/* Chooses the name behind the last one of the backup's second: a gap that retention left is not
 * filled, so that within a second, too, the younger one has the higher number. Under the lock only
 * somebody who copies files by hand can take the name in between. */
static int choose_name(const struct store *store, struct backup *backup, struct error *error)
{
    struct numbering numbering = {.backup = backup};
    int result = file_each(store->folder_fd, ".", note_number, &numbering, error);
    if (result < 0) {
        return result;
    }
    filename_make(backup->kind, backup->created_ms, numbering.highest + 1, backup->filename);
    bool is_taken;
    result = file_look_for(store->folder_fd, backup->filename, &is_taken, error);
    return result == 0 && is_taken
               ? error_set(error, ERR_CONFLICT, "There is a file %s already.", backup->filename)
               : result;
}

static int publish_locked(const struct store *store, const struct work *work, const char *name,
                          struct backup *backup, struct error *error)
{
    int result = choose_name(store, backup, error);
    if (result == 0) {
        result = manifest_announce(store->folder_fd, work->folder_fd, backup, error);
    }
    if (result < 0) {
        return result;
    }
    result = file_publish(work->folder_fd, name, store->folder_fd, backup->filename, error);
    if (result < 0) {
        char manifest[MANIFEST_NAME_SIZE];
        manifest_name(backup->filename, manifest);
        (void)manifest_withdraw(store->folder_fd, work->folder_fd, manifest);
        return result;
    }
    result = file_sync(store->folder_fd, "the backups folder", error);
    if (result < 0) {
        /* Not promised, so it must not be there; the first error is the one to tell. */
        struct error ignored;
        (void)store_remove(store, backup, &ignored);
    }
    return result;
}

int store_publish(const struct store *store, const struct work *work, const char *name,
                  struct backup *backup, struct error *error)
{
    int lock_fd = store_lock(store, STORE_LOCK, error);
    if (lock_fd < 0) {
        return lock_fd;
    }
    backup->record = RECORD_READ;
    int result = publish_locked(store, work, name, backup, error);
    file_close(lock_fd);
    return result;
}
