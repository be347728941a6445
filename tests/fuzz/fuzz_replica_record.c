/* The note of when the replicas had everything last (.replicas/NAME.json). */
#include "fuzz.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "replica_record.h"
#include "timestamp.h"

static void require_same(const struct replica_record *first, const struct replica_record *second)
{
    REQUIRE(strcmp(first->generation, second->generation) == 0);
    REQUIRE(layout_compare(first->position, second->position) == 0);
    REQUIRE(first->in_sync_ms == second->in_sync_ms);
}

/* It can be shown as a time. */
static void require_record(const struct replica_record *record)
{
    char text[TIMESTAMP_SIZE];
    int64_t again;
    REQUIRE(record->generation[0] == '\0' || layout_is_generation(record->generation));
    REQUIRE(record->position.index >= 0 && record->position.offset >= 0);
    timestamp_format(record->in_sync_ms, TIMESTAMP_MILLISECONDS, text);
    REQUIRE(timestamp_parse(text, strlen(text), TIMESTAMP_MILLISECONDS, &again));
    REQUIRE(again == record->in_sync_ms);
}

static void read_one(const struct database *database, cJSON *records, const char *url)
{
    struct replica_record first = replica_record_get(records, url);
    require_record(&first);
    cJSON *written = records == NULL ? cJSON_CreateObject() : cJSON_Duplicate(records, true);
    replica_record_put(written, url, &first);
    replica_record_save(database, written);
    cJSON_Delete(written);
    cJSON *again = replica_record_load(database);
    struct replica_record second = replica_record_get(again, url);
    require_same(&first, &second);
    cJSON_Delete(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct database database = {.name = "x"};
    snprintf(database.backup_dir, sizeof database.backup_dir, "%s", fuzz_folder_path());
    (void)mkdirat(fuzz_folder(), REPLICA_NOTES, 0700);
    fuzz_write(REPLICA_NOTES "/x.json", data, size);
    cJSON *records = replica_record_load(&database);
    if (records == NULL || cJSON_IsObject(records)) {
        read_one(&database, records, "s3://my-app-backups/camera-sheet");
    }
    const struct replica_record none = replica_record_get(records, "file:///nowhere");
    require_record(&none);
    cJSON_Delete(records);
    return 0;
}
