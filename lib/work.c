#include "work.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "text.h"

static const char work_folder[] = ".work";

static int open_and_lock(struct work *work, struct error *error)
{
    /* Nothing here has to survive a power loss, so nothing is synced. */
    if (mkdirat(work->parent_fd, work->name, FOLDER_MODE) != 0) {
        return error_system(error, errno, "Cannot make a folder for unfinished work");
    }
    work->folder_fd = file_open(work->parent_fd, work->name, O_RDONLY | O_DIRECTORY, error);
    if (work->folder_fd < 0) {
        return work->folder_fd;
    }
    if (file_try_lock(work->folder_fd) != 0) {
        return error_system(error, errno, "Cannot lock the folder for unfinished work");
    }
    return 0;
}

int work_begin(int store_fd, const char *store_path, struct work *work, struct error *error)
{
    *work = WORK_CLOSED;
    uint64_t random;
    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random) {
        return error_system(error, errno, "Cannot get a random name");
    }
    snprintf(work->name, sizeof work->name, "%016llx", (unsigned long long)random);
    int length =
        snprintf(work->path, sizeof work->path, "%s/%s/%s", store_path, work_folder, work->name);
    if (length >= (int)sizeof work->path) {
        return error_set(error, ERR_BAD_REQUEST, "The path of the backups folder is too long.");
    }
    work->parent_fd = file_open_folder(store_fd, work_folder, error);
    int result = work->parent_fd < 0 ? work->parent_fd : open_and_lock(work, error);
    if (result < 0) {
        work_end(work);
    }
    return result;
}

void work_abandon(struct work *work)
{
    file_close(work->folder_fd);
    file_close(work->parent_fd);
    *work = WORK_CLOSED;
}

void work_end(struct work *work)
{
    if (work->folder_fd >= 0) {
        file_remove_folder(work->parent_fd, work->name);
    }
    work_abandon(work);
}

void work_file_path(const struct work *work, const char *name, char out[WORK_FILE_PATH_SIZE])
{
    snprintf(out, WORK_FILE_PATH_SIZE, "%s/%s", work->path, name);
}

struct sweep {
    int store_fd, parent_fd, folder_fd;
    int (*withdraw)(int store_fd, int work_fd, const char *name);
};

static int withdraw_if_json(const char *name, void *context)
{
    const struct sweep *sweep = context;
    return text_ends_with(name, ".json") ? sweep->withdraw(sweep->store_fd, sweep->folder_fd, name)
                                         : 0;
}

/* Removes the folder NAME unless somebody holds its lock. */
static int remove_if_abandoned(const char *name, void *context)
{
    struct sweep *sweep = context;
    struct error ignored;
    sweep->folder_fd = file_open(sweep->parent_fd, name, O_RDONLY | O_DIRECTORY, &ignored);
    if (sweep->folder_fd >= 0 && file_try_lock(sweep->folder_fd) == 0 &&
        file_each(sweep->folder_fd, ".", withdraw_if_json, sweep, &ignored) == 0) {
        file_remove_folder(sweep->parent_fd, name);
    }
    file_close(sweep->folder_fd);
    return 0;
}

void work_remove_abandoned(int store_fd,
                           int (*withdraw)(int store_fd, int work_fd, const char *name))
{
    struct error ignored;
    struct sweep sweep = {.store_fd = store_fd, .withdraw = withdraw};
    sweep.parent_fd = file_open(store_fd, work_folder, O_RDONLY | O_DIRECTORY, &ignored);
    if (sweep.parent_fd >= 0) {
        (void)file_each(sweep.parent_fd, ".", remove_if_abandoned, &sweep, &ignored);
    }
    file_close(sweep.parent_fd);
}
