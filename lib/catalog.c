#include "catalog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

/* What all databases have in common. */
struct place {
    char folder[PATH_MAX];
    char backup_dir[PATH_MAX];
    char default_file[FILENAME_SIZE];
};

/* realpath(). WHAT is told where there is nothing of that path. */
static int resolve(const char *path, char out[PATH_MAX], const char *what, struct error *error)
{
    if (realpath(path[0] == '\0' ? "." : path, out) != NULL) {
        return 0;
    }
    return errno == ENOENT || errno == ENOTDIR
               ? error_set(error, ERR_NOT_FOUND, "%s", what)
               : error_set(error, ERR_IO, "%s cannot be looked at: %s.", path, strerror(errno));
}

/* Splits DATABASE_PATH and resolves its folder, links included: SQLite is told to follow none. */
static int find_folder(const struct config *config, struct place *place, struct error *error)
{
    const char *slash = strrchr(config->database_path, '/');
    const char *file = slash == NULL ? config->database_path : slash + 1;
    memcpy(place->default_file, file, strlen(file) + 1);
    char folder[PATH_MAX];
    char what[ERROR_DETAIL_SIZE];
    snprintf(folder, sizeof folder, "%.*s", (int)(file - config->database_path),
             config->database_path);
    snprintf(what, sizeof what,
             "The folder of the database, %.400s, is not there (DATABASE_PATH is %.400s).", folder,
             config->database_path);
    return resolve(folder, place->folder, what, error);
}

/* Resolves a path whose last part is missing still. */
static int resolve_parent(const char *wanted, char out[PATH_MAX], struct error *error)
{
    const char *slash = strrchr(wanted, '/');
    const char *last = slash == NULL ? wanted : slash + 1;
    char parent[PATH_MAX];
    char resolved[PATH_MAX];
    char what[ERROR_DETAIL_SIZE];
    snprintf(parent, sizeof parent, "%.*s", (int)(last - wanted), wanted);
    snprintf(what, sizeof what, "The folder above the backups folder %.800s is not there.", wanted);
    int result = resolve(parent, resolved, what, error);
    if (result == 0 && snprintf(out, PATH_MAX, "%s/%s", resolved, last) >= PATH_MAX) {
        result = error_set(error, ERR_NOT_FOUND, "%s", what);
    }
    return result;
}

/* Resolves BACKUP_DIR as far as it exists. */
static int find_backup_dir(const struct config *config, struct place *place, struct error *error)
{
    char wanted[PATH_MAX + sizeof "/backups"];
    if (config->backup_dir[0] == '\0') {
        snprintf(wanted, sizeof wanted, "%s/backups", place->folder);
    } else {
        snprintf(wanted, sizeof wanted, "%s", config->backup_dir);
    }
    int result = resolve(wanted, place->backup_dir, "", error);
    if (result == ERR_NOT_FOUND) {
        result = resolve_parent(wanted, place->backup_dir, error);
    }
    if (result == 0 && strcmp(place->backup_dir, place->folder) == 0) {
        result = error_set(error, ERR_BAD_REQUEST,
                           "BACKUP_DIR is the folder of the databases: backups need one of their "
                           "own.");
    }
    return result;
}

static int find_place(const struct config *config, struct place *place, struct error *error)
{
    int result = find_folder(config, place, error);
    return result < 0 ? result : find_backup_dir(config, place, error);
}

int catalog_find_folders(const struct config *config, char folder[PATH_MAX],
                         char backup_dir[PATH_MAX], struct error *error)
{
    struct place place = {0};
    int result = find_place(config, &place, error);
    memcpy(folder, place.folder, sizeof place.folder);
    memcpy(backup_dir, place.backup_dir, sizeof place.backup_dir);
    return result;
}

void catalog_name(const struct config *config, const char *name, char out[FILENAME_SIZE])
{
    const char *slash = strrchr(config->database_path, '/');
    const char *file = slash == NULL ? config->database_path : slash + 1;
    if (name != NULL) {
        snprintf(out, FILENAME_SIZE, "%s", name);
    } else {
        snprintf(out, FILENAME_SIZE, "%.*s", (int)(strlen(file) - strlen(".db")), file);
    }
}

/* Whether PATH is there and of this KIND, links not followed. */
static int look_for(const char *path, mode_t kind, bool *ret_is_there, struct error *error)
{
    struct stat status = {0};
    if (lstat(path, &status) != 0 && errno != ENOENT && errno != ENOTDIR) {
        return error_set(error, ERR_IO, "%s cannot be looked at: %s.", path, strerror(errno));
    }
    *ret_is_there = (status.st_mode & S_IFMT) == kind;
    return 0;
}

/* Fills in the database whose file is FILE; ERR_NOT_FOUND if there is no such one: none that is the
 * default one, has a file, or has backups. */
static int describe(const struct place *place, const char *file, struct database *database,
                    struct error *error)
{
    *database = (struct database){.is_default = strcmp(file, place->default_file) == 0};
    int length = snprintf(database->path, sizeof database->path, "%s/%s", place->folder, file);
    snprintf(database->name, sizeof database->name, "%.*s", (int)(strlen(file) - strlen(".db")),
             file);
    memcpy(database->folder, place->folder, sizeof database->folder);
    memcpy(database->backup_dir, place->backup_dir, sizeof database->backup_dir);
    if (!database->is_default) {
        memcpy(database->subfolder, database->name, sizeof database->subfolder);
    }
    bool is_known = database->is_default;
    int result = look_for(database->path, S_IFREG, &database->exists, error);
    if (result == 0 && !database->exists && !is_known) {
        char folder[2 * PATH_MAX];
        snprintf(folder, sizeof folder, "%s/%s", database->backup_dir, database->subfolder);
        result = look_for(folder, S_IFDIR, &is_known, error);
    }
    if (result == 0 && ((!database->exists && !is_known) || length >= (int)sizeof database->path)) {
        result = error_set(error, ERR_NOT_FOUND, "There is no database %s.", file);
    }
    return result;
}

int catalog_find(const struct config *config, const char *name, struct database *database,
                 struct error *error)
{
    struct place place;
    int result = find_place(config, &place, error);
    if (result < 0) {
        return result;
    }
    char file[FILENAME_SIZE + sizeof ".db"];
    snprintf(file, sizeof file, "%s%s", name == NULL ? place.default_file : name,
             name == NULL ? "" : ".db");
    result = filename_check(file, error);
    if (result == 0) {
        result = describe(&place, file, database, error);
    }
    if (result == ERR_NOT_FOUND && name != NULL) {
        /* As it was asked for, without .db. */
        result = error_set(error, ERR_NOT_FOUND, "There is no database %s.", name);
    }
    bool is_other = false;
    if (result == 0 && !database->exists) {
        result = file_look_for(AT_FDCWD, database->path, &is_other, error);
    }
    if (result == 0 && is_other) {
        result = error_set(error, ERR_BAD_REQUEST,
                           "%s is no regular file: name the database itself, not a link to it.",
                           database->path);
    }
    if (result == 0 && database->exists && !file_is_spelt(AT_FDCWD, place.folder, file)) {
        result = error_set(error, ERR_NOT_FOUND,
                           "There is no database %s: its file's name is spelt with other upper and "
                           "lower case.",
                           database->name);
    }
    return result;
}

int catalog_require_file(const struct database *database, struct error *error)
{
    return database->exists
               ? 0
               : error_set(error, ERR_NOT_FOUND, "The database %s is missing. Restore a backup.",
                           database->path);
}

/* --- listing ------------------------------------------------------------------------------- */

struct listing {
    const struct place *place;
    const char *ending; /* what makes an entry of the folder the name of a database's file */
    struct database *items;
    size_t count;
    struct error *error;
};

static bool is_listed(const struct listing *listing, const char *name)
{
    for (size_t i = 0; i < listing->count; i++) {
        if (strcmp(listing->items[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* Appends the database whose file is ENTRY and the ending, if there is one. */
static int append(const char *entry, void *context)
{
    struct listing *listing = context;
    struct error ignored;
    struct database found;
    char file[NAME_MAX + sizeof ".db"];
    snprintf(file, sizeof file, "%s%s", entry, listing->ending);
    if (filename_check(file, &ignored) < 0) {
        return 0;
    }
    int result = describe(listing->place, file, &found, listing->error);
    if (result < 0 || is_listed(listing, found.name)) {
        return result == ERR_NOT_FOUND ? 0 : result;
    }
    struct database *grown = realloc(listing->items, (listing->count + 1) * sizeof *grown);
    if (grown == NULL) {
        return error_memory(listing->error);
    }
    listing->items = grown;
    listing->items[listing->count++] = found;
    return 0;
}

static int append_all(struct listing *listing, struct error *error)
{
    const struct place *place = listing->place;
    int result = append(place->default_file, listing);
    if (result == 0) {
        result = file_each(AT_FDCWD, place->folder, append, listing, error);
    }
    /* A folder of backups stands for a database that may be lost. */
    listing->ending = ".db";
    if (result == 0) {
        result = file_each(AT_FDCWD, place->backup_dir, append, listing, error);
    }
    return result == ERR_NOT_FOUND ? 0 : result;
}

static int compare_default_first(const void *left, const void *right)
{
    const struct database *a = left;
    const struct database *b = right;
    if (a->is_default != b->is_default) {
        return a->is_default ? -1 : 1;
    }
    return strcmp(a->name, b->name);
}

int catalog_list(const struct config *config, struct database **ret_list, size_t *ret_count,
                 struct error *error)
{
    struct place place;
    struct listing listing = {.place = &place, .ending = "", .error = error};
    int result = find_place(config, &place, error);
    if (result == 0) {
        result = append_all(&listing, error);
    }
    if (result < 0) {
        free(listing.items);
        return result;
    }
    if (listing.count > 1) {
        qsort(listing.items, listing.count, sizeof *listing.items, compare_default_first);
    }
    *ret_list = listing.items;
    *ret_count = listing.count;
    return 0;
}

int catalog_open_store(const struct database *database, enum store_purpose purpose,
                       struct store *store, struct error *error)
{
    return store_open(store, database->backup_dir, database->subfolder, purpose, error);
}

int catalog_list_backups(const struct database *database, struct backup **ret_list,
                         size_t *ret_count, struct error *error)
{
    struct store store;
    *ret_list = NULL;
    *ret_count = 0;
    int result = catalog_open_store(database, STORE_READ, &store, error);
    if (result == 0) {
        result = store_list(&store, ret_list, ret_count, error);
    }
    store_close(&store);
    return result;
}

void catalog_backups_folder(const struct database *database, char out[PATH_MAX])
{
    snprintf(out, PATH_MAX, "%.*s/%s", PATH_MAX - FILENAME_SIZE - 2, database->backup_dir,
             database->subfolder);
}

void catalog_existing_folder(const struct database *database, char out[PATH_MAX])
{
    catalog_backups_folder(database, out);
    while (access(out, F_OK) != 0 && strrchr(out, '/') != out) {
        *strrchr(out, '/') = '\0';
    }
}

int catalog_space(const struct database *database, struct file_space *space, struct error *error)
{
    char folder[PATH_MAX];
    catalog_existing_folder(database, folder);
    /* Its content need not be readable for that. */
    int fd = file_open(AT_FDCWD, folder, O_PATH | O_DIRECTORY, error);
    if (fd < 0) {
        return fd;
    }
    int result = file_space(fd, space, error);
    file_close(fd);
    return result;
}
