/* A library to preload: what a program does to the files under POWER_ROOT, for a power loss to be
 * made of it.
 *
 *   POWER_LOG      gets it all, in order: first the tree as it is, then each change and each sync
 *   POWER_STOPS    the program stops itself (SIGSTOP) after each change of a folder and each sync
 *   POWER_NO_SYNC  nothing is synced, and the program is told that it was
 *
 * A record is one line, and the bytes that it announces. Numbers are inodes:
 *   dir INODE FOLDER MODE NAME            a new folder
 *   file INODE FOLDER MODE SIZE NAME      a new file, and its bytes (of the tree as it is)
 *   write INODE OFFSET SIZE               and the bytes
 *   truncate INODE SIZE · mode INODE MODE · sync INODE
 *   link INODE FOLDER NAME · unlink FOLDER NAME · rename INODE FOLDER OLD-NAME/NEW-NAME
 *   begin                                 the tree is told */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <linux/fs.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#define REAL(name) ((typeof(name) *)dlsym(RTLD_NEXT, #name))

/* What is lost is lost by the disk's sectors, so larger writes are told in pieces. */
enum { PIECE = 4096, OPEN_FILES = 16 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int log_fd = -1;
static bool stops, syncs_nothing;
static dev_t device;

/* --- telling ------------------------------------------------------------------------------- */

static void put(const void *data, size_t size)
{
    if (log_fd >= 0 && REAL(write)(log_fd, data, size) != (ssize_t)size) {
        perror("power");
        abort();
    }
}

__attribute__((format(printf, 1, 2))) static void tell(const char *format, ...)
{
    char line[PATH_MAX + 200];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    put(line, (size_t)length);
}

/* Tells what stands in a file now; BUFFER instead where it cannot be read back. */
static void tell_written(int fd, off_t offset, const char *buffer, off_t size)
{
    struct stat status;
    char piece[PIECE];
    if (log_fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) ||
        status.st_dev != device) {
        return;
    }
    for (off_t done = 0; done < size;) {
        size_t length = (size_t)(size - done < PIECE ? size - done : PIECE);
        if (buffer == NULL && pread(fd, piece, length, offset + done) != (ssize_t)length) {
            perror("power: cannot read back");
            abort();
        }
        tell("write %lu %lld %zu\n", status.st_ino, (long long)(offset + done), length);
        put(buffer == NULL ? piece : buffer + done, length);
        done += (off_t)length;
    }
}

/* The end of a change that may be the last one: the tester takes the disk as it is. */
static void pause_here(void)
{
    if (stops) {
        raise(SIGSTOP);
    }
}

/* A name in its folder. */
struct place {
    ino_t folder;
    const char *name;
};

static struct place locate(int folder_fd, const char *path)
{
    char folder[PATH_MAX] = ".";
    struct stat status = {0};
    const char *slash = strrchr(path, '/');
    if (slash != NULL) {
        snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
    }
    if (fstatat(folder_fd, folder, &status, 0) != 0 || status.st_dev != device) {
        return (struct place){0, path};
    }
    return (struct place){status.st_ino, slash == NULL ? path : slash + 1};
}

static struct stat look(int folder_fd, const char *path)
{
    struct stat status = {0};
    int saved = errno;
    if (fstatat(folder_fd, path, &status, AT_SYMLINK_NOFOLLOW) != 0) {
        status.st_ino = 0;
    }
    errno = saved;
    return status;
}

/* --- the tree as it is --------------------------------------------------------------------- */

static int tell_entry(const char *path, const struct stat *status, int type, struct FTW *where)
{
    static char data[64 << 20];
    struct place place = locate(AT_FDCWD, path);
    (void)where;
    if (type == FTW_D) {
        tell("dir %lu %lu %o %s\n", status->st_ino, place.folder, status->st_mode & 07777,
             place.name);
    } else if (type == FTW_F) {
        int fd = REAL(open)(path, O_RDONLY | O_CLOEXEC);
        ssize_t size = pread(fd, data, sizeof data, 0);
        close(fd);
        tell("file %lu %lu %o %zd %s\n", status->st_ino, place.folder, status->st_mode & 07777,
             size, place.name);
        put(data, (size_t)size);
    }
    return 0;
}

static void lock(void)
{
    pthread_mutex_lock(&mutex);
}

static void unlock(void)
{
    pthread_mutex_unlock(&mutex);
}

__attribute__((constructor)) static void begin(void)
{
    const char *root = getenv("POWER_ROOT");
    const char *path = getenv("POWER_LOG");
    struct stat status;
    /* A process that is forked while another thread is in here must not wait for that thread. */
    pthread_atfork(lock, unlock, unlock);
    stops = getenv("POWER_STOPS") != NULL;
    syncs_nothing = getenv("POWER_NO_SYNC") != NULL;
    if (root != NULL && path != NULL && stat(root, &status) == 0) {
        device = status.st_dev;
        log_fd = REAL(open)(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
        nftw(root, tell_entry, OPEN_FILES, FTW_PHYS);
        tell("begin\n");
    }
    /* The programs that this one starts are not watched. */
    unsetenv("LD_PRELOAD");
}

/* --- files --------------------------------------------------------------------------------- */

static int open_any(int folder_fd, const char *path, int flags, mode_t mode)
{
    bool creates = (flags & O_CREAT) != 0;
    pthread_mutex_lock(&mutex);
    struct stat before = look(folder_fd, path);
    int fd = REAL(openat)(folder_fd, path, flags, mode);
    if (fd >= 0 && creates && before.st_ino == 0) {
        struct place place = locate(folder_fd, path);
        struct stat status = look(folder_fd, path);
        tell("file %lu %lu %o 0 %s\n", status.st_ino, place.folder, status.st_mode & 07777,
             place.name);
        pause_here();
    } else if (fd >= 0 && (flags & O_TRUNC) != 0) {
        tell("truncate %lu 0\n", before.st_ino);
    }
    pthread_mutex_unlock(&mutex);
    return fd;
}

#define OPEN(name, parameter, folder_fd)                                                           \
    int name(parameter const char *path, int flags, ...)                                           \
    {                                                                                              \
        va_list arguments;                                                                         \
        va_start(arguments, flags);                                                                \
        mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;                      \
        va_end(arguments);                                                                         \
        return open_any(folder_fd, path, flags, mode);                                             \
    }
#define FOLDER_FD int folder_fd,
OPEN(open, , AT_FDCWD)
OPEN(open64, , AT_FDCWD)
OPEN(openat, FOLDER_FD, folder_fd)
OPEN(openat64, FOLDER_FD, folder_fd)

ssize_t write(int fd, const void *data, size_t size)
{
    pthread_mutex_lock(&mutex);
    ssize_t written = REAL(write)(fd, data, size);
    if (written > 0) {
        tell_written(fd, lseek(fd, 0, SEEK_CUR) - written, data, written);
    }
    pthread_mutex_unlock(&mutex);
    return written;
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
    pthread_mutex_lock(&mutex);
    ssize_t written = REAL(pwrite)(fd, data, size, offset);
    tell_written(fd, offset, data, written);
    pthread_mutex_unlock(&mutex);
    return written;
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset)
{
    return pwrite(fd, data, size, offset);
}

ssize_t copy_file_range(int from_fd, off64_t *from, int to_fd, off64_t *to, size_t size,
                        unsigned flags)
{
    pthread_mutex_lock(&mutex);
    ssize_t copied = REAL(copy_file_range)(from_fd, from, to_fd, to, size, flags);
    tell_written(to_fd, (to == NULL ? lseek(to_fd, 0, SEEK_CUR) : *to) - copied, NULL, copied);
    pthread_mutex_unlock(&mutex);
    return copied;
}

ssize_t sendfile(int to_fd, int from_fd, off_t *from, size_t size)
{
    pthread_mutex_lock(&mutex);
    ssize_t copied = REAL(sendfile)(to_fd, from_fd, from, size);
    tell_written(to_fd, lseek(to_fd, 0, SEEK_CUR) - copied, NULL, copied);
    pthread_mutex_unlock(&mutex);
    return copied;
}

int ioctl(int fd, unsigned long request, ...)
{
    va_list arguments;
    va_start(arguments, request);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    pthread_mutex_lock(&mutex);
    int result = REAL(ioctl)(fd, request, argument);
    if (result == 0 && request == FICLONE) {
        tell_written(fd, 0, NULL, lseek(fd, 0, SEEK_END));
    }
    pthread_mutex_unlock(&mutex);
    return result;
}

static void tell_size(int fd)
{
    struct stat status;
    if (fstat(fd, &status) == 0) {
        tell("truncate %lu %lld\n", status.st_ino, (long long)status.st_size);
    }
}

#define SIZED(name, parameters, ...)                                                               \
    int name parameters                                                                            \
    {                                                                                              \
        pthread_mutex_lock(&mutex);                                                                \
        int result = REAL(name)(__VA_ARGS__);                                                      \
        if (result == 0) {                                                                         \
            tell_size(fd);                                                                         \
        }                                                                                          \
        pthread_mutex_unlock(&mutex);                                                              \
        return result;                                                                             \
    }
SIZED(ftruncate, (int fd, off_t size), fd, size)
SIZED(ftruncate64, (int fd, off64_t size), fd, size)
SIZED(fallocate, (int fd, int mode, off_t offset, off_t size), fd, mode, offset, size)
SIZED(fallocate64, (int fd, int mode, off64_t offset, off64_t size), fd, mode, offset, size)
SIZED(posix_fallocate, (int fd, off_t offset, off_t size), fd, offset, size)
SIZED(posix_fallocate64, (int fd, off64_t offset, off64_t size), fd, offset, size)

int fchmod(int fd, mode_t mode)
{
    struct stat status;
    pthread_mutex_lock(&mutex);
    int result = REAL(fchmod)(fd, mode);
    if (result == 0 && fstat(fd, &status) == 0) {
        tell("mode %lu %o\n", status.st_ino, mode & 07777);
    }
    pthread_mutex_unlock(&mutex);
    return result;
}

static int sync_any(int fd, int (*real)(int fd))
{
    struct stat status;
    pthread_mutex_lock(&mutex);
    int result = syncs_nothing ? 0 : real(fd);
    if (result == 0 && !syncs_nothing && fstat(fd, &status) == 0) {
        tell("sync %lu\n", status.st_ino);
        pause_here();
    }
    pthread_mutex_unlock(&mutex);
    return result;
}

int fsync(int fd)
{
    return sync_any(fd, REAL(fsync));
}

int fdatasync(int fd)
{
    return sync_any(fd, REAL(fdatasync));
}

/* --- names --------------------------------------------------------------------------------- */

int mkdirat(int folder_fd, const char *path, mode_t mode)
{
    pthread_mutex_lock(&mutex);
    int result = REAL(mkdirat)(folder_fd, path, mode);
    if (result == 0) {
        struct place place = locate(folder_fd, path);
        struct stat status = look(folder_fd, path);
        tell("dir %lu %lu %o %s\n", status.st_ino, place.folder, status.st_mode & 07777,
             place.name);
        pause_here();
    }
    pthread_mutex_unlock(&mutex);
    return result;
}

int mkdir(const char *path, mode_t mode)
{
    return mkdirat(AT_FDCWD, path, mode);
}

int linkat(int from_fd, const char *from, int to_fd, const char *to, int flags)
{
    pthread_mutex_lock(&mutex);
    int result = REAL(linkat)(from_fd, from, to_fd, to, flags);
    if (result == 0) {
        struct place place = locate(to_fd, to);
        tell("link %lu %lu %s\n", look(to_fd, to).st_ino, place.folder, place.name);
        pause_here();
    }
    pthread_mutex_unlock(&mutex);
    return result;
}

int link(const char *from, const char *to)
{
    return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlinkat(int folder_fd, const char *path, int flags)
{
    pthread_mutex_lock(&mutex);
    int result = REAL(unlinkat)(folder_fd, path, flags);
    if (result == 0) {
        struct place place = locate(folder_fd, path);
        tell("unlink %lu %s\n", place.folder, place.name);
        pause_here();
    }
    pthread_mutex_unlock(&mutex);
    return result;
}

int unlink(const char *path)
{
    return unlinkat(AT_FDCWD, path, 0);
}

int rmdir(const char *path)
{
    return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

/* Within one folder a rename is one change. Between two it is two: each reaches the disk with its
 * own folder. */
static void tell_renamed(struct place from, struct place to, ino_t inode)
{
    if (from.folder == to.folder) {
        tell("rename %lu %lu %s/%s\n", inode, to.folder, from.name, to.name);
    } else {
        tell("link %lu %lu %s\n", inode, to.folder, to.name);
        tell("unlink %lu %s\n", from.folder, from.name);
    }
}

int renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned flags)
{
    pthread_mutex_lock(&mutex);
    int result = REAL(renameat2)(from_fd, from, to_fd, to, flags);
    if (result == 0) {
        tell_renamed(locate(from_fd, from), locate(to_fd, to), look(to_fd, to).st_ino);
        pause_here();
    }
    pthread_mutex_unlock(&mutex);
    return result;
}

int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
    return renameat2(from_fd, from, to_fd, to, 0);
}

int rename(const char *from, const char *to)
{
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}
