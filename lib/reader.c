#include "reader.h"

int reader_check_download(const struct config *config, const struct store *store,
                          const char *filename, struct error *error)
{
    struct backup backup;
    enum backup_kind kind;
    int64_t second_ms;
    unsigned number;
    int result = store_get(store, filename, &backup, error);
    if (result < 0) {
        return result;
    }
    const bool *allowed = config->readers_may_download;
    if (!filename_parse(filename, &kind, &second_ms, &number)) {
        kind = backup.kind;
    }
    if (allowed[backup.kind] && allowed[kind]) {
        return 0;
    }
    return error_set(error, ERR_FORBIDDEN,
                     "Who may only read may not download this kind of backup (%s).",
                     filename_kind_name(backup.kind));
}
