/* A folder of backups with an audit log that is empty, for the tests that write one. */
#ifndef AUDIT_FOLDER_H
#define AUDIT_FOLDER_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"

static char folder[64];
static char audit_path[128];
static int audit_fd;
static struct config config;

static int make_audit_folder(void)
{
    strcpy(folder, "/tmp/test_audit.XXXXXX");
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    snprintf(config.database_path, sizeof config.database_path, "%s/show.db", folder);
    snprintf(config.backup_dir, sizeof config.backup_dir, "%s/backups", folder);
    snprintf(audit_path, sizeof audit_path, "%s/backups/.audit", folder);
    if (mkdir(config.backup_dir, 0700) != 0 || mkdir(audit_path, 0700) != 0) {
        return -1;
    }
    audit_fd = open(audit_path, O_RDONLY | O_DIRECTORY);
    return audit_fd < 0 ? -1 : 0;
}

static int remove_audit_folder(void **state)
{
    (void)state;
    char command[128];
    close(audit_fd);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

#endif
