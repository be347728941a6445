#include "world.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "store.h"
#include "text.h"

static const char live_file[] = "ledger.db";

enum { PATH_SIZE = PATH_MAX, FILE_LIMIT = 64 << 20 };

static _Noreturn void give_up(const char *what)
{
    perror(what);
    exit(70);
}

static void describe(char *out, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The first problem is the one to tell. */
static void describe(char *out, size_t size, const char *format, ...)
{
    va_list arguments;
    if (out[0] == '\0') {
        va_start(arguments, format);
        vsnprintf(out, size, format, arguments);
        va_end(arguments);
    }
}

/* --- setting back -------------------------------------------------------------------------- */

static void copy_folder(int from_parent, int to_parent, const char *name);

static void copy_entry(int from_fd, int to_fd, const char *name)
{
    struct stat status;
    struct error error;
    if (fstatat(from_fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
        give_up(name);
    }
    if (S_ISDIR(status.st_mode)) {
        copy_folder(from_fd, to_fd, name);
        return;
    }
    int source_fd = file_open(from_fd, name, O_RDONLY, &error);
    int copy_fd = file_open(to_fd, name, O_RDWR | O_CREAT | O_EXCL, &error);
    if (source_fd < 0 || copy_fd < 0 ||
        file_copy(source_fd, copy_fd, status.st_size, NULL, "", &error) < 0) {
        give_up(name);
    }
    file_close(source_fd);
    file_close(copy_fd);
}

struct copying {
    int from_fd, to_fd;
};

static int copy_visited(const char *name, void *context)
{
    const struct copying *copying = context;
    copy_entry(copying->from_fd, copying->to_fd, name);
    return 0;
}

static void copy_folder(int from_parent, int to_parent, const char *name)
{
    struct error error;
    struct copying copying = {.from_fd =
                                  file_open(from_parent, name, O_RDONLY | O_DIRECTORY, &error),
                              .to_fd = file_open_folder(to_parent, name, &error)};
    if (copying.from_fd < 0 || copying.to_fd < 0 ||
        file_each(copying.from_fd, ".", copy_visited, &copying, &error) < 0) {
        give_up(name);
    }
    file_close(copying.from_fd);
    file_close(copying.to_fd);
}

void world_reset(const struct world *world, const char *template)
{
    static const char *const parts[] = {"data", "backups", "scratch"};
    struct error error;
    int from_fd = file_open(AT_FDCWD, template, O_RDONLY | O_DIRECTORY, &error);
    int to_fd = file_open(AT_FDCWD, world->folder, O_RDONLY | O_DIRECTORY, &error);
    if (from_fd < 0 || to_fd < 0) {
        give_up(world->folder);
    }
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        file_remove_folder(to_fd, parts[i]);
    }
    copy_folder(from_fd, to_fd, "data");
    copy_folder(from_fd, to_fd, "backups");
    file_close(from_fd);
    file_close(to_fd);
}

/* --- contents ------------------------------------------------------------------------------ */

/* Files of the same bytes have the same content, and the tool is asked once. */
struct remembered {
    struct remembered *next;
    char sha256[SHA256_SIZE];
    char content[CONTENT_SIZE];
};

static struct remembered *memory;

static bool hash_file(const char *path, char out[SHA256_SIZE])
{
    char *data;
    struct error error;
    struct stat status;
    unsigned char digest[EVP_MAX_MD_SIZE];
    if (stat(path, &status) != 0 || file_read(AT_FDCWD, path, FILE_LIMIT, &data, &error) < 0) {
        return false;
    }
    EVP_Digest(data, (size_t)status.st_size, digest, NULL, EVP_sha256(), NULL);
    free(data);
    for (size_t i = 0; i < (SHA256_SIZE - 1) / 2; i++) {
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
    }
    return true;
}

/* SQLite's own word for a file without companions. */
static bool is_sound(const char *path)
{
    char uri[PATH_SIZE + sizeof "file:?immutable=1"];
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    snprintf(uri, sizeof uri, "file:%s?immutable=1", path);
    bool sound =
        sqlite3_open_v2(uri, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(db, "PRAGMA integrity_check(1)", -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW &&
        strcmp((const char *)sqlite3_column_text(statement, 0), "ok") == 0;
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return sound;
}

static bool ask_tool(const struct world *world, const char *path, char out[CONTENT_SIZE])
{
    char command[3 * PATH_SIZE];
    snprintf(command, sizeof command, "'%s/content_hash' '%s' 2>/dev/null", world->tools, path);
    FILE *answer = popen(command, "re");
    bool read = answer != NULL && fgets(out, CONTENT_SIZE, answer) != NULL;
    bool good = answer != NULL && pclose(answer) == 0 && read;
    out[strcspn(out, "\n")] = '\0';
    return good;
}

/* What the database file PATH says; "damaged" and its checksum if SQLite finds anything wrong. */
static void read_content(const struct world *world, const char *path, char out[CONTENT_SIZE])
{
    char sha256[SHA256_SIZE];
    if (!hash_file(path, sha256)) {
        snprintf(out, CONTENT_SIZE, "missing");
        return;
    }
    for (const struct remembered *one = memory; one != NULL; one = one->next) {
        if (strcmp(one->sha256, sha256) == 0) {
            memcpy(out, one->content, CONTENT_SIZE);
            return;
        }
    }
    if (!is_sound(path) || !ask_tool(world, path, out)) {
        snprintf(out, CONTENT_SIZE, "damaged %s", sha256);
    }
    struct remembered *one = calloc(1, sizeof *one);
    if (one == NULL) {
        give_up("memory");
    }
    memcpy(one->sha256, sha256, sizeof sha256);
    memcpy(one->content, out, CONTENT_SIZE);
    one->next = memory;
    memory = one;
}

/* --- the live database --------------------------------------------------------------------- */

/* Copies the database with what is beside it, and lets SQLite recover it there. */
static void recover_copy(const struct world *world, int data_fd, char path[PATH_SIZE])
{
    static const char *const parts[] = {"ledger.db", "ledger.db-wal", "ledger.db-journal"};
    struct error error;
    sqlite3 *db = NULL;
    int world_fd = file_open(AT_FDCWD, world->folder, O_RDONLY | O_DIRECTORY, &error);
    file_remove_folder(world_fd, "scratch");
    int scratch_fd = file_open_folder(world_fd, "scratch", &error);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (file_exists(data_fd, parts[i])) {
            copy_entry(data_fd, scratch_fd, parts[i]);
        }
    }
    file_close(scratch_fd);
    file_close(world_fd);
    snprintf(path, PATH_SIZE, "%s/scratch/%s", world->folder, live_file);
    if (!file_exists(AT_FDCWD, path)) {
        return;
    }
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK) {
        /* Not even at its end, where the file is no database. */
        sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        sqlite3_exec(db, "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode=DELETE", NULL, NULL,
                     NULL);
    }
    sqlite3_close(db);
}

static void look_at_live(const struct world *world, int data_fd, struct world_state *state)
{
    char path[PATH_SIZE];
    recover_copy(world, data_fd, path);
    read_content(world, path, state->live);
}

struct looking {
    const struct world *world;
    struct world_state *state;
};

static int look_at_kept(const char *name, void *context)
{
    const struct looking *looking = context;
    char path[PATH_SIZE];
    char content[CONTENT_SIZE];
    if (strstr(name, ".damaged-") != NULL && !text_ends_with(name, "-wal") &&
        !text_ends_with(name, "-shm") && !text_ends_with(name, "-journal")) {
        snprintf(path, sizeof path, "%s/data/%s", looking->world->folder, name);
        read_content(looking->world, path, content);
        text_append(looking->state->kept, sizeof looking->state->kept, content);
        text_append(looking->state->kept, sizeof looking->state->kept, " ");
    }
    return 0;
}

/* --- the backups --------------------------------------------------------------------------- */

static void look_at_backup(const struct world *world, struct world_backup *backup,
                           struct world_state *state)
{
    const struct backup *known = &backup->known;
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/backups/%s", world->folder, known->filename);
    read_content(world, path, backup->content);
    if (!hash_file(path, backup->sha256) || strncmp(backup->content, "damaged", 7) == 0) {
        describe(state->problem, sizeof state->problem, "%s is listed and is no whole database",
                 known->filename);
    }
    if (known->record != RECORD_READ) {
        describe(state->problem, sizeof state->problem, "%s has no readable manifest",
                 known->filename);
    }
    if (strcmp(known->sha256, backup->sha256) != 0) {
        describe(state->problem, sizeof state->problem, "%s is not what its manifest says",
                 known->filename);
    }
}

static void look_at_backups(const struct world *world, struct world_state *state)
{
    char folder[PATH_SIZE];
    struct store store;
    struct error error;
    struct backup *list = NULL;
    snprintf(folder, sizeof folder, "%s/backups", world->folder);
    if (store_open(&store, folder, "", STORE_READ, &error) < 0 ||
        store_list(&store, &list, &state->count, &error) < 0) {
        describe(state->problem, sizeof state->problem, "it cannot be listed: %s", error.detail);
    }
    store_close(&store);
    state->backups = calloc(state->count + 1, sizeof *state->backups);
    if (state->backups == NULL) {
        give_up("memory");
    }
    for (size_t i = 0; i < state->count; i++) {
        state->backups[i].known = list[i];
        look_at_backup(world, &state->backups[i], state);
    }
    free(list);
}

void world_look(const struct world *world, struct world_state *state)
{
    char data[PATH_SIZE];
    struct error error;
    struct looking looking = {.world = world, .state = state};
    *state = (struct world_state){.live = ""};
    snprintf(data, sizeof data, "%s/data", world->folder);
    int data_fd = file_open(AT_FDCWD, data, O_RDONLY | O_DIRECTORY, &error);
    if (data_fd < 0 || file_each(data_fd, ".", look_at_kept, &looking, &error) < 0) {
        give_up(data);
    }
    look_at_live(world, data_fd, state);
    file_close(data_fd);
    look_at_backups(world, state);
}

void world_forget(struct world_state *state)
{
    free(state->backups);
    state->backups = NULL;
    state->count = 0;
}

const struct world_backup *world_find(const struct world_state *state, const char *filename)
{
    for (size_t i = 0; i < state->count; i++) {
        if (strcmp(state->backups[i].known.filename, filename) == 0) {
            return &state->backups[i];
        }
    }
    return NULL;
}

/* --- litter -------------------------------------------------------------------------------- */

struct litter {
    int folder_fd;
    char *out;
    size_t size;
};

static int find_in_backups(const char *name, void *context)
{
    const struct litter *litter = context;
    char backup[NAME_MAX + 1];
    if (text_ends_with(name, ".db.json")) {
        snprintf(backup, sizeof backup, "%.*s", (int)(strlen(name) - strlen(".json")), name);
        if (!file_exists(litter->folder_fd, backup)) {
            describe(litter->out, litter->size, "backups/%s, a manifest without a backup", name);
        }
    } else if (name[0] != '.' && !text_ends_with(name, ".db")) {
        describe(litter->out, litter->size, "backups/%s", name);
    } else if (name[0] == '.' && strcmp(name, ".lock") != 0 && strcmp(name, ".restore.lock") != 0 &&
               strcmp(name, ".work") != 0 && strcmp(name, ".audit") != 0 &&
               strcmp(name, ".replicas") != 0) {
        describe(litter->out, litter->size, "backups/%s", name);
    }
    return 0;
}

static int find_in_work(const char *name, void *context)
{
    const struct litter *litter = context;
    describe(litter->out, litter->size, "backups/.work/%s", name);
    return 0;
}

static int find_in_audit(const char *name, void *context)
{
    const struct litter *litter = context;
    if (text_ends_with(name, ".begun")) {
        describe(litter->out, litter->size, "backups/.audit/%s", name);
    }
    return 0;
}

static int find_in_data(const char *name, void *context)
{
    static const char *const known[] = {"ledger.db", "ledger.db-wal", "ledger.db-shm"};
    const struct litter *litter = context;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(name, known[i]) == 0) {
            return 0;
        }
    }
    if (strstr(name, ".damaged-") == NULL) {
        describe(litter->out, litter->size, "data/%s", name);
    }
    return 0;
}

void world_find_litter(const struct world *world, char *out, size_t size)
{
    static const struct {
        const char *folder;
        int (*visit)(const char *name, void *context);
    } parts[] = {{"backups", find_in_backups},
                 {"backups/.work", find_in_work},
                 {"backups/.audit", find_in_audit},
                 {"data", find_in_data}};
    out[0] = '\0';
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        char path[PATH_SIZE];
        struct error error;
        snprintf(path, sizeof path, "%s/%s", world->folder, parts[i].folder);
        struct litter litter = {.folder_fd =
                                    file_open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, &error),
                                .out = out,
                                .size = size};
        if (litter.folder_fd >= 0) {
            (void)file_each(litter.folder_fd, ".", parts[i].visit, &litter, &error);
        }
        file_close(litter.folder_fd);
    }
}
