#include "error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "text.h"

static const struct error_meaning meanings[] = {
    [-ERR_BAD_REQUEST] = {"bad-request", "Bad request", 400, EX_USAGE},
    [-ERR_NOT_FOUND] = {"not-found", "Not found", 404, EX_NOINPUT},
    [-ERR_METHOD] = {"method-not-allowed", "Method not allowed", 405, EX_USAGE},
    [-ERR_PINNED] = {"pinned", "The backup is pinned", 409, EX_NOPERM},
    [-ERR_DAMAGED] = {"damaged", "Damaged", 409, EX_DATAERR},
    [-ERR_SCHEMA_DIFFERS] = {"schema-differs", "The tables differ", 409, EX_DATAERR},
    [-ERR_CONFLICT] = {"conflict", "Already there", 409, EX_CANTCREAT},
    [-ERR_TOO_LARGE] = {"payload-too-large", "Too large", 413, EX_DATAERR},
    [-ERR_MEDIA_TYPE] = {"unsupported-media-type", "Unsupported media type", 415, EX_DATAERR},
    [-ERR_UNUSABLE] = {"unusable", "Not a usable database", 422, EX_DATAERR},
    [-ERR_BUSY] = {"busy", "Busy", 503, EX_TEMPFAIL},
    [-ERR_UNAVAILABLE] = {"unavailable", "Unavailable", 503, EX_UNAVAILABLE},
    [-ERR_NO_ROOM] = {"no-room", "Cannot write", 507, EX_CANTCREAT},
    [-ERR_IO] = {"io", "Input/output error", 503, EX_IOERR},
    [-ERR_POINT] = {"not-restorable", "Not restorable", 422, EX_DATAERR},
    [-ERR_FORBIDDEN] = {"forbidden", "Not allowed", 403, EX_NOPERM},
};

const struct error_meaning *error_meaning(int code)
{
    if (code >= 0 || code <= ERR_CODE_END) {
        code = ERR_IO;
    }
    return &meanings[-code];
}

int error_set(struct error *error, int code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->detail, sizeof error->detail, format, arguments);
    va_end(arguments);
    text_make_printable(error->detail);
    error->code = code;
    return code;
}

static int code_of_errno(int errnum)
{
    switch (errnum) {
    case ENOENT:
    case ENOTDIR:
        return ERR_NOT_FOUND;
    case EEXIST:
        return ERR_CONFLICT;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EROFS:
    case EACCES:
    case EPERM:
        return ERR_NO_ROOM;
    case EAGAIN:
    case ENFILE:
    case EMFILE:
        return ERR_BUSY;
    case ENOMEM:
        return ERR_UNAVAILABLE;
    default:
        return ERR_IO;
    }
}

/* What to do, with a space before it, where that is always the same. */
static const char *advice_for(int errnum)
{
    switch (errnum) {
    case ENOSPC:
    case EDQUOT:
        return " Delete old backups or make the volume larger.";
    case EROFS:
        return " Mount it for writing.";
    default:
        return "";
    }
}

int error_system(struct error *error, int errnum, const char *format, ...)
{
    char what[ERROR_DETAIL_SIZE / 2];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    return error_set(error, code_of_errno(errnum), "%s: %s.%s", what, strerror(errnum),
                     advice_for(errnum));
}

int error_memory(struct error *error)
{
    return error_set(error, ERR_UNAVAILABLE, "There is not enough memory.");
}
