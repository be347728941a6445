/* The record of the last restore drill (.drills/NAME.json): what is read, written and read again is
 * the same. */
#include "fuzz.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "drill_record.h"
#include "json.h"
#include "text.h"

static void require_same(const struct drill_record *first, const struct drill_record *second)
{
    REQUIRE(first->last_ms == second->last_ms && first->proven == second->proven);
    REQUIRE(first->last_proven_ms == second->last_proven_ms);
    REQUIRE(first->point_ms == second->point_ms && first->duration_ms == second->duration_ms);
    REQUIRE(first->tables == second->tables && first->rows == second->rows);
    REQUIRE(first->size == second->size && strcmp(first->detail, second->detail) == 0);
    REQUIRE(strcmp(first->replica.url, second->replica.url) == 0);
    REQUIRE(strcmp(first->replica.endpoint, second->replica.endpoint) == 0);
    REQUIRE(strcmp(first->proven_replica.url, second->proven_replica.url) == 0);
    REQUIRE(strcmp(first->proven_replica.endpoint, second->proven_replica.endpoint) == 0);
}

/* It can be shown, and proves nothing that it does not say. */
static void require_record(const struct drill_record *record)
{
    REQUIRE(record->last_ms > 0 && text_length(record->detail) >= 0);
    REQUIRE(text_length(record->replica.url) >= 0 && text_length(record->replica.endpoint) >= 0);
    REQUIRE(!record->proven || record->last_proven_ms == record->last_ms);
    REQUIRE(record->rows >= -1 && record->tables >= -1 && record->size >= -1);
    cJSON *json = drill_record_to_json(record, "x");
    REQUIRE(strcmp(json_text(json, "status", ""), record->proven ? "proven" : "failed") == 0);
    cJSON_Delete(json);
}

static void require_none(int result, const struct drill_record *record, const struct error *error)
{
    REQUIRE(result == ERR_DAMAGED);
    fuzz_require_error(result, error);
    REQUIRE(record->last_ms == 0 && !record->proven && record->last_proven_ms == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct database database = {.name = "x"};
    struct drill_record first;
    struct drill_record second;
    struct error error = {0};
    snprintf(database.backup_dir, sizeof database.backup_dir, "%s", fuzz_folder_path());
    (void)mkdirat(fuzz_folder(), DRILL_RECORDS, 0700);
    fuzz_write(DRILL_RECORDS "/x.json", data, size);
    int result = drill_record_read(&database, &first, &error);
    if (result < 0) {
        require_none(result, &first, &error);
        return 0;
    }
    require_record(&first);
    REQUIRE(drill_record_write(&database, &first, &error) == 0);
    REQUIRE(drill_record_read(&database, &second, &error) == 0);
    require_same(&first, &second);
    return 0;
}
