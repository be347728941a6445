#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

static void counts_characters_not_bytes(void **state)
{
    (void)state;
    assert_int_equal(text_length(""), 0);
    assert_int_equal(text_length("abc"), 3);
    assert_int_equal(text_length("Köln"), 4);
    assert_int_equal(text_length("🎥 cam"), 5);
}

static void refuses_malformed_and_deceiving_text(void **state)
{
    static const char *const texts[] = {
        "\x80",
        "\xc3",
        "\xc3(",
        "\xe2\x82",
        "\xf5\x80\x80\x80",
        "\xc0\x80",
        "a\x1f",
        "\x7f",
        "\xc2\x85",
        "\xe2\x80\xae",
        "\xe2\x81\xa6",
        "\n",
        "\xf0\x82\x82\xac",
        "\xed\xbf\xbf",
        "\xef\xbb\xbf",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (text_length(texts[i]) != -1) {
            fail_msg("text number %zu was accepted", i);
        }
    }
}

static void check_decoded(const char *encoded, bool plus, const char *expected)
{
    char *decoded = text_percent_decode(encoded, strlen(encoded), plus);
    if (expected == NULL) {
        assert_null(decoded);
    } else {
        assert_non_null(decoded);
        assert_string_equal(decoded, expected);
    }
    free(decoded);
}

static void decodes_percent_escapes(void **state)
{
    (void)state;
    check_decoded("a%20b", false, "a b");
    check_decoded("%C3%b6", false, "ö");
    check_decoded("a+b%2B", true, "a b+");
    check_decoded("a+b", false, "a+b");
    check_decoded("", false, "");
    check_decoded("%", false, NULL);
    check_decoded("%4", false, NULL);
    check_decoded("%zz", false, NULL);
    check_decoded("%00", false, NULL);
    check_decoded("x%252e", false, "x%2e");
}

static void encodes_what_decodes_again(void **state)
{
    char out[64];
    (void)state;
    assert_true(text_percent_encode("Köln 1/x?.db", out, sizeof out));
    assert_string_equal(out, "K%C3%B6ln%201/x%3F.db");
    check_decoded(out, false, "Köln 1/x?.db");
}

static void encodes_nothing_where_it_does_not_fit(void **state)
{
    char out[4];
    (void)state;
    assert_true(text_percent_encode("abc", out, sizeof out));
    assert_false(text_percent_encode("abcd", out, sizeof out));
    assert_string_equal(out, "");
    assert_false(text_percent_encode("a b", out, sizeof out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_characters_not_bytes),
        cmocka_unit_test(refuses_malformed_and_deceiving_text),
        cmocka_unit_test(decodes_percent_escapes),
        cmocka_unit_test(encodes_what_decodes_again),
        cmocka_unit_test(encodes_nothing_where_it_does_not_fit),
    };
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
