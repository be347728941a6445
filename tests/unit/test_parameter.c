#include "unit.h"

#include <string.h>

#include "json.h"
#include "parameter.h"

static const char *const colours[] = {"red", "green", NULL};

enum { NAME, LABEL, COUNT, FLAG, COLOUR, SHOW, PARAMETER_COUNT };

static const struct parameter parameters[PARAMETER_COUNT] = {
    [NAME] = {.name = "name",
              .kind = KIND_FILENAME,
              .also = "live",
              .required = true,
              .source = FROM_PATH,
              .help = "h"},
    [LABEL] = {.name = "label",
               .kind = KIND_TEXT,
               .maximum = 3,
               .nullable = true,
               .source = FROM_BODY,
               .help = "h"},
    [COUNT] = {.name = "count",
               .kind = KIND_INTEGER,
               .minimum = 1,
               .maximum = 100,
               .source = FROM_QUERY,
               .help = "h"},
    [FLAG] =
        {.name = "flag", .kind = KIND_FLAG, .required = true, .source = FROM_OPTION, .help = "h"},
    [COLOUR] = {.name = "colour",
                .kind = KIND_CHOICE,
                .choices = colours,
                .source = FROM_BODY,
                .help = "h"},
    [SHOW] = {.name = "show", .kind = KIND_DATABASE, .source = FROM_QUERY, .help = "h"},
};

static const struct parameter_list list = {parameters, PARAMETER_COUNT};

static int set(int parameter, const char *text, struct value *value)
{
    struct error error;
    memset(value, 0, sizeof *value);
    return parameter_set_text(&parameters[parameter], text, value, &error);
}

static void takes_what_each_kind_allows(void **state)
{
    static const struct {
        int parameter;
        const char *text;
    } cases[] = {{NAME, "x.db"},  {NAME, "live"},  {LABEL, "abc"},  {LABEL, ""},
                 {LABEL, "öäü"},  {COUNT, "1"},    {COUNT, "100"},  {FLAG, "true"},
                 {FLAG, "false"}, {COLOUR, "red"}, {SHOW, "tour 2"}};
    struct value value;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (set(cases[i].parameter, cases[i].text, &value) != 0) {
            fail_msg("\"%s\" was refused", cases[i].text);
        }
        assert_true(value.given);
        assert_string_equal(value.text, cases[i].text);
        parameter_free(&value, 1);
    }
    assert_int_equal(set(COLOUR, "green", &value), 0);
    assert_int_equal(value.integer, 1);
    parameter_free(&value, 1);
}

static void refuses_what_no_kind_allows(void **state)
{
    static const struct {
        int parameter;
        const char *text;
    } cases[] = {{NAME, "../x.db"},
                 {NAME, "alive"},
                 {LABEL, "abcd"},
                 {LABEL, "a\n"},
                 {COUNT, "0"},
                 {COUNT, "101"},
                 {COUNT, ""},
                 {COUNT, "1x"},
                 {COUNT, " 1"},
                 {COUNT, "0x1"},
                 {COUNT, "99999999999999999999"},
                 {FLAG, "yes"},
                 {FLAG, ""},
                 {COLOUR, "blue"},
                 {COLOUR, ""},
                 {SHOW, "../etc"},
                 {SHOW, ""},
                 {SHOW, ".x"}};
    struct value value;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (set(cases[i].parameter, cases[i].text, &value) != ERR_BAD_REQUEST) {
            fail_msg("case %zu, \"%s\", was accepted", i, cases[i].text);
        }
        assert_false(value.given);
    }
}

static void refuses_a_value_that_is_given_twice(void **state)
{
    struct value value;
    struct error error;
    (void)state;
    assert_int_equal(set(LABEL, "a", &value), 0);
    assert_int_equal(parameter_set_text(&parameters[LABEL], "b", &value, &error), ERR_BAD_REQUEST);
    assert_string_equal(value.text, "a");
    parameter_free(&value, 1);
}

static void takes_json_of_the_right_type_only(void **state)
{
    static const struct {
        int parameter;
        const char *json;
        int result;
    } cases[] = {
        {LABEL, "\"a\"", 0},
        {LABEL, "null", 0},
        {LABEL, "1", ERR_BAD_REQUEST},
        {FLAG, "true", 0},
        {FLAG, "\"true\"", ERR_BAD_REQUEST},
        {FLAG, "null", ERR_BAD_REQUEST},
        {COUNT, "7", 0},
        {COUNT, "7.5", ERR_BAD_REQUEST},
        {COUNT, "\"7\"", ERR_BAD_REQUEST},
        {COLOUR, "\"red\"", 0},
        {COLOUR, "[]", ERR_BAD_REQUEST},
        {COLOUR, "null", ERR_BAD_REQUEST},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct value value = {0};
        struct error error;
        cJSON *item = cJSON_Parse(cases[i].json);
        int result = parameter_set_json(&parameters[cases[i].parameter], item, &value, &error);
        if (result != cases[i].result) {
            fail_msg("%s for %s: %d", cases[i].json, parameters[cases[i].parameter].name, result);
        }
        parameter_free(&value, 1);
        cJSON_Delete(item);
    }
}

static void requires_options_in_the_shell_only(void **state)
{
    struct value values[PARAMETER_COUNT] = {0};
    struct error error;
    (void)state;
    assert_int_equal(parameter_require(list, values, false, &error), ERR_BAD_REQUEST);
    values[NAME].given = true;
    assert_int_equal(parameter_require(list, values, false, &error), 0);
    assert_int_equal(parameter_require(list, values, true, &error), ERR_BAD_REQUEST);
    assert_non_null(strstr(error.detail, "--flag"));
    values[FLAG].given = true;
    assert_int_equal(parameter_require(list, values, true, &error), ERR_BAD_REQUEST);
    values[FLAG].flag = true;
    assert_int_equal(parameter_require(list, values, true, &error), 0);
}

static void finds_by_name_and_source(void **state)
{
    (void)state;
    assert_int_equal(parameter_find(list, FROM_BODY, "colour"), COLOUR);
    assert_int_equal(parameter_find(list, FROM_QUERY, "colour"), -1);
    assert_int_equal(parameter_find(list, FROM_BODY, "col"), -1);
}

static void json_with_a_nul_is_no_json(void **state)
{
    cJSON *document;
    struct error error;
    (void)state;
    assert_int_equal(json_parse("{\"a\":\"b\\u0000c\"}", 16, &document, &error), ERR_BAD_REQUEST);
    assert_int_equal(json_parse("{}\0{}", 5, &document, &error), ERR_BAD_REQUEST);
    assert_int_equal(json_parse("{} x", 4, &document, &error), ERR_BAD_REQUEST);
    assert_int_equal(json_parse("", 0, &document, &error), ERR_BAD_REQUEST);
    assert_int_equal(json_parse("{}", 2, &document, &error), 0);
    cJSON_Delete(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_what_each_kind_allows),
        cmocka_unit_test(refuses_what_no_kind_allows),
        cmocka_unit_test(refuses_a_value_that_is_given_twice),
        cmocka_unit_test(takes_json_of_the_right_type_only),
        cmocka_unit_test(requires_options_in_the_shell_only),
        cmocka_unit_test(finds_by_name_and_source),
        cmocka_unit_test(json_with_a_nul_is_no_json),
    };
    return cmocka_run_group_tests_name("parameter", tests, NULL, NULL);
}
