#include "drill_record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "json.h"
#include "text.h"

/* Two addresses and a sentence. */
enum { RECORD_LIMIT = 64 << 10 };

/* As many digits as are certain to be written and read as the same number. */
#define NUMBER_MAX INT64_C(999999999999999)

enum { NAME_SIZE = FILENAME_SIZE + sizeof ".json.new" };

static const char *const status_names[] = {[false] = "failed", [true] = "proven"};

/* --- reading -------------------------------------------------------------------------------- */

/* Text that is missing is empty; false if it is not printable, or does not fit. */
static bool take_text(const cJSON *object, const char *name, char *out, size_t size)
{
    const char *text = json_text(object, name, "");
    if (text_length(text) < 0 || strlen(text) >= size) {
        return false;
    }
    memcpy(out, text, strlen(text) + 1);
    return true;
}

/* A moment that is missing is none; false if it is not one. */
static bool take_time(const cJSON *object, const char *name, int64_t *ret_ms)
{
    const char *text = json_text(object, name, NULL);
    *ret_ms = 0;
    return text == NULL || timestamp_parse(text, strlen(text), TIMESTAMP_MILLISECONDS, ret_ms);
}

static int64_t take_number(const cJSON *object, const char *name)
{
    int64_t number = json_integer(object, name, -1);
    return number < 0 || number > NUMBER_MAX ? -1 : number;
}

static bool take_outcome(const cJSON *object, struct drill_record *record)
{
    const char *status = json_text(object, "status", "");
    record->proven = strcmp(status, status_names[true]) == 0;
    return (record->proven || strcmp(status, status_names[false]) == 0) &&
           take_time(object, "time", &record->last_ms) && record->last_ms > 0 &&
           take_time(object, "last_proven", &record->last_proven_ms) &&
           (!record->proven || record->last_proven_ms == record->last_ms);
}

/* Takes over what OBJECT says; false if something that every record has is missing or wrong. */
static bool take_fields(const cJSON *object, const char *database, struct drill_record *record)
{
    record->duration_ms = take_number(object, "duration_ms");
    record->tables = take_number(object, "tables");
    record->rows = take_number(object, "rows");
    record->size = take_number(object, "size");
    return strcmp(json_text(object, "database", ""), database) == 0 &&
           take_outcome(object, record) && take_time(object, "point", &record->point_ms) &&
           take_text(object, "detail", record->detail, sizeof record->detail) &&
           take_text(object, "replica_url", record->replica.url, sizeof record->replica.url) &&
           take_text(object, "replica_endpoint", record->replica.endpoint,
                     sizeof record->replica.endpoint) &&
           take_text(object, "proven_url", record->proven_replica.url,
                     sizeof record->proven_replica.url) &&
           take_text(object, "proven_endpoint", record->proven_replica.endpoint,
                     sizeof record->proven_replica.endpoint);
}

static int read_text(const struct database *database, char **ret_text, struct error *error)
{
    char name[NAME_SIZE];
    char path[PATH_MAX + sizeof DRILL_RECORDS];
    snprintf(name, sizeof name, "%s.json", database->name);
    snprintf(path, sizeof path, "%s/%s", database->backup_dir, DRILL_RECORDS);
    int folder_fd = file_open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, error);
    int result =
        folder_fd < 0 ? folder_fd : file_read(folder_fd, name, RECORD_LIMIT, ret_text, error);
    file_close(folder_fd);
    return result;
}

static int refuse_damaged(const struct database *database, struct error *error)
{
    return error_set(error, ERR_DAMAGED,
                     "The record of the last restore drill of %s cannot be understood. The next "
                     "drill replaces it.",
                     database->name);
}

int drill_record_read(const struct database *database, struct drill_record *record,
                      struct error *error)
{
    char *text = NULL;
    cJSON *object = NULL;
    *record = (struct drill_record){0};
    int result = read_text(database, &text, error);
    if (result == ERR_NOT_FOUND) {
        return 0;
    }
    if (result == 0) {
        result = json_parse(text, strlen(text), &object, error);
        free(text);
    }
    if (result == ERR_BAD_REQUEST || result == ERR_TOO_LARGE ||
        (result == 0 && !take_fields(object, database->name, record))) {
        result = refuse_damaged(database, error);
    }
    cJSON_Delete(object);
    if (result < 0) {
        *record = (struct drill_record){0};
    }
    return result;
}

static bool is_configured(const struct drill_address *address,
                          const struct litestream_database *configured)
{
    for (int i = 0; i < configured->replica_count; i++) {
        if (drill_address_is(address, &configured->replicas[i])) {
            return true;
        }
    }
    return false;
}

int drill_record_read_of(const struct database *database,
                         const struct litestream_database *configured, struct drill_record *record,
                         struct error *error)
{
    int result = drill_record_read(database, record, error);
    if (!is_configured(&record->proven_replica, configured)) {
        record->last_proven_ms = 0;
        record->proven_replica = (struct drill_address){0};
    }
    if (!is_configured(&record->replica, configured)) {
        record->last_ms = 0;
        record->proven = false;
    }
    return result;
}

/* --- writing -------------------------------------------------------------------------------- */

static void add_number(cJSON *object, const char *name, int64_t number)
{
    if (number < 0) {
        cJSON_AddNullToObject(object, name);
    } else {
        json_add_integer(object, name, number);
    }
}

cJSON *drill_record_to_json(const struct drill_record *record, const char *database)
{
    cJSON *object = cJSON_CreateObject();
    json_add_text(object, "status", status_names[record->proven]);
    json_add_time(object, "time", record->last_ms, TIMESTAMP_MILLISECONDS);
    json_add_printable(object, "detail", record->detail);
    json_add_time(object, "last_proven", record->last_proven_ms, TIMESTAMP_MILLISECONDS);
    json_add_text(object, "replica_url", record->replica.url);
    json_add_time(object, "point", record->point_ms, TIMESTAMP_MILLISECONDS);
    add_number(object, "tables", record->tables);
    add_number(object, "rows", record->rows);
    add_number(object, "size", record->size);
    add_number(object, "duration_ms", record->duration_ms);
    json_add_text(object, "database", database);
    return object;
}

static char *print_record(const struct database *database, const struct drill_record *record)
{
    cJSON *object = drill_record_to_json(record, database->name);
    json_add_text(object, "replica_endpoint", record->replica.endpoint);
    json_add_text(object, "proven_url", record->proven_replica.url);
    json_add_text(object, "proven_endpoint", record->proven_replica.endpoint);
    char *text = json_print(object, true);
    cJSON_Delete(object);
    return text;
}

/* Opens the folder of the records, making it where it is missing. */
static int open_folder(const struct database *database, struct error *error)
{
    int parent_fd = file_open(AT_FDCWD, database->backup_dir, O_RDONLY | O_DIRECTORY, error);
    int fd = parent_fd < 0 ? parent_fd : file_open_folder(parent_fd, DRILL_RECORDS, error);
    file_close(parent_fd);
    return fd;
}

/* A killed drill may have left what it was about to put there. */
static int replace(int folder_fd, const char *name, const char *text, struct error *error)
{
    char new_name[NAME_SIZE];
    snprintf(new_name, sizeof new_name, "%s.new", name);
    (void)unlinkat(folder_fd, new_name, 0);
    int result = file_write(folder_fd, new_name, text, strlen(text), error);
    if (result == 0 && renameat(folder_fd, new_name, folder_fd, name) != 0) {
        result = error_system(error, errno, "Cannot write %s", name);
    }
    if (result < 0) {
        (void)unlinkat(folder_fd, new_name, 0);
        return result;
    }
    return file_sync(folder_fd, "the folder of the drills", error);
}

int drill_record_write(const struct database *database, const struct drill_record *record,
                       struct error *error)
{
    char name[FILENAME_SIZE + sizeof ".json"];
    snprintf(name, sizeof name, "%s.json", database->name);
    char *text = print_record(database, record);
    if (text == NULL) {
        return error_memory(error);
    }
    int folder_fd = open_folder(database, error);
    int result = folder_fd < 0 ? folder_fd : replace(folder_fd, name, text, error);
    file_close(folder_fd);
    free(text);
    return result;
}

int drill_record_lock(const struct database *database, struct error *error)
{
    char name[FILENAME_SIZE + sizeof ".lock"];
    snprintf(name, sizeof name, "%s.lock", database->name);
    int folder_fd = open_folder(database, error);
    if (folder_fd < 0) {
        return folder_fd;
    }
    int fd = file_lock(folder_fd, name, 0, error);
    file_close(folder_fd);
    return fd == ERR_BUSY
               ? error_set(error, ERR_BUSY, "Another restore drill of this database is running.")
               : fd;
}

/* --- addresses ------------------------------------------------------------------------------ */

void drill_address_of(const struct litestream_replica *replica, struct drill_address *address)
{
    memcpy(address->url, replica->url, sizeof address->url);
    memcpy(address->endpoint, replica->s3.endpoint, sizeof address->endpoint);
    text_make_printable(address->url);
    text_make_printable(address->endpoint);
}

bool drill_address_is(const struct drill_address *address, const struct litestream_replica *replica)
{
    struct drill_address current;
    drill_address_of(replica, &current);
    return strcmp(current.url, address->url) == 0 &&
           strcmp(current.endpoint, address->endpoint) == 0;
}
