#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "backup.h"
#include "json.h"

static struct backup made(const char *filename, int64_t created_ms)
{
    struct backup backup = {.created_ms = created_ms};
    strcpy(backup.filename, filename);
    return backup;
}

static void orders_by_creation_then_by_number(void **state)
{
    struct backup list[] = {
        made("2025-01-06_14-30-00-2.db", 1000), made("2025-01-06_14-30-00-10.db", 1000),
        made("2025-01-06_14-30-00.db", 1000),   made("zzz.db", 1000),
        made("2020-01-01_00-00-00.db", 2000),
    };
    static const char *const expected[] = {"2020-01-01_00-00-00.db", "2025-01-06_14-30-00-10.db",
                                           "2025-01-06_14-30-00-2.db", "2025-01-06_14-30-00.db",
                                           "zzz.db"};
    (void)state;
    qsort(list, 5, sizeof list[0], backup_compare_newest_first);
    for (int i = 0; i < 5; i++) {
        assert_string_equal(list[i].filename, expected[i]);
    }
}

static void shows_what_is_unknown_as_null(void **state)
{
    struct backup backup = made("hand.db", 1736173800123);
    (void)state;
    cJSON *json = backup_to_json(&backup, "show");
    assert_string_equal(json_text(json, "created", ""), "2025-01-06T14:30:00.123Z");
    assert_string_equal(json_text(json, "database", ""), "show");
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(json, "label")));
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(json, "sha256")));
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(json, "verified")));
    assert_int_equal(cJSON_GetArraySize(json), 9);
    cJSON_Delete(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_by_creation_then_by_number),
        cmocka_unit_test(shows_what_is_unknown_as_null),
    };
    return cmocka_run_group_tests_name("backup", tests, NULL, NULL);
}
