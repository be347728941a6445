/* Folders for unfinished work, .work/RANDOM in the store.
 *
 * Each is locked (flock) by the process that made it for as long as it lives, so a folder whose
 * lock is free was left behind by a killed one. Between making a folder and locking it there is a
 * moment: callers hold STORE_LOCK around work_begin() and work_remove_abandoned(). */
#ifndef WORK_H
#define WORK_H

#include <limits.h>

#include "error.h"

struct work {
    int parent_fd;
    int folder_fd;
    char name[32];
    char path[PATH_MAX]; /* for SQLite, which opens by path only */
};

#define WORK_CLOSED ((struct work){.parent_fd = -1, .folder_fd = -1})

/* Makes and locks a new folder under the store whose folder is STORE_FD, at STORE_PATH. */
int work_begin(int store_fd, const char *store_path, struct work *work, struct error *error);

/* Removes the folder and what is in it. Accepts WORK_CLOSED. */
void work_end(struct work *work);

/* Leaves the folder to the next work_remove_abandoned(). */
void work_abandon(struct work *work);

/* The path of the file NAME in the folder, for SQLite. */
enum { WORK_FILE_PATH_SIZE = PATH_MAX + 64 };
void work_file_path(const struct work *work, const char *name, char out[WORK_FILE_PATH_SIZE]);

/* Removes every folder whose process is gone, after WITHDRAW was called with the descriptors of the
 * store and the folder, and each name in it that ends in .json; where that returns an error code,
 * the folder stays. */
void work_remove_abandoned(int store_fd,
                           int (*withdraw)(int store_fd, int work_fd, const char *name));

#endif
