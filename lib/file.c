#include "file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "timestamp.h"

/* A piece is what is copied between two reports of progress. */
enum { COPY_PIECE = 32 << 20 };

enum { LOCK_POLL_MS = 2 };

/* On network file systems a signal can interrupt it. */
static int open_uninterrupted(int folder_fd, const char *name, int flags)
{
    int fd;
    do {
        fd = openat(folder_fd, name, flags | O_CLOEXEC, FILE_MODE);
    } while (fd < 0 && errno == EINTR);
    return fd;
}

int file_open(int folder_fd, const char *name, int flags, struct error *error)
{
    int fd = open_uninterrupted(folder_fd, name, flags | O_NOFOLLOW);
    if (fd < 0) {
        return error_system(error, errno, "Cannot open %s", name);
    }
    return fd;
}

void file_close(int fd)
{
    int saved = errno;
    if (fd >= 0) {
        close(fd);
    }
    errno = saved;
}

int file_open_regular(int folder_fd, const char *name, int64_t *ret_size, struct error *error)
{
    /* O_NONBLOCK: opening a pipe that somebody put there must not wait for its other end. */
    int fd = open_uninterrupted(folder_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 && errno == EACCES) {
        return error_set(error, ERR_IO, "There is no right to read %s.", name);
    }
    if (fd < 0 && errno != ENOENT && errno != ELOOP) {
        return error_system(error, errno, "Cannot open %s", name);
    }
    struct stat status = {0};
    if (fd >= 0 && fstat(fd, &status) != 0) {
        int result = error_system(error, errno, "Cannot look at %s", name);
        file_close(fd);
        return result;
    }
    if (fd < 0 || !S_ISREG(status.st_mode)) {
        file_close(fd);
        return error_set(error, ERR_NOT_FOUND, "There is no file %s.", name);
    }
    *ret_size = status.st_size;
    return fd;
}

/* The new folder's own name must survive a power loss too. */
static int sync_parent(int folder_fd, const char *name, struct error *error)
{
    int parent_fd = open_uninterrupted(folder_fd, "..", O_RDONLY | O_DIRECTORY);
    if (parent_fd < 0) {
        return error_system(error, errno, "Cannot open the folder above %s", name);
    }
    int result = file_sync(parent_fd, "a new folder", error);
    file_close(parent_fd);
    return result;
}

int file_open_folder(int folder_fd, const char *name, struct error *error)
{
    bool made = mkdirat(folder_fd, name, FOLDER_MODE) == 0;
    if (!made && errno != EEXIST) {
        return error_system(error, errno, "Cannot make the folder %s", name);
    }
    int fd = file_open(folder_fd, name, O_RDONLY | O_DIRECTORY, error);
    if (fd >= 0 && made) {
        int result = sync_parent(fd, name, error);
        if (result < 0) {
            file_close(fd);
            return result;
        }
    }
    return fd;
}

int file_space(int fd, struct file_space *space, struct error *error)
{
    struct statvfs status;
    if (fstatvfs(fd, &status) != 0) {
        return error_system(error, errno, "Cannot ask for the free space");
    }
    space->size = (int64_t)status.f_blocks * (int64_t)status.f_frsize;
    space->available = (int64_t)status.f_bavail * (int64_t)status.f_frsize;
    return 0;
}

int file_check_room(int folder_fd, int64_t size, const char *what, struct error *error)
{
    struct file_space space = {0};
    int result = file_space(folder_fd, &space, error);
    if (result < 0 || size <= space.available) {
        return result;
    }
    return error_set(error, ERR_NO_ROOM,
                     "There is no room for %s: it needs %lld MB and %lld MB are free. Delete old "
                     "backups or make the volume larger.",
                     what, (long long)(size >> 20) + 1, (long long)(space.available >> 20));
}

/* Whether copy_file_range() failed because these two files do not go together (different file
 * systems, an old kernel), so that sendfile() should be tried. */
static bool is_unsupported(int errnum)
{
    return errnum == EXDEV || errnum == EINVAL || errnum == ENOSYS || errnum == EOPNOTSUPP;
}

/* Copies one piece at OFFSET in both files; returns the bytes copied, 0 at the end of FROM_FD. */
static ssize_t copy_piece(int from_fd, int to_fd, off_t offset, size_t size)
{
    off_t from = offset;
    off_t to = offset;
    ssize_t copied = copy_file_range(from_fd, &from, to_fd, &to, size, 0);
    if (copied >= 0 || !is_unsupported(errno)) {
        return copied;
    }
    if (lseek(to_fd, offset, SEEK_SET) < 0) {
        return -1;
    }
    from = offset;
    return sendfile(to_fd, from_fd, &from, size);
}

int file_copy(int from_fd, int to_fd, int64_t size, const struct progress *progress,
              const char *phase, struct error *error)
{
    if (size > 0 && ioctl(to_fd, FICLONE, from_fd) == 0) {
        progress_report(progress, phase, (uint64_t)size, (uint64_t)size);
        return 0;
    }
    int result = file_check_room(to_fd, size, "the copy", error);
    int64_t done = 0;
    while (result == 0 && done < size) {
        int64_t rest = size - done;
        ssize_t copied =
            copy_piece(from_fd, to_fd, done, rest < COPY_PIECE ? (size_t)rest : COPY_PIECE);
        if (copied < 0 && errno == EINTR) {
            continue;
        }
        if (copied < 0) {
            return error_system(error, errno, "Cannot copy the database");
        }
        if (copied == 0) {
            break;
        }
        done += copied;
        progress_report(progress, phase, (uint64_t)done, (uint64_t)size);
    }
    return result;
}

int file_sync(int fd, const char *what, struct error *error)
{
    while (fsync(fd) != 0) {
        if (errno != EINTR) {
            return error_system(error, errno, "Cannot write %s to the disk", what);
        }
    }
    return 0;
}

int file_write_all(int fd, const char *what, const char *data, size_t size, struct error *error)
{
    while (size > 0) {
        ssize_t written = write(fd, data, size);
        if (written < 0 && errno != EINTR) {
            return error_system(error, errno, "Cannot write %s", what);
        }
        if (written > 0) {
            data += written;
            size -= (size_t)written;
        }
    }
    return 0;
}

int file_write(int folder_fd, const char *name, const char *data, size_t size, struct error *error)
{
    int fd = file_open(folder_fd, name, O_WRONLY | O_CREAT | O_EXCL, error);
    if (fd < 0) {
        return fd;
    }
    int result = file_write_all(fd, name, data, size, error);
    if (result == 0) {
        result = file_sync(fd, name, error);
    }
    file_close(fd);
    if (result < 0) {
        unlinkat(folder_fd, name, 0);
    }
    return result;
}

int file_try_lock(int fd)
{
    int failed;
    do {
        failed = flock(fd, LOCK_EX | LOCK_NB);
    } while (failed != 0 && errno == EINTR);
    return failed;
}

ssize_t file_read_at(int fd, void *data, size_t size, off_t offset)
{
    size_t end = 0;
    while (end < size) {
        ssize_t got = pread(fd, (char *)data + end, size - end, offset + (off_t)end);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return -1;
        }
        if (got == 0) {
            break;
        }
        end += (size_t)got;
    }
    return (ssize_t)end;
}

int file_read(int folder_fd, const char *name, size_t limit, char **ret_data, struct error *error)
{
    size_t ignored;
    return file_read_bytes(folder_fd, name, limit, ret_data, &ignored, error);
}

int file_read_bytes(int folder_fd, const char *name, size_t limit, char **ret_data,
                    size_t *ret_size, struct error *error)
{
    int64_t size = 0;
    int fd = file_open_regular(folder_fd, name, &size, error);
    if (fd < 0) {
        return fd;
    }
    if (size > (int64_t)limit) {
        file_close(fd);
        return error_set(error, ERR_TOO_LARGE, "%s is larger than %zu bytes.", name, limit);
    }
    char *data = malloc((size_t)size + 1);
    ssize_t got = data == NULL ? -1 : file_read_at(fd, data, (size_t)size, 0);
    file_close(fd);
    if (got < 0) {
        free(data);
        return error_system(error, errno, "Cannot read %s", name);
    }
    data[got] = '\0';
    *ret_data = data;
    *ret_size = (size_t)got;
    return 0;
}

int file_publish(int from_fd, const char *from_name, int to_fd, const char *to_name,
                 struct error *error)
{
    if (renameat2(from_fd, from_name, to_fd, to_name, RENAME_NOREPLACE) == 0) {
        return 0;
    }
    /* Some network file systems lack RENAME_NOREPLACE; a link does not overwrite either. */
    if ((errno == EINVAL || errno == ENOSYS) &&
        linkat(from_fd, from_name, to_fd, to_name, 0) == 0) {
        unlinkat(from_fd, from_name, 0);
        return 0;
    }
    return error_system(error, errno, "Cannot publish %s", to_name);
}

int file_lock(int folder_fd, const char *name, int64_t wait_ms, struct error *error)
{
    const struct timespec pause = {.tv_nsec = LOCK_POLL_MS * 1000000L};
    int64_t deadline_ms = timestamp_monotonic_ms() + wait_ms;
    int fd = file_open(folder_fd, name, O_RDONLY | O_CREAT, error);
    while (fd >= 0 && file_try_lock(fd) != 0) {
        if (errno != EWOULDBLOCK) {
            int result = error_system(error, errno, "Cannot lock %s", name);
            file_close(fd);
            return result;
        }
        if (timestamp_monotonic_ms() >= deadline_ms) {
            file_close(fd);
            return error_set(error, ERR_BUSY, "%s is locked by another program.", name);
        }
        nanosleep(&pause, NULL);
    }
    return fd;
}

int file_look_for(int folder_fd, const char *name, bool *ret_is_there, struct error *error)
{
    *ret_is_there = faccessat(folder_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
    return *ret_is_there || errno == ENOENT || errno == ENOTDIR
               ? 0
               : error_set(error, ERR_IO, "Cannot look for %s: %s.", name, strerror(errno));
}

bool file_exists(int folder_fd, const char *name)
{
    bool is_there;
    struct error ignored;
    return file_look_for(folder_fd, name, &is_there, &ignored) < 0 || is_there;
}

/* The next entry; NULL at the end, or with errno. */
static const struct dirent *next_entry(DIR *folder)
{
    errno = 0;
    return readdir(folder);
}

static int visit_all(DIR *folder, int (*visit)(const char *entry, void *context), void *context,
                     struct error *error)
{
    int result = 0;
    const struct dirent *entry;
    while (result == 0 && (entry = next_entry(folder)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            result = visit(entry->d_name, context);
        }
    }
    return result == 0 && errno != 0 ? error_system(error, errno, "Cannot read a folder") : result;
}

int file_each(int folder_fd, const char *name, int (*visit)(const char *entry, void *context),
              void *context, struct error *error)
{
    int fd = file_open(folder_fd, name, O_RDONLY | O_DIRECTORY, error);
    if (fd < 0) {
        return fd;
    }
    DIR *folder = fdopendir(fd);
    if (folder == NULL) {
        int result = error_system(error, errno, "Cannot read a folder");
        file_close(fd);
        return result;
    }
    int result = visit_all(folder, visit, context, error);
    closedir(folder);
    return result;
}

struct spelling {
    const char *name;
    bool found;
};

static int compare_spelling(const char *entry, void *context)
{
    struct spelling *spelling = context;
    spelling->found = spelling->found || strcmp(entry, spelling->name) == 0;
    return 0;
}

bool file_is_spelt(int folder_fd, const char *folder, const char *name)
{
    struct spelling spelling = {.name = name};
    struct error ignored;
    return file_each(folder_fd, folder, compare_spelling, &spelling, &ignored) < 0 ||
           spelling.found;
}

static int remove_entry(const char *entry, void *context)
{
    const int *folder_fd = context;
    if (unlinkat(*folder_fd, entry, 0) != 0 && errno == EISDIR) {
        file_remove_folder(*folder_fd, entry);
    }
    return 0;
}

void file_remove_folder(int folder_fd, const char *name)
{
    struct error ignored;
    int fd = file_open(folder_fd, name, O_RDONLY | O_DIRECTORY, &ignored);
    if (fd >= 0) {
        (void)file_each(fd, ".", remove_entry, &fd, &ignored);
        unlinkat(folder_fd, name, AT_REMOVEDIR);
    }
    file_close(fd);
}
