#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalog.h"
#include "file.h"
#include "landlock.h"
#include "replica_record.h"

enum {
    READ = LANDLOCK_READ_FILE | LANDLOCK_READ_DIR,
    /* SQLite shortens and fills the -shm file that it has made. */
    READ_LIVE = READ | LANDLOCK_WRITE_FILE | LANDLOCK_TRUNCATE | LANDLOCK_MAKE_REG,
    WRITE_LIVE = READ_LIVE | LANDLOCK_REMOVE_FILE,
    WRITE_BACKUPS = WRITE_LIVE | LANDLOCK_MAKE_DIR | LANDLOCK_REMOVE_DIR | LANDLOCK_REFER,
};

/* Rights on one path that does not depend on the settings. */
struct rule {
    unsigned touches; /* with any of these; 0: always */
    const char *path;
    uint64_t rights;
};

static const struct rule fixed_rules[] = {
    {0, "/usr", READ},
    {0, "/lib", READ},
    {0, "/lib64", READ},
    {0, "/proc/self", READ},
    {0, "/dev/null", READ | LANDLOCK_WRITE_FILE},
    /* OpenSSL's settings, without which it computes no checksum. */
    {0, "/etc/ssl", READ},
    /* The names of hosts: /etc/resolv.conf may be a link to what systemd keeps. */
    {TOUCH_CONNECT, "/etc", READ},
    {TOUCH_CONNECT, "/run/systemd/resolve", READ},
    /* Replicas in folders, certificates and credentials lie where Litestream's settings say. */
    {TOUCH_REPLICA, "/", READ},
    {TOUCH_RUN_LITESTREAM, "/usr", LANDLOCK_EXECUTE},
    {TOUCH_RUN_LITESTREAM, "/lib", LANDLOCK_EXECUTE},
    {TOUCH_RUN_LITESTREAM, "/lib64", LANDLOCK_EXECUTE},
    {TOUCH_RUN_LITESTREAM, "/bin", LANDLOCK_EXECUTE},
};

/* The set of rules while it is made. */
struct rules {
    int fd;
    int abi;
    unsigned touches;
    struct error *error;
    int result;
};

static void allow(struct rules *rules, const char *path, uint64_t rights)
{
    if (rules->result == 0 && path[0] != '\0' && rights != 0) {
        rules->result = landlock_allow(rules->fd, rules->abi, path, rights, rules->error);
    }
}

static uint64_t rights_if(const struct rules *rules, unsigned touch, uint64_t rights)
{
    return (rules->touches & touch) != 0 ? rights : 0;
}

static void allow_fixed(struct rules *rules)
{
    for (size_t i = 0; i < sizeof fixed_rules / sizeof fixed_rules[0]; i++) {
        const struct rule *rule = &fixed_rules[i];
        if (rule->touches == 0 || (rules->touches & rule->touches) != 0) {
            allow(rules, rule->path, rule->rights);
        }
    }
}

static void allow_folders(struct rules *rules, const struct sandbox *sandbox)
{
    char replicas[PATH_MAX + sizeof REPLICA_NOTES];
    snprintf(replicas, sizeof replicas, "%s/%s", sandbox->backups.path, REPLICA_NOTES);
    allow(rules, sandbox->live.path,
          rights_if(rules, TOUCH_LIST_DATABASES, LANDLOCK_READ_DIR) |
              rights_if(rules, TOUCH_LOOK_AT_LIVE, READ) |
              rights_if(rules, TOUCH_READ_LIVE, READ_LIVE) |
              rights_if(rules, TOUCH_WRITE_LIVE, WRITE_LIVE));
    allow(rules, sandbox->backups.path,
          rights_if(rules, TOUCH_READ_BACKUPS, READ) |
              rights_if(rules, TOUCH_WRITE_BACKUPS, WRITE_BACKUPS));
    allow(rules, replicas, rights_if(rules, TOUCH_REPLICA, WRITE_LIVE));
}

/* Litestream's own program, looked up as it will be when it is started. */
static void allow_litestream(struct rules *rules, const char *program)
{
    const char *list = strchr(program, '/') != NULL ? "" : getenv("PATH");
    char path[2 * PATH_MAX];
    if ((rules->touches & TOUCH_RUN_LITESTREAM) == 0) {
        return;
    }
    if (list == NULL || list[0] == '\0') {
        allow(rules, program, READ | LANDLOCK_EXECUTE);
        return;
    }
    for (size_t length; *list != '\0'; list += length + (list[length] == ':')) {
        length = strcspn(list, ":");
        snprintf(path, sizeof path, "%.*s/%s", (int)(length < PATH_MAX ? length : 0), list,
                 program);
        allow(rules, path, READ | LANDLOCK_EXECUTE);
    }
}

static void allow_output(struct rules *rules, const char *output)
{
    char folder[PATH_MAX];
    const char *slash = output == NULL ? NULL : strrchr(output, '/');
    if (output == NULL) {
        return;
    }
    snprintf(folder, sizeof folder, "%.*s", slash == NULL ? 1 : (int)(slash - output) + 1,
             slash == NULL ? "." : output);
    allow(rules, folder, WRITE_LIVE);
}

/* Where an instrumented build (coverage, sanitizers) writes what it has found. */
static void allow_instruments(struct rules *rules)
{
#ifdef INSTRUMENTS_FOLDER
    allow(rules, INSTRUMENTS_FOLDER, WRITE_BACKUPS);
#else
    (void)rules;
#endif
}

/* --- the folders ---------------------------------------------------------------------------- */

static void look_at(struct sandbox_folder *folder)
{
    struct stat status;
    bool is_there = folder->path[0] != '\0' && stat(folder->path, &status) == 0;
    folder->device = is_there ? status.st_dev : 0;
    folder->inode = is_there ? status.st_ino : 0;
}

static bool has_changed(const struct sandbox_folder *folder)
{
    struct sandbox_folder now = *folder;
    look_at(&now);
    return now.inode != folder->inode || now.device != folder->device;
}

/* As far as they can be made: what cannot be will be told by whoever needs it. */
static void make_folders(unsigned touches, const struct sandbox *sandbox)
{
    struct error ignored;
    int fd = (touches & TOUCH_WRITE_BACKUPS) != 0
                 ? file_open_folder(AT_FDCWD, sandbox->backups.path, &ignored)
                 : file_open(AT_FDCWD, sandbox->backups.path, O_RDONLY | O_DIRECTORY, &ignored);
    if (fd >= 0 && (touches & TOUCH_REPLICA) != 0) {
        file_close(file_open_folder(fd, REPLICA_NOTES, &ignored));
    }
    file_close(fd);
}

/* --- all of it ------------------------------------------------------------------------------ */

static int confine(struct rules *rules, const struct config *config, const struct sandbox *sandbox,
                   const char *output)
{
    allow_fixed(rules);
    allow_folders(rules, sandbox);
    allow_litestream(rules, config->litestream_bin);
    allow_output(rules, output);
    allow_instruments(rules);
    return rules->result == 0 ? landlock_enter(rules->fd, rules->error) : rules->result;
}

int sandbox_enter(unsigned touches, const struct config *config, const char *output,
                  struct sandbox *sandbox, struct error *error)
{
    bool calls_webhook = (touches & TOUCH_WEBHOOK) != 0 && config->webhook.url[0] != '\0';
    struct rules rules = {.abi = landlock_abi(), .error = error};
    rules.touches = touches | (calls_webhook ? TOUCH_CONNECT : 0);
    *sandbox = (struct sandbox){0};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return error_system(error, errno, "Cannot confine the program");
    }
    if (rules.abi == 0) {
        return 0;
    }
    /* What is missing now will be told by whoever needs it. */
    int found = catalog_find_folders(config, sandbox->live.path, sandbox->backups.path, error);
    if (found == ERR_IO) {
        return found;
    }
    make_folders(touches, sandbox);
    look_at(&sandbox->live);
    look_at(&sandbox->backups);
    rules.fd = landlock_create(rules.abi, (rules.touches & TOUCH_CONNECT) != 0, error);
    if (rules.fd < 0) {
        return rules.fd;
    }
    int result = confine(&rules, config, sandbox, output);
    file_close(rules.fd);
    sandbox->is_confined = result == 0;
    return result;
}

bool sandbox_is_stale(const struct sandbox *sandbox)
{
    return sandbox->is_confined && (has_changed(&sandbox->live) || has_changed(&sandbox->backups));
}

bool sandbox_is_available(void)
{
    return landlock_abi() > 0;
}
