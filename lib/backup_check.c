#include "backup_check.h"

#include <stdio.h>
#include <string.h>

#include "digest.h"
#include "file.h"
#include "timestamp.h"

static int check_database(const struct store *store, const char *filename,
                          const struct progress *progress, struct verify_report *report,
                          struct error *error)
{
    char path[PATH_MAX + FILENAME_SIZE];
    snprintf(path, sizeof path, "%s/%s", store->path, filename);
    return verify_file(path, filename, VERIFY_FULL, progress, report, error);
}

/* What cannot be used, or cannot be read, is a finding: the check of other backups must go on. */
static int as_finding(int result, const struct error *error, struct verify_report *report)
{
    if (result != ERR_UNUSABLE && result != ERR_IO) {
        return result;
    }
    verify_add_problem(report, error->detail);
    return 0;
}

/* Under the lock, on the manifest as it is now: label and pin may have changed meanwhile. */
static int record(const struct store *store, const char *sha256, struct verify_report *report,
                  struct backup *backup, struct error *error)
{
    const struct backup checked = *backup;
    int result = store_get_again(store, &checked, backup, error);
    if (result < 0) {
        return result;
    }
    if (sha256[0] != '\0' && backup->sha256[0] != '\0' && strcmp(backup->sha256, sha256) != 0) {
        verify_add_problem(report, "The checksum is not the one that was recorded.");
    }
    bool is_whole = report->count == 0;
    if (backup->record == RECORD_DAMAGED || (backup->record == RECORD_NONE && !is_whole)) {
        return 0;
    }
    backup->verified_ms = is_whole ? timestamp_now_ms() : 0;
    if (backup->sha256[0] == '\0' && is_whole) {
        memcpy(backup->sha256, sha256, SHA256_SIZE);
    }
    return store_record(store, backup, error);
}

int backup_check(const struct store *store, const char *filename, const struct progress *progress,
                 struct verify_report *report, struct backup *backup, struct error *error)
{
    struct digest_job digest;
    int result = store_get(store, filename, backup, error);
    if (result == 0) {
        result = digest_start(&digest, store->folder_fd, filename, error);
    }
    if (result < 0) {
        return result;
    }
    struct error digest_error;
    result = as_finding(check_database(store, filename, progress, report, error), error, report);
    int digest_result = as_finding(digest_finish(&digest, &digest_error), &digest_error, report);
    if (result == 0 && digest_result < 0) {
        *error = digest_error;
        result = digest_result;
    }
    int lock_fd = result < 0 ? result : store_lock(store, STORE_LOCK, error);
    if (lock_fd < 0) {
        return lock_fd;
    }
    result = record(store, digest.sha256, report, backup, error);
    file_close(lock_fd);
    return result;
}
