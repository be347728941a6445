#include "manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "json.h"
#include "text.h"
#include "timestamp.h"

/* A manifest has a dozen short fields; the label is the longest. */
enum { MANIFEST_LIMIT = 16 << 10 };

void manifest_name(const char *filename, char out[MANIFEST_NAME_SIZE])
{
    snprintf(out, MANIFEST_NAME_SIZE, "%s.json", filename);
}

/* Files have times of before 1970, and of 0, which would be shown as none. */
static int64_t as_moment(int64_t ms)
{
    return ms < 1 ? 1 : ms > TIMESTAMP_LAST_MS ? TIMESTAMP_LAST_MS : ms;
}

static void take_from_name(struct backup *backup, int64_t otherwise_created_ms)
{
    unsigned number;
    if (!filename_parse(backup->filename, &backup->kind, &backup->created_ms, &number)) {
        backup->kind = BACKUP_MANUAL;
        backup->created_ms = otherwise_created_ms;
    }
    backup->created_ms = as_moment(backup->created_ms);
}

static bool parse_time(const cJSON *object, const char *name, enum timestamp_form form,
                       int64_t *ret_ms)
{
    const char *text = json_text(object, name, "");
    return timestamp_parse(text, strlen(text), form, ret_ms);
}

static bool is_sha256(const char *text)
{
    return strlen(text) == SHA256_SIZE - 1 && strspn(text, "0123456789abcdef") == SHA256_SIZE - 1;
}

/* Takes over what OBJECT says; false if something that every manifest has is missing or wrong. */
static bool take_fields(struct backup *backup, const cJSON *object)
{
    const char *label = json_text(object, "label", "");
    const char *sha256 = json_text(object, "sha256", "");
    if (!parse_time(object, "created", TIMESTAMP_MILLISECONDS, &backup->created_ms) ||
        !filename_kind_parse(json_text(object, "kind", ""), &backup->kind) ||
        backup->created_ms == 0 || (sha256[0] != '\0' && !is_sha256(sha256)) ||
        text_length(label) < 0 || text_length(label) > LABEL_MAX_CHARACTERS) {
        return false;
    }
    memcpy(backup->label, label, strlen(label) + 1);
    memcpy(backup->sha256, sha256, strlen(sha256) + 1);
    backup->pinned = json_flag(object, "pinned");
    /* A file that changed its size since is no longer what was verified. */
    if (json_integer(object, "size", -1) != backup->size ||
        !parse_time(object, "verified", TIMESTAMP_SECONDS, &backup->verified_ms)) {
        backup->verified_ms = 0;
    }
    return true;
}

int manifest_read(int folder_fd, int64_t otherwise_created_ms, struct backup *backup,
                  struct error *error)
{
    char name[MANIFEST_NAME_SIZE];
    manifest_name(backup->filename, name);
    char *text;
    int result = file_read(folder_fd, name, MANIFEST_LIMIT, &text, error);
    cJSON *object = NULL;
    if (result == 0) {
        result = json_parse(text, strlen(text), &object, error);
        free(text);
    }
    if (result == 0 && take_fields(backup, object)) {
        backup->record = RECORD_READ;
    } else {
        backup->record = result == ERR_NOT_FOUND ? RECORD_NONE : RECORD_DAMAGED;
        take_from_name(backup, otherwise_created_ms);
    }
    cJSON_Delete(object);
    /* What is no manifest is no failure of reading it. */
    bool was_read = result == ERR_NOT_FOUND || result == ERR_BAD_REQUEST || result == ERR_TOO_LARGE;
    return was_read ? 0 : result;
}

static char *print_manifest(const struct backup *backup)
{
    cJSON *object = backup_to_json(backup, NULL);
    /* What the folder already says: a backup may be moved to another database's folder. */
    cJSON_DeleteItemFromObject(object, "filename");
    cJSON_DeleteItemFromObject(object, "database");
    char *text = json_print(object, true);
    cJSON_Delete(object);
    return text;
}

static int write_in_work(int work_fd, const char *name, const struct backup *backup,
                         struct error *error)
{
    char *text = print_manifest(backup);
    if (text == NULL) {
        return error_memory(error);
    }
    int result = file_write(work_fd, name, text, strlen(text), error);
    free(text);
    return result;
}

int manifest_replace(int folder_fd, int work_fd, const struct backup *backup, struct error *error)
{
    char name[MANIFEST_NAME_SIZE];
    manifest_name(backup->filename, name);
    int result = write_in_work(work_fd, name, backup, error);
    if (result == 0 && renameat(work_fd, name, folder_fd, name) != 0) {
        result = error_system(error, errno, "Cannot write %s", name);
    }
    return result;
}

int manifest_announce(int folder_fd, int work_fd, const struct backup *backup, struct error *error)
{
    char name[MANIFEST_NAME_SIZE];
    manifest_name(backup->filename, name);
    int result = write_in_work(work_fd, name, backup, error);
    if (result < 0) {
        return result;
    }
    if (linkat(work_fd, name, folder_fd, name, 0) == 0) {
        return 0;
    }
    /* Some file systems have no links; then a killed program's manifest stays. */
    if (errno == EPERM || errno == EOPNOTSUPP || errno == EMLINK) {
        return file_publish(work_fd, name, folder_fd, name, error);
    }
    return error_system(error, errno, "Cannot write %s", name);
}

/* Tells of the file NAME; *ret_is_there is false where there is none. */
static int look_at(int folder_fd, const char *name, bool *ret_is_there, struct stat *ret_status)
{
    *ret_is_there = fstatat(folder_fd, name, ret_status, AT_SYMLINK_NOFOLLOW) == 0;
    return *ret_is_there || errno == ENOENT ? 0 : ERR_IO;
}

int manifest_withdraw(int folder_fd, int work_fd, const char *name)
{
    struct stat announced;
    struct stat published;
    bool is_announced;
    bool is_published;
    char filename[FILENAME_SIZE];
    snprintf(filename, sizeof filename, "%.*s", (int)(strlen(name) - strlen(".json")), name);
    if (look_at(work_fd, name, &is_announced, &announced) < 0 ||
        look_at(folder_fd, name, &is_published, &published) < 0) {
        return ERR_IO;
    }
    bool is_to_go = is_announced && is_published && announced.st_ino == published.st_ino &&
                    !file_exists(folder_fd, filename);
    return is_to_go && unlinkat(folder_fd, name, 0) != 0 ? ERR_IO : 0;
}
