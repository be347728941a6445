/* The store: the folder of one database's backups.
 *
 *   NAME.db        a finished backup
 *   NAME.db.json   its manifest
 *   .lock          held (flock) by whoever publishes, changes or deletes
 *   .restore.lock  held by the one restore that may run
 *   .work/         unfinished work, one folder each, which nothing lists
 *   .replicas/     notes on the replicas (replica_record.h), in BACKUP_DIR only
 *   .audit/        the audit log (audit.h), in BACKUP_DIR only
 *   .drills/       what the last restore drills came to (drill_record.h), in BACKUP_DIR only
 *
 * A backup exists from the moment its .db file has its name: the manifest is put there before it
 * and removed after it. So listing needs no lock. */
#ifndef STORE_H
#define STORE_H

#include <limits.h>
#include <stddef.h>

#include "backup.h"
#include "error.h"
#include "work.h"

struct store {
    int folder_fd; /* -1: the folder is not there yet, and the store empty */
    char path[PATH_MAX];
};

enum store_purpose {
    STORE_READ,  /* list and read; a missing folder is an empty store */
    STORE_WRITE, /* make the folder if needed, and clean up what a killed program left */
};

/* Opens the store in BACKUP_DIR (absolute), or in its subfolder SUBFOLDER if that is not empty. */
int store_open(struct store *store, const char *backup_dir, const char *subfolder,
               enum store_purpose purpose, struct error *error);

/* Accepts a store that was never opened, if it was set to STORE_CLOSED. */
void store_close(struct store *store);

#define STORE_CLOSED ((struct store){.folder_fd = -1})

/* All backups, the newest first. The caller frees *ret_list. */
int store_list(const struct store *store, struct backup **ret_list, size_t *ret_count,
               struct error *error);

/* One backup; checks FILENAME first. */
int store_get(const struct store *store, const char *filename, struct backup *backup,
              struct error *error);

/* The same once more, as it is known now: ERR_NOT_FOUND, too, if EARLIER was deleted since and
 * another backup, made within the same second, has its name. */
int store_get_again(const struct store *store, const struct backup *earlier, struct backup *backup,
                    struct error *error);

/* Opens one backup's file for reading; returns the descriptor or an error code. */
int store_open_backup(const struct store *store, const char *filename, int64_t *ret_size,
                      struct error *error);

/* Which lock: STORE_LOCK is held for moments and waited for; RESTORE_LOCK for as long as a restore
 * takes, and is not waited for. */
enum store_lock_name { STORE_LOCK, RESTORE_LOCK };

/* Takes the lock; returns a descriptor whose file_close() (or whose process' end) releases it, or
 * ERR_BUSY. */
int store_lock(const struct store *store, enum store_lock_name name, struct error *error);

/* Under STORE_LOCK: the manifest of BACKUP becomes what BACKUP says. */
int store_record(const struct store *store, const struct backup *backup, struct error *error);

/* Under STORE_LOCK: removes a backup with its manifest, pinned or not. */
int store_remove(const struct store *store, const struct backup *backup, struct error *error);

/* Begins unfinished work in this store; the caller ends it with work_end(). */
int store_begin_work(const struct store *store, struct work *work, struct error *error);

/* Publishes the finished, synced file NAME of WORK as a backup: chooses its file name by kind and
 * `created`, writes the manifest, and makes both durable. Fills in BACKUP->filename and ->record.
 */
int store_publish(const struct store *store, const struct work *work, const char *name,
                  struct backup *backup, struct error *error);

#endif
