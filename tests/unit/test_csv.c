#include "unit.h"

#include <math.h>
#include <string.h>

#include "csv.h"
#include "number.h"

enum { ROOM = 8 << 10 };

struct page {
    char text[ROOM];
    size_t length;
    size_t limit; /* where writing begins to fail */
};

static int write_to_page(void *context, const char *data, size_t size, struct error *error)
{
    struct page *page = context;
    if (page->length + size > page->limit) {
        return error_set(error, ERR_NO_ROOM, "The page is full.");
    }
    memcpy(page->text + page->length, data, size);
    page->length += size;
    page->text[page->length] = '\0';
    return 0;
}

static struct page page;
static struct error error;
static struct sink sink = {.write = write_to_page, .context = &page};

static struct csv begin(void)
{
    page = (struct page){.limit = ROOM - 1};
    sink.is_terminal = false;
    return (struct csv){.sink = &sink, .error = &error};
}

static void separates_fields_and_ends_rows(void **state)
{
    (void)state;
    struct csv csv = begin();
    csv_text(&csv, "id", 2);
    csv_text(&csv, "name", 4);
    csv_end_row(&csv);
    csv_integer(&csv, INT64_MIN);
    csv_null(&csv);
    csv_real(&csv, 0.1);
    assert_int_equal(csv_end_row(&csv), 0);
    assert_string_equal(page.text, "id,name\r\n-9223372036854775808,,0.1\r\n");
}

static void quotes_what_would_be_read_as_something_else(void **state)
{
    static const char *const cases[][2] = {
        {"", "\"\""},
        {"plain", "plain"},
        {"two words", "two words"},
        {"a,b", "\"a,b\""},
        {"say \"hi\"", "\"say \"\"hi\"\"\""},
        {"\"", "\"\"\"\""},
        {"a\nb", "\"a\nb\""},
        {"a\rb", "\"a\rb\""},
        {" a", "\" a\""},
        {"a ", "\"a \""},
        {"12", "\"12\""},
        {"-1", "\"-1\""},
        {"+1", "\"+1\""},
        {".5", "\".5\""},
        {"x'00'", "\"x'00'\""},
        {"x", "x"},
        {"=1+1", "=1+1"},
        {"@SUM(A1)", "@SUM(A1)"},
        {"Größe 写 🎥", "Größe 写 🎥"},
        {"\xff", "?"},
        {"a\xc3", "a?"},
        {"\xe2\x82,", "\"??,\""},
        {"\x1b[2J", "\x1b[2J"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct csv csv = begin();
        csv_text(&csv, cases[i][0], strlen(cases[i][0]));
        if (strcmp(page.text, cases[i][1]) != 0) {
            fail_msg("%s became %s", cases[i][0], page.text);
        }
    }
}

static void a_nul_does_not_end_the_text(void **state)
{
    (void)state;
    struct csv csv = begin();
    csv_text(&csv, "a\0,b", 4);
    assert_string_equal(page.text, "\"a?,b\"");
}

static void nothing_plays_with_a_terminal(void **state)
{
    (void)state;
    struct csv csv = begin();
    sink.is_terminal = true;
    csv_text(&csv, "a\x1b[2J\nb\xc2\x9b", strlen("a\x1b[2J\nb\xc2\x9b"));
    assert_string_equal(page.text, "\"a [2J b \"");
}

static void blobs_are_hexadecimal(void **state)
{
    unsigned char bytes[1000];
    (void)state;
    struct csv csv = begin();
    csv_blob(&csv, NULL, 0);
    csv_blob(&csv, (const unsigned char *)"\x00\xffSQL", 5);
    assert_string_equal(page.text, "x'',x'00ff53514c'");
    csv = begin();
    memset(bytes, 0xab, sizeof bytes);
    csv_blob(&csv, bytes, sizeof bytes);
    assert_int_equal(page.length, 2 * sizeof bytes + 3);
    assert_int_equal(strspn(page.text + 2, "ab"), 2 * sizeof bytes);
}

static void reals_are_short_and_exact(void **state)
{
    static const struct {
        double number;
        const char *text;
    } cases[] = {
        {0.0, "0.0"},
        {-0.0, "-0.0"},
        {1.0, "1.0"},
        {0.1, "0.1"},
        {1e100, "1e+100"},
        {5e-324, "4.94065645841247e-324"},
        {1.0 / 3, "0.3333333333333333"},
        {0.1 + 0.2, "0.30000000000000004"},
        {123456789012345680.0, "1.2345678901234568e+17"},
        {INFINITY, "9e999"},
        {-INFINITY, "-9e999"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[NUMBER_REAL_SIZE];
        number_format_real(cases[i].number, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void after_an_error_nothing_is_written(void **state)
{
    (void)state;
    struct csv csv = begin();
    page.limit = 4;
    csv_text(&csv, "abc", 3);
    csv_text(&csv, "def", 3);
    csv_integer(&csv, 1);
    assert_int_equal(csv_end_row(&csv), ERR_NO_ROOM);
    assert_string_equal(page.text, "abc,");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(separates_fields_and_ends_rows),
        cmocka_unit_test(quotes_what_would_be_read_as_something_else),
        cmocka_unit_test(a_nul_does_not_end_the_text),
        cmocka_unit_test(nothing_plays_with_a_terminal),
        cmocka_unit_test(blobs_are_hexadecimal),
        cmocka_unit_test(reals_are_short_and_exact),
        cmocka_unit_test(after_an_error_nothing_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
