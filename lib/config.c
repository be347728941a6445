#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More than anybody keeps; small enough that a typing error shows. */
enum { KEEP_MAX = 10000, BUSY_TIMEOUT_MAX_S = 3600 };

enum {
    DATABASE_PATH,
    BACKUP_DIR,
    BACKUP_KEEP,
    BACKUP_KEEP_PRE_RESTORE,
    BACKUP_KEEP_UPLOAD,
    BACKUP_KEEP_LITESTREAM,
    BACKUP_KEEP_SCHEDULED,
    BUSY_TIMEOUT,
    READERS_MAY_DOWNLOAD,
    WEBHOOK_URL,
    WEBHOOK_SECRET,
    LITESTREAM_CONFIG,
    LITESTREAM_BIN,
    SETTING_COUNT,
};

const struct config_setting config_settings[SETTING_COUNT + 1] = {
    [DATABASE_PATH] = {"DATABASE_PATH", "/data/camera_assignments.db",
                       "the default database; every other *.db file in its folder is a database "
                       "too, named by its file name without .db"},
    [BACKUP_DIR] = {"BACKUP_DIR", "",
                    "the folder of the backups (default: backups beside the database); those of "
                    "another database NAME lie in BACKUP_DIR/NAME"},
    [BACKUP_KEEP] = {"BACKUP_KEEP", "10", "how many manual backups stay"},
    [BACKUP_KEEP_PRE_RESTORE] = {"BACKUP_KEEP_PRE_RESTORE", "10",
                                 "how many safety backups from before a restore stay"},
    [BACKUP_KEEP_UPLOAD] = {"BACKUP_KEEP_UPLOAD", "10", "how many uploaded backups stay"},
    [BACKUP_KEEP_LITESTREAM] = {"BACKUP_KEEP_LITESTREAM", "3",
                                "how many backups made from the replica stay"},
    [BACKUP_KEEP_SCHEDULED] = {"BACKUP_KEEP_SCHEDULED", "daily=7,weekly=4,monthly=6",
                               "the last scheduled backup of each of the last N days, weeks and "
                               "months that have one stays"},
    [BUSY_TIMEOUT] = {"BUSY_TIMEOUT", "30", "seconds to wait for the app's write lock"},
    [READERS_MAY_DOWNLOAD] = {"READERS_MAY_DOWNLOAD", "",
                              "the kinds of backups that those may download who change nothing, "
                              "separated by spaces: manual, scheduled, pre-restore, upload, "
                              "litestream (default: none)"},
    [WEBHOOK_URL] = {"WEBHOOK_URL", "",
                     "an http or https address, where the app is told of new backups and of "
                     "restores (default: nobody is told)"},
    [WEBHOOK_SECRET] = {"WEBHOOK_SECRET", "",
                        "signs what is sent there, as Standard Webhooks say: 24 to 64 random bytes "
                        "as base64, with or without whsec_ before it (default: it is not signed)"},
    [LITESTREAM_CONFIG] = {"LITESTREAM_CONFIG", "/etc/litestream.yml",
                           "Litestream's own configuration: the one place where replicas are "
                           "configured; credentials as Litestream takes them"},
    [LITESTREAM_BIN] = {"LITESTREAM_BIN", "litestream", "used to restore from the replica"},
    [SETTING_COUNT] = {NULL, NULL, NULL},
};

static const char *setting_text(int setting)
{
    const char *text = getenv(config_settings[setting].name);
    return text != NULL && text[0] != '\0' ? text : config_settings[setting].otherwise;
}

/* Reads a whole number of LENGTH digits; false if it is none or not within MINIMUM and MAXIMUM. */
static bool parse_number(const char *text, size_t length, int minimum, int maximum, int *ret_number)
{
    if (length == 0 || length > 9 || strspn(text, "0123456789") < length) {
        return false;
    }
    *ret_number = (int)strtol(text, NULL, 10);
    return *ret_number >= minimum && *ret_number <= maximum;
}

static int read_number(int setting, int minimum, int maximum, int *ret_number, struct error *error)
{
    const char *text = setting_text(setting);
    if (!parse_number(text, strlen(text), minimum, maximum, ret_number)) {
        return error_set(error, ERR_BAD_REQUEST,
                         "%s is \"%s\": it must be a whole number from %d to %d.",
                         config_settings[setting].name, text, minimum, maximum);
    }
    return 0;
}

static int read_path(int setting, char out[PATH_MAX], struct error *error)
{
    const char *text = setting_text(setting);
    /* Room for the names that are put behind a folder. */
    if (strlen(text) >= PATH_MAX - 2 * FILENAME_SIZE) {
        return error_set(error, ERR_BAD_REQUEST, "%s is too long.", config_settings[setting].name);
    }
    size_t length = strlen(text);
    while (length > 1 && text[length - 1] == '/') {
        length--;
    }
    snprintf(out, PATH_MAX, "%.*s", (int)length, text);
    return 0;
}

/* The file's name is what the database is called in every request. */
static int check_database_name(const struct config *config, struct error *error)
{
    const char *slash = strrchr(config->database_path, '/');
    struct error reason;
    if (filename_check(slash == NULL ? config->database_path : slash + 1, &reason) < 0) {
        return error_set(error, ERR_BAD_REQUEST,
                         "DATABASE_PATH is \"%s\": it does not name a database. %s",
                         config->database_path, reason.detail);
    }
    return 0;
}

/* Reads one "daily=7" of LENGTH characters into KEEP. */
static bool parse_calendar_part(const char *part, size_t length, struct config_keep *keep)
{
    const struct {
        const char *prefix;
        int *number;
    } parts[] = {
        {"daily=", &keep->daily}, {"weekly=", &keep->weekly}, {"monthly=", &keep->monthly}};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        size_t prefix = strlen(parts[i].prefix);
        if (length > prefix && strncmp(part, parts[i].prefix, prefix) == 0) {
            return parse_number(part + prefix, length - prefix, 0, KEEP_MAX, parts[i].number);
        }
    }
    return false;
}

static int read_calendar(struct config_keep *keep, struct error *error)
{
    const char *text = setting_text(BACKUP_KEEP_SCHEDULED);
    bool good = true;
    *keep = (struct config_keep){0};
    for (const char *part = text; good;) {
        size_t length = strcspn(part, ",");
        good = parse_calendar_part(part, length, keep);
        if (part[length] == '\0') {
            break;
        }
        part += length + 1;
    }
    if (!good || keep->daily + keep->weekly + keep->monthly == 0) {
        return error_set(error, ERR_BAD_REQUEST,
                         "BACKUP_KEEP_SCHEDULED is \"%s\": it must look like %s.", text,
                         config_settings[BACKUP_KEEP_SCHEDULED].otherwise);
    }
    return 0;
}

static int read_kinds(int setting, bool kinds[BACKUP_KIND_COUNT], struct error *error)
{
    const char *word = setting_text(setting);
    word += strspn(word, " ");
    while (*word != '\0') {
        size_t length = strcspn(word, " ");
        char name[sizeof "pre-restore"];
        enum backup_kind kind;
        snprintf(name, sizeof name, "%.*s", (int)length, word);
        if (length >= sizeof name || !filename_kind_parse(name, &kind)) {
            return error_set(error, ERR_BAD_REQUEST, "%s is \"%s\": \"%.*s\" is no kind of backup.",
                             config_settings[setting].name, setting_text(setting), (int)length,
                             word);
        }
        kinds[kind] = true;
        word += length;
        word += strspn(word, " ");
    }
    return 0;
}

int config_read(struct config *config, struct error *error)
{
    static const struct {
        int setting;
        enum backup_kind kind;
    } counted[] = {{BACKUP_KEEP, BACKUP_MANUAL},
                   {BACKUP_KEEP_PRE_RESTORE, BACKUP_PRE_RESTORE},
                   {BACKUP_KEEP_UPLOAD, BACKUP_UPLOAD},
                   {BACKUP_KEEP_LITESTREAM, BACKUP_LITESTREAM}};
    *config = (struct config){0};
    int result = read_path(DATABASE_PATH, config->database_path, error);
    if (result == 0) {
        result = check_database_name(config, error);
    }
    if (result == 0) {
        result = read_path(BACKUP_DIR, config->backup_dir, error);
    }
    for (size_t i = 0; result == 0 && i < sizeof counted / sizeof counted[0]; i++) {
        result = read_number(counted[i].setting, 1, KEEP_MAX, &config->keep[counted[i].kind].last,
                             error);
    }
    if (result == 0) {
        result = read_calendar(&config->keep[BACKUP_SCHEDULED], error);
    }
    if (result == 0) {
        result = read_number(BUSY_TIMEOUT, 0, BUSY_TIMEOUT_MAX_S, &config->busy_timeout_s, error);
    }
    if (result == 0) {
        result = read_kinds(READERS_MAY_DOWNLOAD, config->readers_may_download, error);
    }
    if (result == 0) {
        result = webhook_settings_read(setting_text(WEBHOOK_URL), setting_text(WEBHOOK_SECRET),
                                       &config->webhook, error);
    }
    if (result == 0) {
        result = read_path(LITESTREAM_CONFIG, config->litestream_config, error);
    }
    if (result == 0) {
        result = read_path(LITESTREAM_BIN, config->litestream_bin, error);
    }
    return result;
}
