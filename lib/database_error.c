#include "database_error.h"

#include <errno.h>
#include <stddef.h>

#include "allowance.h"

/* errno of the last system call that failed on the file that FILE_POINTER asks for; 0: none. */
static int last_errno(sqlite3 *db, int file_pointer)
{
    sqlite3_file *file = NULL;
    int errnum = 0;
    if (sqlite3_file_control(db, "main", file_pointer, &file) == SQLITE_OK && file != NULL &&
        file->pMethods != NULL) {
        file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &errnum);
    }
    return errnum;
}

bool database_call_failed(sqlite3 *db)
{
    int rc = sqlite3_errcode(db) & 0xFF;
    return rc == SQLITE_IOERR || rc == SQLITE_CANTOPEN ||
           last_errno(db, SQLITE_FCNTL_FILE_POINTER) == EIO ||
           last_errno(db, SQLITE_FCNTL_JOURNAL_POINTER) == EIO;
}

static bool is_no_room(int errnum)
{
    return errnum == ENOSPC || errnum == EDQUOT;
}

static int code_of_failed_call(sqlite3 *db, int rc)
{
    if (rc == SQLITE_IOERR_NOMEM) {
        return ERR_UNAVAILABLE;
    }
    return db != NULL && (is_no_room(sqlite3_system_errno(db)) ||
                          is_no_room(last_errno(db, SQLITE_FCNTL_FILE_POINTER)) ||
                          is_no_room(last_errno(db, SQLITE_FCNTL_JOURNAL_POINTER)))
               ? ERR_NO_ROOM
               : ERR_IO;
}

/* Our own statements are right: one that SQLite cannot make sense of asks for what the file does
 * not give, or the file's schema asks for what nobody has. */
static int code_of_sqlite(sqlite3 *db, int rc)
{
    if (rc == SQLITE_IOERR_SHORT_READ) {
        return ERR_DAMAGED;
    }
    switch (rc & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
        return ERR_BUSY;
    case SQLITE_CORRUPT:
        return db != NULL && database_call_failed(db) ? ERR_IO : ERR_DAMAGED;
    case SQLITE_CONSTRAINT:
    case SQLITE_INTERRUPT:
        return ERR_DAMAGED;
    case SQLITE_NOTADB:
        return db != NULL && database_call_failed(db) ? ERR_IO : ERR_UNUSABLE;
    case SQLITE_ERROR:
    case SQLITE_TOOBIG:
        return ERR_UNUSABLE;
    case SQLITE_FULL:
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return ERR_NO_ROOM;
    case SQLITE_NOMEM:
        return allowance_refused_memory() ? ERR_UNUSABLE : ERR_UNAVAILABLE;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        return code_of_failed_call(db, rc);
    default:
        return ERR_IO;
    }
}

int database_error(sqlite3 *db, int rc, const char *what, struct error *error)
{
    if (rc == SQLITE_READONLY_ROLLBACK || rc == SQLITE_READONLY_RECOVERY) {
        return error_set(error, ERR_BUSY,
                         "Cannot %s: a transaction that was interrupted has to be rolled back "
                         "first. Start the app, or open the database once with sqlite3.",
                         what);
    }
    int code = code_of_sqlite(db, rc);
    if ((rc & 0xFF) == SQLITE_INTERRUPT) {
        return error_set(error, code, "Cannot %s: it takes longer than a whole file's would.",
                         what);
    }
    if ((rc & 0xFF) == SQLITE_NOMEM && code == ERR_UNUSABLE) {
        return error_set(error, code, "Cannot %s: it needs more than %d MB of memory.", what,
                         ALLOWANCE_MEMORY_MB);
    }
    return error_set(error, code, "Cannot %s: %s.", what,
                     db == NULL || sqlite3_extended_errcode(db) != rc ? sqlite3_errstr(rc)
                                                                      : sqlite3_errmsg(db));
}

bool database_lacked_memory(sqlite3 *db)
{
    return db != NULL && (sqlite3_errcode(db) & 0xFF) == SQLITE_NOMEM;
}
