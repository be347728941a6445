#include "backup.h"

#include <string.h>

#include "json.h"
#include "timestamp.h"

cJSON *backup_to_json(const struct backup *backup, const char *database)
{
    cJSON *object = cJSON_CreateObject();
    json_add_text(object, "filename", backup->filename);
    json_add_integer(object, "size", backup->size);
    json_add_time(object, "created", backup->created_ms, TIMESTAMP_MILLISECONDS);
    json_add_text(object, "kind", filename_kind_name(backup->kind));
    json_add_text(object, "label", backup->label[0] == '\0' ? NULL : backup->label);
    cJSON_AddBoolToObject(object, "pinned", backup->pinned);
    json_add_text(object, "sha256", backup->sha256[0] == '\0' ? NULL : backup->sha256);
    json_add_time(object, "verified", backup->verified_ms, TIMESTAMP_SECONDS);
    json_add_text(object, "database", database);
    return object;
}

static unsigned number_of(const struct backup *backup)
{
    enum backup_kind kind;
    int64_t second_ms;
    unsigned number;
    return filename_parse(backup->filename, &kind, &second_ms, &number) ? number : 0;
}

int backup_compare_newest_first(const void *left, const void *right)
{
    const struct backup *a = left;
    const struct backup *b = right;
    if (a->created_ms != b->created_ms) {
        return a->created_ms < b->created_ms ? 1 : -1;
    }
    unsigned a_number = number_of(a);
    unsigned b_number = number_of(b);
    if (a_number != b_number) {
        return a_number < b_number ? 1 : -1;
    }
    return strcmp(b->filename, a->filename);
}
