/* A library to preload: in all that a program opens, makes and asks for, upper and lower case are
 * one, as on the file systems that some volumes have. What is there keeps its spelling. */
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define REAL(name) ((typeof(name) *)dlsym(RTLD_NEXT, #name))

/* Spells the last part of PATH, in FOLDER, as the entry that is there, if only the case differs. */
static void spell(int folder_fd, const char *folder, char *last)
{
    int fd = REAL(openat)(folder_fd, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *entry;
    char found[NAME_MAX + 1] = "";
    while (entries != NULL && (entry = readdir(entries)) != NULL) {
        if (strcmp(entry->d_name, last) == 0) {
            found[0] = '\0';
            break;
        }
        if (strcasecmp(entry->d_name, last) == 0) {
            strcpy(found, entry->d_name);
        }
    }
    if (found[0] != '\0') {
        strcpy(last, found);
    }
    if (entries != NULL) {
        closedir(entries);
    }
}

/* The path as it is spelt on the disk, part by part. */
static const char *fold(int folder_fd, const char *path, char out[PATH_MAX])
{
    char rest[PATH_MAX];
    char *place = NULL;
    snprintf(rest, sizeof rest, "%s", path);
    strcpy(out, path[0] == '/' ? "/" : "");
    for (char *part = strtok_r(rest, "/", &place); part != NULL;
         part = strtok_r(NULL, "/", &place)) {
        char last[NAME_MAX + 1];
        snprintf(last, sizeof last, "%s", part);
        spell(folder_fd, out[0] == '\0' ? "." : out, last);
        if (out[0] != '\0' && strcmp(out, "/") != 0) {
            strcat(out, "/");
        }
        strcat(out, last);
    }
    return out;
}

#define OPEN(name, parameter, folder_fd, ...)                                                      \
    int name(parameter const char *path, int flags, ...)                                           \
    {                                                                                              \
        char spelt[PATH_MAX];                                                                      \
        va_list arguments;                                                                         \
        va_start(arguments, flags);                                                                \
        mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;                      \
        va_end(arguments);                                                                         \
        return REAL(openat)(folder_fd, fold(folder_fd, path, spelt), flags, mode);                 \
    }
#define FOLDER_FD int folder_fd,
OPEN(open, , AT_FDCWD)
OPEN(open64, , AT_FDCWD)
OPEN(openat, FOLDER_FD, folder_fd)
OPEN(openat64, FOLDER_FD, folder_fd)

int mkdirat(int folder_fd, const char *path, mode_t mode)
{
    char spelt[PATH_MAX];
    return REAL(mkdirat)(folder_fd, fold(folder_fd, path, spelt), mode);
}

int stat(const char *restrict path, struct stat *restrict status)
{
    char spelt[PATH_MAX];
    return REAL(stat)(fold(AT_FDCWD, path, spelt), status);
}

int lstat(const char *restrict path, struct stat *restrict status)
{
    char spelt[PATH_MAX];
    return REAL(lstat)(fold(AT_FDCWD, path, spelt), status);
}

int stat64(const char *restrict path, struct stat64 *restrict status)
{
    char spelt[PATH_MAX];
    return REAL(stat64)(fold(AT_FDCWD, path, spelt), status);
}

int lstat64(const char *restrict path, struct stat64 *restrict status)
{
    char spelt[PATH_MAX];
    return REAL(lstat64)(fold(AT_FDCWD, path, spelt), status);
}

int statx(int folder_fd, const char *restrict path, int flags, unsigned mask,
          struct statx *restrict status)
{
    char spelt[PATH_MAX];
    return REAL(statx)(folder_fd, fold(folder_fd, path, spelt), flags, mask, status);
}

int access(const char *path, int mode)
{
    char spelt[PATH_MAX];
    return REAL(access)(fold(AT_FDCWD, path, spelt), mode);
}

int faccessat(int folder_fd, const char *path, int mode, int flags)
{
    char spelt[PATH_MAX];
    return REAL(faccessat)(folder_fd, fold(folder_fd, path, spelt), mode, flags);
}
