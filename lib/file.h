/* Files and folders: the one way to open them, and the steps that make a file appear whole.
 *
 * Every path is a single name relative to a folder's descriptor; symbolic links are never followed;
 * every descriptor closes on exec. */
#ifndef FILE_H
#define FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "error.h"
#include "progress.h"

/* What a backup and its manifest may be read by: the owner and the group (nginx may be in it). */
enum { FILE_MODE = 0640, FOLDER_MODE = 0750 };

/* openat() with O_CLOEXEC | O_NOFOLLOW. FOLDER_FD may be AT_FDCWD, with a path that comes from the
 * settings and not from a request. Returns the descriptor (>= 0) or an error code. */
int file_open(int folder_fd, const char *name, int flags, struct error *error);

/* Opens a regular file for reading and tells its size. Anything else (a link, a folder, a pipe) is
 * ERR_NOT_FOUND. Returns the descriptor or an error code. */
int file_open_regular(int folder_fd, const char *name, int64_t *ret_size, struct error *error);

/* Opens the folder NAME, making it (durably) where it is missing. */
int file_open_folder(int folder_fd, const char *name, struct error *error);

/* close() that accepts -1 and keeps errno. */
void file_close(int fd);

/* Copies SIZE bytes, or up to the end if that comes first, from the beginning of FROM_FD to the
 * empty file TO_FD: as a reflink (FICLONE) where the file system has it, else by copy_file_range()
 * inside the kernel, else by sendfile(). ERR_NO_ROOM before a byte is written if they cannot fit.
 * Reports progress as PHASE. */
int file_copy(int from_fd, int to_fd, int64_t size, const struct progress *progress,
              const char *phase, struct error *error);

/* A file system: its size, and what whoever asks may still take of it. */
struct file_space {
    int64_t size;
    int64_t available;
};

/* Of the file system that FD lies on. ERR_IO. */
int file_space(int fd, struct file_space *space, struct error *error);

/* Checks that SIZE more bytes fit on FOLDER_FD's file system; WHAT is named in the error. */
int file_check_room(int folder_fd, int64_t size, const char *what, struct error *error);

/* fsync(); WHAT is named in the error. For folders too. */
int file_sync(int fd, const char *what, struct error *error);

/* Writes all of it; WHAT is named in the error. */
int file_write_all(int fd, const char *what, const char *data, size_t size, struct error *error);

/* Makes NAME in FOLDER_FD with exactly these bytes, on stable storage. It must not exist. */
int file_write(int folder_fd, const char *name, const char *data, size_t size, struct error *error);

/* Reads the whole file, which must not be larger than LIMIT, into a new NUL-terminated string. */
int file_read(int folder_fd, const char *name, size_t limit, char **ret_data, struct error *error);

/* The same, with its size: for a file that may have NULs in it. */
int file_read_bytes(int folder_fd, const char *name, size_t limit, char **ret_data,
                    size_t *ret_size, struct error *error);

/* Gives a file its final name in one atomic step that never overwrites: ERR_CONFLICT if the name is
 * taken. */
int file_publish(int from_fd, const char *from_name, int to_fd, const char *to_name,
                 struct error *error);

/* Takes the lock (flock) that is NAME's in FOLDER_FD, waiting up to WAIT_MS for whoever has it;
 * makes the file where it is missing. Returns a descriptor whose file_close(), or whose process'
 * end, releases the lock; or ERR_BUSY; or the error of opening the file. */
int file_lock(int folder_fd, const char *name, int64_t wait_ms, struct error *error);

/* Reads SIZE bytes at OFFSET, fewer only at the end of the file. Returns how many, or -1 with
 * errno. */
ssize_t file_read_at(int fd, void *data, size_t size, off_t offset);

/* flock(LOCK_EX | LOCK_NB): returns 0, or -1 with errno (EWOULDBLOCK: somebody else has it). */
int file_try_lock(int fd);

/* Finds out whether there is anything of this name. */
int file_look_for(int folder_fd, const char *name, bool *ret_is_there, struct error *error);

/* The same; true, too, if that cannot be found out. */
bool file_exists(int folder_fd, const char *name);

/* Whether the entry NAME of the folder FOLDER is spelt like this, upper and lower case too: where a
 * file system takes both for one, opening it does not tell. True if the folder cannot be read. */
bool file_is_spelt(int folder_fd, const char *folder, const char *name);

/* Calls VISIT with the name of every entry of the folder NAME, in no order, until it returns an
 * error code. Returns that, or the error of reading the folder, or 0. */
int file_each(int folder_fd, const char *name, int (*visit)(const char *entry, void *context),
              void *context, struct error *error);

/* Removes all that is in the folder NAME and the folder itself, as far as that is possible. */
void file_remove_folder(int folder_fd, const char *name);

#endif
