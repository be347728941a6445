/* Errors: one small set of codes, each with its HTTP and its shell meaning.
 *
 * Every function of this library that can fail returns 0 or one of these negative codes and, on
 * failure, puts one sentence for a person into the struct error that its caller passed: what
 * happened and, where it helps, what to do. The library never prints and never exits. */
#ifndef ERROR_H
#define ERROR_H

enum error_code {
    ERR_BAD_REQUEST = -1,    /* a name, parameter, option or setting that cannot be */
    ERR_NOT_FOUND = -2,      /* no such backup, database or path */
    ERR_METHOD = -3,         /* the path exists, but not for this method */
    ERR_PINNED = -4,         /* the backup is pinned */
    ERR_DAMAGED = -5,        /* a database or backup is damaged */
    ERR_SCHEMA_DIFFERS = -6, /* the backup's tables are not those of the live database */
    ERR_CONFLICT = -7,       /* something is already there */
    ERR_TOO_LARGE = -8,      /* the body is over its limit */
    ERR_MEDIA_TYPE = -9,     /* the body is not of a type that is understood */
    ERR_UNUSABLE = -10,      /* the file is no usable database */
    ERR_BUSY = -11,          /* somebody holds a lock; trying again later can help */
    ERR_UNAVAILABLE = -12,   /* a part that is needed is not there */
    ERR_NO_ROOM = -13,       /* no space, or no right to write there */
    ERR_IO = -14,            /* reading or writing failed */
    ERR_POINT = -15,         /* a moment that the replica cannot give back */
    ERR_FORBIDDEN = -16,     /* whoever asks may only read */
    ERR_CODE_END = -17,
};

enum { ERROR_DETAIL_SIZE = 1024 };

struct error {
    int code;
    char detail[ERROR_DETAIL_SIZE];
};

/* What one code means outside: the slug of the RFC 9457 problem type, its title, the HTTP status
 * (RFC 9110) and the exit status (sysexits.h). */
struct error_meaning {
    const char *slug;
    const char *title;
    int http_status;
    int exit_status;
};

/* The meaning of CODE; an unknown code means what ERR_IO means. */
const struct error_meaning *error_meaning(int code);

/* Sets code and sentence; returns CODE, so that `return error_set(...)` reads as one step. */
int error_set(struct error *error, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for a failed system call: appends ": " and the text of ERRNUM, and returns the code that
 * ERRNUM means (ENOSPC: ERR_NO_ROOM, ENOENT: ERR_NOT_FOUND, ...). */
int error_system(struct error *error, int errnum, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Out of memory. */
int error_memory(struct error *error);

#endif
