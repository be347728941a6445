#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "human.h"

static void writes_sizes(void **state)
{
    static const struct {
        int64_t bytes;
        const char *text;
    } cases[] = {{0, "0 bytes"},
                 {1023, "1023 bytes"},
                 {1024, "1.0 KB"},
                 {2412544, "2.3 MB"},
                 {1LL << 30, "1.0 GB"},
                 {5LL << 40, "5.0 TB"},
                 {5000LL << 40, "5000.0 TB"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[HUMAN_SIZE_SIZE];
        human_size(cases[i].bytes, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void writes_ages(void **state)
{
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {{-5000, "just now"},     {59999, "just now"},      {60000, "1 minute ago"},
                 {7199999, "1 hour ago"}, {7200000, "2 hours ago"}, {86400000, "1 day ago"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[HUMAN_AGE_SIZE];
        human_age(cases[i].ms, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void print_length(const cJSON *row, char *out, size_t size)
{
    snprintf(out, size, "%d", cJSON_GetArraySize(row));
}

static void aligns_columns_by_characters(void **state)
{
    static const struct human_column columns[] = {
        {.heading = "NAME", .field = "name"},
        {.heading = "ROWS", .field = "rows", .format = HUMAN_COUNT, .missing = "-"},
        {.heading = "OLD", .field = "old", .format = HUMAN_FLAG},
        {.heading = "FIELDS", .print = print_length},
    };
    char *text = NULL;
    size_t size = 0;
    (void)state;
    cJSON *rows = cJSON_Parse("[{\"name\":\"Köln\",\"rows\":12,\"old\":true},"
                              "{\"name\":\"Bremen\",\"rows\":null}]");
    FILE *out = open_memstream(&text, &size);
    human_table(rows, columns, 4, "empty", out);
    fclose(out);
    assert_string_equal(text, "NAME    ROWS  OLD  FIELDS\n"
                              "Köln    12    old  3\n"
                              "Bremen  -          2\n");
    free(text);
    cJSON_Delete(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_sizes),
        cmocka_unit_test(writes_ages),
        cmocka_unit_test(aligns_columns_by_characters),
    };
    return cmocka_run_group_tests_name("human", tests, NULL, NULL);
}
