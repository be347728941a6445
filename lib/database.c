#include "database.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "allowance.h"
#include "file.h"
#include "text.h"

void database_close(sqlite3 *db)
{
    sqlite3_close(db);
}

static int compare_bytes(void *context, int left_size, const void *left, int right_size,
                         const void *right)
{
    (void)context;
    int order = memcmp(left, right, (size_t)(left_size < right_size ? left_size : right_size));
    return order != 0 ? order : left_size - right_size;
}

static void stand_in(void *context, sqlite3 *db, int encoding, const char *name)
{
    bool *used = context;
    if (used != NULL) {
        *used = true;
    }
    sqlite3_create_collation(db, name, encoding, NULL, compare_bytes);
}

void database_accept_collations(sqlite3 *db, bool *ret_used)
{
    if (ret_used != NULL) {
        *ret_used = false;
    }
    sqlite3_collation_needed(db, ret_used, stand_in);
}

/* Without opening the file: that would drop the process's locks on it when it is closed. */
static int64_t size_of(sqlite3 *db)
{
    struct stat status;
    return stat(sqlite3_db_filename(db, "main"), &status) == 0 ? status.st_size : 0;
}

void database_renew_time(sqlite3 *db, sqlite3 *other)
{
    int64_t size = size_of(db) + (other == NULL ? 0 : size_of(other));
    int64_t deadline_ms = allowance_deadline(allowance_seconds(size));
    allowance_stop_at(db, deadline_ms);
    if (other != NULL) {
        allowance_stop_at(other, deadline_ms);
    }
}

/* What holds in every role: nothing runs that the file asks for, be it an extension, a trigger, the
 * check of a constraint or the code of a virtual table, and what has to run has its limits. */
static void harden(sqlite3 *db)
{
    allowance_apply(db, size_of(db));
    sqlite3_drop_modules(db, NULL);
    sqlite3_extended_result_codes(db, 1);
    /* No program may write into the folders for temporary files. */
    sqlite3_exec(db, "PRAGMA temp_store=MEMORY", NULL, NULL, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
}

static int open_with(const char *path, int flags, sqlite3 **ret_db, struct error *error)
{
    *ret_db = NULL;
    int rc = sqlite3_open_v2(path, ret_db, flags | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_PRIVATECACHE,
                             "unix");
    if (rc != SQLITE_OK) {
        int code = database_error(*ret_db, rc, "open the database", error);
        database_close(*ret_db);
        *ret_db = NULL;
        return code;
    }
    harden(*ret_db);
    return 0;
}

/* Runs the settings of a role; closes the database if they fail. */
static int set_up(sqlite3 **db, const char *pragmas, struct error *error)
{
    int result =
        database_execute(*db, "PRAGMA ignore_check_constraints=1", "open the database", error);
    if (result == 0) {
        result = database_execute(*db, pragmas, "open the database", error);
    }
    if (result < 0) {
        database_close(*db);
        *db = NULL;
    }
    return result;
}

/* A commit lasts a moment: who naps longer than this loses against a writer that never pauses. */
enum { NAP_MS = 1 };

/* SQLite calls this again and again while a lock is held; in rollback mode it keeps new readers out
 * meanwhile, so waiting in here, and not between two tries, is what lets a writer in. A nap takes a
 * little longer than it says: the timeout is the least that is waited. */
static int wait_for_lock(void *context, int calls)
{
    const struct timespec nap = {.tv_nsec = NAP_MS * 1000000L};
    intptr_t timeout_ms = (intptr_t)context;
    nanosleep(&nap, NULL);
    return calls < timeout_ms / NAP_MS;
}

/* Looks without opening: closing the file again would drop the process's locks on it. */
static int refuse_orphaned_wal(const char *path, struct error *error)
{
    char wal[PATH_MAX + sizeof "-wal"];
    struct stat file = {0};
    struct stat log = {0};
    snprintf(wal, sizeof wal, "%s-wal", path);
    /* The WAL first: an app that sets a new database up has filled the file before there is one. */
    if (lstat(wal, &log) != 0) {
        return errno == ENOENT ? 0 : error_system(error, errno, "Cannot look at %s", wal);
    }
    if (log.st_size > 0 && lstat(path, &file) != 0) {
        return error_system(error, errno, "Cannot look at %s", path);
    }
    if (log.st_size > 0 && file.st_size == 0) {
        return error_set(error, ERR_DAMAGED, "%s is empty, but there is a WAL beside it.", path);
    }
    return 0;
}

/* Says to SQLite that nobody writes to the file: it takes no lock and looks for no WAL. */
#define LEFT_ALONE "immutable=1"

/* Opens PATH as a URI with this parameter. */
static int open_with_parameter(const char *path, const char *parameter, sqlite3 **ret_db,
                               struct error *error)
{
    char encoded[PATH_MAX * 3];
    char uri[sizeof encoded + 64];
    *ret_db = NULL;
    if (!text_percent_encode(path, encoded, sizeof encoded)) {
        return error_set(error, ERR_BAD_REQUEST, "The path %.200s... is too long.", path);
    }
    snprintf(uri, sizeof uri, "file:%s?%s", encoded, parameter);
    return open_with(uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, ret_db, error);
}

static bool has_wal(const char *path)
{
    char wal[PATH_MAX + sizeof "-wal"];
    struct stat status;
    snprintf(wal, sizeof wal, "%s-wal", path);
    return lstat(wal, &status) == 0;
}

/* SQLite has several words for a -shm file that nobody has made and that it may not make. */
static bool lacks_shared_memory(sqlite3 *db)
{
    int rc = sqlite3_exec(db, "PRAGMA schema_version", NULL, NULL, NULL);
    return ((rc & 0xFF) == SQLITE_CANTOPEN || (rc & 0xFF) == SQLITE_READONLY) &&
           rc != SQLITE_READONLY_ROLLBACK;
}

static void set_up_locks(sqlite3 *db, int busy_timeout_ms)
{
    database_accept_collations(db, NULL);
    sqlite3_busy_handler(db, wait_for_lock, (void *)(intptr_t)busy_timeout_ms);
    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
}

static int open_to_look(const char *path, int busy_timeout_ms, sqlite3 **ret_db,
                        struct error *error)
{
    int result = open_with_parameter(path, "readonly_shm=1", ret_db, error);
    if (result < 0) {
        return result;
    }
    set_up_locks(*ret_db, busy_timeout_ms);
    if (!lacks_shared_memory(*ret_db)) {
        return 0;
    }
    database_close(*ret_db);
    *ret_db = NULL;
    if (has_wal(path)) {
        return error_set(error, ERR_BUSY,
                         "The live database was not closed, and nobody has it open: what is in its "
                         "-wal file cannot be seen before the app opens it.");
    }
    return open_with_parameter(path, LEFT_ALONE, ret_db, error);
}

static int open_with_locks(const char *path, int flags, int busy_timeout_ms, sqlite3 **ret_db,
                           struct error *error)
{
    int result = open_with(path, flags, ret_db, error);
    if (result == 0) {
        set_up_locks(*ret_db, busy_timeout_ms);
    }
    return result;
}

/* Lets SQLite roll a hot journal back. In exclusive mode it empties the journal then and does not
 * remove it: no right to remove anything is needed. */
static int roll_back(const char *path, int busy_timeout_ms, struct error *error)
{
    sqlite3 *db;
    int result = open_with_locks(path, SQLITE_OPEN_READWRITE, busy_timeout_ms, &db, error);
    if (result == 0) {
        result = database_execute(db, "PRAGMA locking_mode=EXCLUSIVE; PRAGMA schema_version",
                                  "roll an interrupted transaction back", error);
    }
    database_close(db);
    return result;
}

static int open_to_read(const char *path, int busy_timeout_ms, sqlite3 **ret_db,
                        struct error *error)
{
    int result = open_with_locks(path, SQLITE_OPEN_READONLY, busy_timeout_ms, ret_db, error);
    if (result < 0 || sqlite3_exec(*ret_db, "PRAGMA schema_version", NULL, NULL, NULL) !=
                          SQLITE_READONLY_ROLLBACK) {
        return result;
    }
    database_close(*ret_db);
    *ret_db = NULL;
    result = roll_back(path, busy_timeout_ms, error);
    return result < 0 ? result
                      : open_with_locks(path, SQLITE_OPEN_READONLY, busy_timeout_ms, ret_db, error);
}

static int open_to_write(const char *path, int busy_timeout_ms, sqlite3 **ret_db,
                         struct error *error)
{
    int result = open_with_locks(path, SQLITE_OPEN_READWRITE, busy_timeout_ms, ret_db, error);
    return result < 0 ? result : set_up(ret_db, "PRAGMA wal_autocheckpoint=0", error);
}

int database_open_live(const char *path, enum database_use use, int busy_timeout_ms,
                       sqlite3 **ret_db, struct error *error)
{
    *ret_db = NULL;
    int result = refuse_orphaned_wal(path, error);
    if (result < 0) {
        return result;
    }
    return use == DATABASE_LOOK   ? open_to_look(path, busy_timeout_ms, ret_db, error)
           : use == DATABASE_READ ? open_to_read(path, busy_timeout_ms, ret_db, error)
                                  : open_to_write(path, busy_timeout_ms, ret_db, error);
}

int database_was_left_alone(sqlite3 *db, struct error *error)
{
    const char *path = sqlite3_db_filename(db, "main");
    return sqlite3_uri_boolean(path, "immutable", 0) && has_wal(path)
               ? error_set(error, ERR_BUSY, "The live database was opened just now. Try again.")
               : 0;
}

/* It may have been deleted since its caller looked: SQLite would only say that it cannot be opened.
 */
static int refuse_missing(const char *path, struct error *error)
{
    const char *slash = strrchr(path, '/');
    return error_set(error, ERR_NOT_FOUND, "There is no backup %s.",
                     slash == NULL ? path : slash + 1);
}

int database_open_backup(const char *path, sqlite3 **ret_db, struct error *error)
{
    int result = open_with_parameter(path, LEFT_ALONE, ret_db, error);
    if (result < 0) {
        return file_exists(AT_FDCWD, path) ? result : refuse_missing(path, error);
    }
    database_accept_collations(*ret_db, NULL);
    sqlite3_db_config(*ret_db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    return set_up(ret_db, "PRAGMA query_only=1; PRAGMA cell_size_check=1; PRAGMA mmap_size=0",
                  error);
}

int database_open_copy(const char *path, sqlite3 **ret_db, struct error *error)
{
    int result = open_with(path, SQLITE_OPEN_READWRITE, ret_db, error);
    if (result < 0) {
        return result;
    }
    /* Exclusive: a WAL is then read without shared memory. No syncs: the finished file is synced
     * once, by whoever publishes it. */
    return set_up(ret_db, "PRAGMA locking_mode=EXCLUSIVE; PRAGMA synchronous=OFF", error);
}

int database_execute(sqlite3 *db, const char *sql, const char *what, struct error *error)
{
    int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : database_error(db, rc, what, error);
}

int database_number(sqlite3 *db, const char *sql, int64_t *ret_number, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(statement);
    }
    int result = 0;
    if (rc == SQLITE_ROW) {
        *ret_number = sqlite3_column_int64(statement, 0);
    } else if (rc == SQLITE_DONE) {
        result = error_set(error, ERR_DAMAGED, "The database does not answer \"%s\".", sql);
    } else {
        result = database_error(db, rc, "read the database", error);
    }
    sqlite3_finalize(statement);
    return result;
}

struct search {
    struct stat file;
    int fd;
    struct error *error;
};

/* Takes the descriptor that ENTRY names if it is the file. */
static int take_if_same(const char *entry, void *context)
{
    struct search *search = context;
    struct stat status;
    int fd = (int)strtol(entry, NULL, 10);
    if (fstat(fd, &status) != 0) {
        /* EBADF: another thread has closed it meanwhile. */
        return errno == EBADF
                   ? 0
                   : error_system(search->error, errno, "Cannot look at the live database");
    }
    if (search->fd < 0 && status.st_dev == search->file.st_dev &&
        status.st_ino == search->file.st_ino) {
        search->fd = fd;
    }
    return 0;
}

int database_descriptor(sqlite3 *db, int *ret_fd, struct error *error)
{
    struct search search = {.fd = -1, .error = error};
    if (stat(sqlite3_db_filename(db, "main"), &search.file) != 0) {
        return error_system(error, errno, "Cannot look at the live database");
    }
    int result = file_each(AT_FDCWD, "/proc/self/fd", take_if_same, &search, error);
    if (result == 0 && search.fd < 0) {
        result = error_set(error, ERR_BUSY, "The live database was replaced just now. Try again.");
    }
    *ret_fd = search.fd;
    return result;
}

int database_is_wal(sqlite3 *db, bool *ret_is_wal, struct error *error)
{
    enum { WRITE_VERSION = 18, READ_VERSION = 19, WAL_VERSION = 2 };
    unsigned char bytes[DATABASE_HEADER_SIZE] = {0};
    int fd = -1;
    int result = database_descriptor(db, &fd, error);
    if (result < 0) {
        return result;
    }
    if (file_read_at(fd, bytes, sizeof bytes, 0) < 0) {
        return error_system(error, errno, "Cannot read the database");
    }
    if (bytes[WRITE_VERSION] > WAL_VERSION || bytes[READ_VERSION] > WAL_VERSION) {
        return error_set(error, ERR_DAMAGED, "The database's header names no known journal mode.");
    }
    *ret_is_wal = bytes[READ_VERSION] == WAL_VERSION;
    return 0;
}
