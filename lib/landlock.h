/* Landlock, the kernel's means by which a program gives up rights on files and on the network for
 * good: its three system calls, and the rights by the versions (ABI) of the kernel that know them.
 *
 * Source: https://docs.kernel.org/userspace-api/landlock.html. The numbers are written down here,
 * because the headers of a distribution may be older than the kernel. */
#ifndef LANDLOCK_H
#define LANDLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"

/* On a folder and all that is in it, or on one file. */
enum landlock_right {
    LANDLOCK_EXECUTE = 1 << 0,
    LANDLOCK_WRITE_FILE = 1 << 1,
    LANDLOCK_READ_FILE = 1 << 2,
    LANDLOCK_READ_DIR = 1 << 3,
    LANDLOCK_REMOVE_DIR = 1 << 4,
    LANDLOCK_REMOVE_FILE = 1 << 5,
    LANDLOCK_MAKE_DIR = 1 << 7,
    LANDLOCK_MAKE_REG = 1 << 8,
    LANDLOCK_REFER = 1 << 13, /* links and renames from one folder into another */
    LANDLOCK_TRUNCATE = 1 << 14,
};

/* A file can have these only. */
enum {
    LANDLOCK_FILE_RIGHTS =
        LANDLOCK_EXECUTE | LANDLOCK_WRITE_FILE | LANDLOCK_READ_FILE | LANDLOCK_TRUNCATE
};

/* The ABI of the running kernel; 0 if it has none that is of use here (without REFER, before Linux
 * 5.19, nothing could be moved out of a folder for unfinished work), or does not allow it. */
int landlock_abi(void);

/* A new set of rules that denies everything on files that ABI knows, and what it knows of the
 * network: listening on TCP, and, unless CONNECTS, connecting. Returns its descriptor or an error
 * code. */
int landlock_create(int abi, bool connects, struct error *error);

/* Allows RIGHTS on PATH (links are followed) and below. A path that is not there, or that this
 * program may not look at, is left out: it stays denied. */
int landlock_allow(int ruleset_fd, int abi, const char *path, uint64_t rights, struct error *error);

/* From now on the rules hold, for this process and all that it starts, for good. It must not be
 * able to get privileges any more (PR_SET_NO_NEW_PRIVS). */
int landlock_enter(int ruleset_fd, struct error *error);

#endif
