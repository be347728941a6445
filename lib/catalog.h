/* The databases there are: the default one, and every other *.db file in its folder. */
#ifndef CATALOG_H
#define CATALOG_H

#include <stddef.h>

#include "config.h"
#include "file.h"
#include "store.h"

struct database {
    char name[FILENAME_SIZE];      /* the file name without .db */
    char folder[PATH_MAX];         /* absolute, without symbolic links */
    char path[PATH_MAX];           /* the file in it */
    char backup_dir[PATH_MAX];     /* BACKUP_DIR, absolute */
    char subfolder[FILENAME_SIZE]; /* of its backups in BACKUP_DIR; empty for the default one */
    bool is_default;
    bool exists; /* the file is there; a lost database is still known by its backups */
};

/* The folder of the databases and BACKUP_DIR, which may be missing still, both without symbolic
 * links. ERR_NOT_FOUND: what is above them is missing, and *folder or *backup_dir empty. */
int catalog_find_folders(const struct config *config, char folder[PATH_MAX],
                         char backup_dir[PATH_MAX], struct error *error);

/* What requests call the database NAME, or the default one if NAME is NULL. */
void catalog_name(const struct config *config, const char *name, char out[FILENAME_SIZE]);

/* The database NAME, or the default one if NAME is NULL. The default one is always known; another
 * only if its file or its folder of backups is there: ERR_NOT_FOUND. */
int catalog_find(const struct config *config, const char *name, struct database *database,
                 struct error *error);

/* ERR_NOT_FOUND, with what to do, if the database's file is missing. */
int catalog_require_file(const struct database *database, struct error *error);

/* All databases, the default one first, then by name. The caller frees *ret_list. */
int catalog_list(const struct config *config, struct database **ret_list, size_t *ret_count,
                 struct error *error);

/* Opens the store of this database's backups. */
int catalog_open_store(const struct database *database, enum store_purpose purpose,
                       struct store *store, struct error *error);

/* All backups of this database, the newest first. The caller frees *ret_list, which is NULL after
 * an error. */
int catalog_list_backups(const struct database *database, struct backup **ret_list,
                         size_t *ret_count, struct error *error);

/* The folder of this database's backups, which may be missing still. */
void catalog_backups_folder(const struct database *database, char out[PATH_MAX]);

/* That, or the next one above it that is there. */
void catalog_existing_folder(const struct database *database, char out[PATH_MAX]);

/* How much room there is for this database's backups. ERR_IO. */
int catalog_space(const struct database *database, struct file_space *space, struct error *error);

#endif
