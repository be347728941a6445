/* The sandbox: what each program may touch, enforced by the kernel (landlock.h) from before its
 * first request until its end, and for the programs that it starts.
 *
 * Everybody may read the system's libraries (/usr, /lib) and its own process (/proc/self). All else
 * a program has only as its endpoint declares it. What is open already stays open: the socket and
 * the standard streams.
 *
 * The kernel knows folders, not databases: the databases of one folder go together, and with them a
 * backups folder that lies in theirs. And who takes part in SQLite's locks must be able to write
 * there: in WAL mode they are in the -shm file, and whoever comes first makes it. Such a program
 * can still neither remove, rename nor replace a file there, and never opens the database itself
 * for writing. */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "config.h"

enum touch {
    TOUCH_LIST_DATABASES = 1 << 0, /* the names in the database's folder */
    TOUCH_LOOK_AT_LIVE = 1 << 1,   /* DATABASE_LOOK */
    TOUCH_READ_LIVE = 1 << 2,      /* DATABASE_READ, with the locks that SQLite needs for it */
    TOUCH_WRITE_LIVE = 1 << 3,     /* and read */
    TOUCH_READ_BACKUPS = 1 << 4,
    TOUCH_WRITE_BACKUPS = 1 << 5, /* and read */
    TOUCH_REPLICA = 1 << 6, /* reads what Litestream has, wherever that is; notes what it saw */
    TOUCH_RUN_LITESTREAM = 1 << 7,
    TOUCH_CONNECT = 1 << 8, /* to other servers, with what that needs of /etc */
    TOUCH_WEBHOOK = 1 << 9, /* the same, but only where a webhook is set */
};

/* A folder as it was when the rules were made. */
struct sandbox_folder {
    char path[PATH_MAX];
    dev_t device;
    ino_t inode; /* 0: it was not there */
};

struct sandbox {
    bool is_confined;
    struct sandbox_folder live;
    struct sandbox_folder backups;
};

/* Gives up every right that is not in TOUCHES. OUTPUT is a file that will be written beside that;
 * or NULL. Makes the backups folder if it may write there and it is missing: only a folder that is
 * there can be allowed. Where the kernel lacks Landlock, no such right is given up and
 * is_confined is false; but in any case what the program starts gets no privileges that it does not
 * have itself (setuid). */
int sandbox_enter(unsigned touches, const struct config *config, const char *output,
                  struct sandbox *sandbox, struct error *error);

/* Whether the folders are not those any more that the rules were made for (one was made, or made
 * anew): the program has no right on them, and must start again. */
bool sandbox_is_stale(const struct sandbox *sandbox);

/* Whether this kernel can confine programs. */
bool sandbox_is_available(void);

#endif
