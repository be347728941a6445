#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "litestream_layout.h"
#include "s3_xml.h"
#include "timestamp.h"

struct found {
    int count;
    int enough; /* 0: never */
    int64_t bytes;
    struct s3_object first, last;
};

static bool on_object(void *context, const struct s3_object *object)
{
    struct found *found = context;
    if (found->count++ == 0) {
        found->first = *object;
    }
    found->last = *object;
    found->bytes += object->size;
    return found->count != found->enough;
}

/* Feeds TEXT in pieces of PIECE bytes; returns what s3_xml_finish() says. */
static int read_text(const char *text, size_t piece, struct found *found, bool *ret_more)
{
    struct s3_xml *xml;
    struct error error;
    size_t length = strlen(text);
    int result = s3_xml_open(on_object, found, &xml, &error);
    for (size_t i = 0; result == 0 && i < length; i += piece) {
        result = s3_xml_feed(xml, text + i, length - i < piece ? length - i : piece);
    }
    if (result == 0) {
        result = s3_xml_finish(xml, ret_more, &error);
    }
    s3_xml_close(xml);
    return result;
}

static char *load(const char *name)
{
    char path[100];
    char *text;
    struct error error;
    snprintf(path, sizeof path, "tests/data/litestream/%s", name);
    assert_int_equal(file_read(AT_FDCWD, path, 1 << 20, &text, &error), 0);
    return text;
}

static void reads_a_recorded_page_in_pieces_of_any_size(void **state)
{
    char *text = load("list-first-page.xml");
    (void)state;
    for (size_t piece = 1; piece < 3000; piece = piece * 3 + 1) {
        struct found found = {0};
        bool more = false;
        int64_t modified_ms;
        assert_int_equal(read_text(text, piece, &found, &more), 0);
        assert_true(more);
        assert_int_equal(found.count, 5);
        assert_string_equal(found.first.key,
                            "one/generations/c27027fbdc5b15dc/snapshots/00000000.snapshot.lz4");
        assert_int_equal(found.first.size, 395);
        assert_true(
            timestamp_parse("2026-11-23T03:56:40.216Z", 24, TIMESTAMP_MILLISECONDS, &modified_ms));
        assert_int_equal(found.first.modified_ms, modified_ms);
    }
    free(text);
}

static void knows_the_last_page_and_folders_and_nothing(void **state)
{
    static const struct {
        const char *name;
        int count;
    } cases[] = {{"list-last-page.xml", 5}, {"list-generations.xml", 1}, {"list-empty.xml", 0}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct found found = {0};
        bool more = true;
        char *text = load(cases[i].name);
        assert_int_equal(read_text(text, 100, &found, &more), 0);
        assert_false(more);
        assert_int_equal(found.count, cases[i].count);
        free(text);
    }
}

static void wants_no_more_when_it_was_enough(void **state)
{
    struct found found = {.enough = 2};
    bool more = true;
    char *text = load("list-first-page.xml");
    (void)state;
    assert_int_equal(read_text(text, 50, &found, &more), 0);
    assert_int_equal(found.count, 2);
    assert_false(more);
    free(text);
}

static void tells_errors_from_listings(void **state)
{
    static const char *const cases[][2] = {
        {"error-access-denied.xml", "AccessDenied"},
        {"error-invalid-access-key.xml", "InvalidAccessKeyId"},
        {"error-no-such-bucket.xml", "NoSuchBucket"},
        {"error-signature.xml", "SignatureDoesNotMatch"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct found found = {0};
        bool more;
        char code[S3_CODE_SIZE];
        char *text = load(cases[i][0]);
        s3_xml_error_code(text, code);
        assert_string_equal(code, cases[i][1]);
        assert_int_equal(read_text(text, 20, &found, &more), ERR_IO);
        free(text);
    }
}

static void refuses_what_is_cut_off_or_no_xml(void **state)
{
    (void)state;
    char *text = load("list-first-page.xml");
    size_t length = strlen(text);
    for (size_t cut = 0; cut < length; cut += 37) {
        struct found found = {0};
        bool more;
        char *part = strndup(text, cut);
        assert_int_equal(read_text(part, 64, &found, &more), ERR_IO);
        free(part);
    }
    free(text);
}

/* A key longer than any of S3's is cut off, and what is nested deeper than any listing ends it. */
static void bounds_what_it_is_given(void **state)
{
    static char text[20000] = "<ListBucketResult><Contents><Key>";
    struct found found = {0};
    bool more;
    (void)state;
    memset(text + strlen(text), 'k', 5000);
    strcat(text, "</Key></Contents></ListBucketResult>");
    assert_int_equal(read_text(text, 999, &found, &more), 0);
    assert_int_equal(strlen(found.first.key), S3_KEY_SIZE - 1);
    text[0] = '\0';
    for (int i = 0; i < 1000; i++) {
        strcat(text, "<a>");
    }
    assert_int_equal(read_text(text, 999, &found, &more), ERR_IO);
}

static void names_are_read_and_written_alike(void **state)
{
    static const char *const bad[] = {"",
                                      "00000001.wal.lz4",
                                      "00000001_0000000.wal.lz4",
                                      "0000000g_00000000.wal.lz4",
                                      "00000001_00000000.wal.lz4.tmp",
                                      "00000001_00000000.wal",
                                      "0000001A_00000000.wal.lz4",
                                      "00000001-00000000.wal.lz4"};
    struct layout_position position = {0x1a, 0x1058};
    struct layout_position again;
    char name[LAYOUT_NAME_SIZE];
    int64_t index;
    (void)state;
    layout_name(LAYOUT_SEGMENT, position, name);
    assert_string_equal(name, "0000001a_00001058.wal.lz4");
    assert_true(layout_parse(LAYOUT_SEGMENT, name, &again));
    assert_int_equal(layout_compare(position, again), 0);
    layout_name(LAYOUT_SNAPSHOT, position, name);
    assert_string_equal(name, "0000001a.snapshot.lz4");
    assert_true(layout_parse(LAYOUT_SNAPSHOT, name, &again));
    assert_false(layout_parse(LAYOUT_SEGMENT, name, &again));
    assert_true(layout_parse_local("ffffffff.wal", &index) && index == 0xffffffff);
    assert_false(layout_parse_local("00000001.wal.tmp", &index));
    assert_true(layout_is_generation("c27027fbdc5b15dc"));
    assert_false(layout_is_generation("c27027fbdc5b15d"));
    assert_false(layout_is_generation("C27027fbdc5b15dc"));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(layout_parse(LAYOUT_SEGMENT, bad[i], &again));
    }
    layout_before(0x1a, name);
    assert_true(strcmp(name, "0000001a_00000000.wal.lz4") < 0);
    assert_true(strcmp(name, "00000019_ffffffff.wal.lz4") > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_recorded_page_in_pieces_of_any_size),
        cmocka_unit_test(knows_the_last_page_and_folders_and_nothing),
        cmocka_unit_test(wants_no_more_when_it_was_enough),
        cmocka_unit_test(tells_errors_from_listings),
        cmocka_unit_test(refuses_what_is_cut_off_or_no_xml),
        cmocka_unit_test(bounds_what_it_is_given),
        cmocka_unit_test(names_are_read_and_written_alike),
    };
    return cmocka_run_group_tests_name("s3_xml", tests, NULL, NULL);
}
