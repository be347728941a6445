#include "replica_record.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "file.h"
#include "json.h"

enum { FILE_MAX = 64 << 10 };

enum { NAME_SIZE = FILENAME_SIZE + sizeof ".json.new" };

/* Makes the folder where it is missing and there is a BACKUP_DIR. Returns a descriptor, or -1. */
static int open_folder(const struct database *database)
{
    struct error ignored;
    int parent_fd = file_open(AT_FDCWD, database->backup_dir, O_RDONLY | O_DIRECTORY, &ignored);
    int fd = parent_fd < 0 ? -1 : file_open_folder(parent_fd, REPLICA_NOTES, &ignored);
    file_close(parent_fd);
    return fd < 0 ? -1 : fd;
}

cJSON *replica_record_load(const struct database *database)
{
    char name[NAME_SIZE];
    char *text = NULL;
    cJSON *records = NULL;
    struct error error;
    int folder_fd = open_folder(database);
    snprintf(name, sizeof name, "%s.json", database->name);
    if (folder_fd >= 0 && file_read(folder_fd, name, FILE_MAX, &text, &error) == 0) {
        (void)json_parse(text, strlen(text), &records, &error);
    }
    free(text);
    file_close(folder_fd);
    return records;
}

struct replica_record replica_record_get(const cJSON *records, const char *url)
{
    struct replica_record record = {0};
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(records, url);
    const char *generation = json_text(item, "generation", "");
    record.in_sync_ms = json_integer(item, "in_sync_ms", 0);
    if (layout_is_generation(generation)) {
        memcpy(record.generation, generation, sizeof record.generation);
        record.position.index = json_integer(item, "index", 0);
        record.position.offset = json_integer(item, "offset", 0);
    }
    if (record.position.index < 0 || record.position.offset < 0 || record.in_sync_ms < 0 ||
        record.in_sync_ms > TIMESTAMP_LAST_MS) {
        record = (struct replica_record){0};
    }
    return record;
}

void replica_record_put(cJSON *records, const char *url, const struct replica_record *record)
{
    cJSON *item = cJSON_CreateObject();
    json_add_text(item, "generation", record->generation);
    json_add_integer(item, "index", record->position.index);
    json_add_integer(item, "offset", record->position.offset);
    json_add_integer(item, "in_sync_ms", record->in_sync_ms);
    cJSON_DeleteItemFromObjectCaseSensitive(records, url);
    cJSON_AddItemToObject(records, url, item);
}

/* Who does not get the lock leaves the note to the one that has it. Not synced: after a power loss
 * the note may be gone. */
static bool write_note(int fd, const char *text)
{
    size_t length = strlen(text);
    return flock(fd, LOCK_EX | LOCK_NB) == 0 && ftruncate(fd, 0) == 0 &&
           write(fd, text, length) == (ssize_t)length;
}

void replica_record_save(const struct database *database, const cJSON *records)
{
    char name[NAME_SIZE];
    char new_name[NAME_SIZE];
    struct error error;
    char *text = json_print(records, false);
    int folder_fd = open_folder(database);
    snprintf(name, sizeof name, "%s.json", database->name);
    snprintf(new_name, sizeof new_name, "%s.json.new", database->name);
    int fd = text == NULL || folder_fd < 0
                 ? -1
                 : file_open(folder_fd, new_name, O_WRONLY | O_CREAT, &error);
    if (fd >= 0 && write_note(fd, text)) {
        (void)renameat(folder_fd, new_name, folder_fd, name);
    }
    file_close(fd);
    file_close(folder_fd);
    free(text);
}
