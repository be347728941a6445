#include "s3_xml.h"

#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "timestamp.h"

enum { DEPTH_MAX = 16, VALUE_SIZE = S3_KEY_SIZE };

static const long long size_limit = 1LL << 50;

struct s3_xml {
    XML_Parser parser;
    bool (*visit)(void *context, const struct s3_object *object);
    void *context;
    bool is_enough; /* VISIT has said so */
    int depth;
    bool is_listing;
    bool is_truncated;
    bool in_entry; /* <Contents> or <CommonPrefixes> */
    struct s3_object object;
    char value[VALUE_SIZE]; /* the text of the innermost element */
    size_t value_length;
};

static void on_text(void *context, const XML_Char *text, int length)
{
    struct s3_xml *xml = context;
    size_t room = sizeof xml->value - 1 - xml->value_length;
    size_t kept = (size_t)length < room ? (size_t)length : room;
    memcpy(xml->value + xml->value_length, text, kept);
    xml->value_length += kept;
    xml->value[xml->value_length] = '\0';
}

static void clear_value(struct s3_xml *xml)
{
    xml->value_length = 0;
    xml->value[0] = '\0';
}

static void on_start(void *context, const XML_Char *name, const XML_Char **attributes)
{
    struct s3_xml *xml = context;
    (void)attributes;
    clear_value(xml);
    xml->depth++;
    if (xml->depth == 1) {
        xml->is_listing = strcmp(name, "ListBucketResult") == 0;
    }
    if (xml->depth == 2 && (strcmp(name, "Contents") == 0 || strcmp(name, "CommonPrefixes") == 0)) {
        xml->in_entry = true;
        xml->object = (struct s3_object){0};
    }
    if (xml->depth > DEPTH_MAX) {
        XML_StopParser(xml->parser, XML_FALSE);
    }
}

/* No object is as large as what is refused here. */
static int64_t read_size(const char *text)
{
    long long size = strtoll(text, NULL, 10);
    return size < 0 || size > size_limit ? 0 : size;
}

static void read_field(struct s3_xml *xml, const char *name)
{
    if (strcmp(name, "Key") == 0 || strcmp(name, "Prefix") == 0) {
        memcpy(xml->object.key, xml->value, xml->value_length + 1);
    } else if (strcmp(name, "LastModified") == 0) {
        (void)timestamp_parse_rfc3339(xml->value, &xml->object.modified_ms);
    } else if (strcmp(name, "Size") == 0) {
        xml->object.size = read_size(xml->value);
    }
}

static void end_entry(struct s3_xml *xml)
{
    xml->in_entry = false;
    if (!xml->is_enough) {
        xml->is_enough = !xml->visit(xml->context, &xml->object);
    }
}

static void on_end(void *context, const XML_Char *name)
{
    struct s3_xml *xml = context;
    if (xml->depth == 3 && xml->in_entry) {
        read_field(xml, name);
    } else if (xml->depth == 2 && xml->in_entry) {
        end_entry(xml);
    } else if (xml->depth == 2 && strcmp(name, "IsTruncated") == 0) {
        xml->is_truncated = strcmp(xml->value, "true") == 0;
    }
    /* What stands in an inner element is no part of the outer one's text. */
    clear_value(xml);
    xml->depth--;
}

int s3_xml_open(bool (*visit)(void *context, const struct s3_object *object), void *context,
                struct s3_xml **ret_xml, struct error *error)
{
    struct s3_xml *xml = calloc(1, sizeof *xml);
    *ret_xml = xml;
    if (xml == NULL || (xml->parser = XML_ParserCreate(NULL)) == NULL) {
        return error_memory(error);
    }
    xml->visit = visit;
    xml->context = context;
    XML_SetUserData(xml->parser, xml);
    XML_SetElementHandler(xml->parser, on_start, on_end);
    XML_SetCharacterDataHandler(xml->parser, on_text);
    return 0;
}

int s3_xml_feed(struct s3_xml *xml, const char *data, size_t size)
{
    return XML_Parse(xml->parser, data, (int)size, XML_FALSE) == XML_STATUS_OK ? 0 : ERR_IO;
}

int s3_xml_finish(struct s3_xml *xml, bool *ret_more, struct error *error)
{
    *ret_more = xml->is_truncated && !xml->is_enough;
    if (XML_Parse(xml->parser, "", 0, XML_TRUE) != XML_STATUS_OK || !xml->is_listing) {
        return error_set(error, ERR_IO, "The answer is not a listing of S3.");
    }
    return 0;
}

void s3_xml_close(struct s3_xml *xml)
{
    if (xml != NULL) {
        XML_ParserFree(xml->parser);
        free(xml);
    }
}

void s3_xml_error_code(const char *body, char out[S3_CODE_SIZE])
{
    const char *begin = strstr(body, "<Code>");
    begin = begin == NULL ? "" : begin + strlen("<Code>");
    snprintf(out, S3_CODE_SIZE, "%.*s", (int)strcspn(begin, "<"), begin);
}
