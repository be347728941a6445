#include "landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "file.h"

enum { CREATE_RULESET_VERSION = 1, RULE_PATH_BENEATH = 1 };

/* The first versions that know them. */
enum { ABI_REFER = 2, ABI_TRUNCATE = 3, ABI_NETWORK = 4, ABI_SCOPES = 6 };

enum { NETWORK_BIND_TCP = 1 << 0, NETWORK_CONNECT_TCP = 1 << 1 };

/* Sockets without a file, and signals, of processes that are not confined as this one is. */
enum { SCOPE_ABSTRACT_UNIX_SOCKET = 1 << 0, SCOPE_SIGNAL = 1 << 1 };

struct ruleset {
    uint64_t on_files;
    uint64_t on_network;
    uint64_t scopes;
};

struct path_beneath {
    uint64_t rights;
    int32_t parent_fd;
} __attribute__((packed));

/* All that the version knows: what is not known cannot be denied. */
static uint64_t all_rights(int abi)
{
    uint64_t up_to_refer = ((uint64_t)LANDLOCK_REFER << 1) - 1;
    return abi >= ABI_TRUNCATE ? up_to_refer | LANDLOCK_TRUNCATE : up_to_refer;
}

int landlock_abi(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);
    return abi < ABI_REFER ? 0 : (int)abi;
}

int landlock_create(int abi, bool connects, struct error *error)
{
    struct ruleset ruleset = {.on_files = all_rights(abi)};
    if (abi >= ABI_NETWORK) {
        ruleset.on_network = NETWORK_BIND_TCP | (connects ? 0 : NETWORK_CONNECT_TCP);
    }
    if (abi >= ABI_SCOPES) {
        ruleset.scopes = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL;
    }
    /* An older kernel takes a longer structure whose end is zero. */
    long fd = syscall(SYS_landlock_create_ruleset, &ruleset, sizeof ruleset, 0);
    return fd < 0 ? error_system(error, errno, "Cannot confine the program") : (int)fd;
}

int landlock_allow(int ruleset_fd, int abi, const char *path, uint64_t rights, struct error *error)
{
    struct stat status;
    struct path_beneath rule = {.rights = rights & all_rights(abi)};
    do {
        rule.parent_fd = openat(AT_FDCWD, path, O_PATH | O_CLOEXEC);
    } while (rule.parent_fd < 0 && errno == EINTR);
    if (rule.parent_fd < 0) {
        /* What is not there needs no right; a disk that failed would be taken for a lack of rights.
         */
        return errno == EIO ? error_system(error, errno, "Cannot look at %s", path) : 0;
    }
    int failed = fstat(rule.parent_fd, &status);
    if (failed == 0 && !S_ISDIR(status.st_mode)) {
        rule.rights &= LANDLOCK_FILE_RIGHTS;
    }
    if (failed == 0) {
        failed = (int)syscall(SYS_landlock_add_rule, ruleset_fd, RULE_PATH_BENEATH, &rule, 0);
    }
    int errnum = errno;
    file_close(rule.parent_fd);
    return failed == 0 ? 0 : error_system(error, errnum, "Cannot allow the program %s", path);
}

int landlock_enter(int ruleset_fd, struct error *error)
{
    if (syscall(SYS_landlock_restrict_self, ruleset_fd, 0) != 0) {
        return error_system(error, errno, "Cannot confine the program");
    }
    return 0;
}
