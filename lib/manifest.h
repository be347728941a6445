/* The manifest of a backup: NAME.db.json beside NAME.db, what cannot be read off the file itself.
 */
#ifndef MANIFEST_H
#define MANIFEST_H

#include "backup.h"

enum { MANIFEST_NAME_SIZE = FILENAME_SIZE + sizeof ".json" };

/* The manifest's file name for the backup FILENAME. */
void manifest_name(const char *filename, char out[MANIFEST_NAME_SIZE]);

/* Fills in what the manifest in FOLDER_FD says of BACKUP, whose filename and size are set. Without
 * a manifest, or with one that cannot be read, `record` says so, and kind and `created` come from
 * the name or, failing that, from OTHERWISE_CREATED_MS. */
int manifest_read(int folder_fd, int64_t otherwise_created_ms, struct backup *backup,
                  struct error *error);

/* Writes the manifest to stable storage in WORK_FD and moves it over the one in FOLDER_FD in one
 * atomic step. FOLDER_FD itself is left to the caller to sync. */
int manifest_replace(int folder_fd, int work_fd, const struct backup *backup, struct error *error);

/* The same for a backup that is about to be published: never over another manifest, and with a link
 * to it left in WORK_FD, by which the manifest of a backup that never came can be told. */
int manifest_announce(int folder_fd, int work_fd, const struct backup *backup, struct error *error);

/* Removes from FOLDER_FD the manifest that was announced from WORK_FD under the name NAME, if it is
 * still that one and its backup never came, or is gone. ERR_IO if that failed. */
int manifest_withdraw(int folder_fd, int work_fd, const char *name);

#endif
