/* Settings: environment variables, read once at start, each with a default. */
#ifndef CONFIG_H
#define CONFIG_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "filename.h"
#include "webhook_settings.h"

/* How many backups stay of a kind. */
struct config_keep {
    int last;                   /* the newest N; 0 for the kind that counts by calendar instead */
    int daily, weekly, monthly; /* the last one of each of the last N days, weeks, months */
};

struct config {
    char database_path[PATH_MAX];
    char backup_dir[PATH_MAX]; /* empty: "backups" beside the database */
    struct config_keep keep[BACKUP_KIND_COUNT];
    int busy_timeout_s;
    bool readers_may_download[BACKUP_KIND_COUNT];
    struct webhook_settings webhook;
    char litestream_config[PATH_MAX];
    char litestream_bin[PATH_MAX]; /* a path, or a name that is looked up in PATH */
};

/* One setting, for people. */
struct config_setting {
    const char *name;
    const char *otherwise; /* the default, as it would be written */
    const char *help;
};

/* All settings, ended by a NULL name. */
extern const struct config_setting config_settings[];

/* Reads the settings from the environment. ERR_BAD_REQUEST names the setting, its value and what it
 * should be; a secret's value is not shown. */
int config_read(struct config *config, struct error *error);

#endif
