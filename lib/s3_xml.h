/* The XML of S3's answers, read as it comes. */
#ifndef S3_XML_H
#define S3_XML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

enum { S3_KEY_SIZE = 1025, S3_CODE_SIZE = 64 };

/* One entry of a listing. */
struct s3_object {
    char key[S3_KEY_SIZE];
    int64_t size;
    int64_t modified_ms; /* 0: a common prefix (a folder) */
};

struct s3_xml;

/* Begins to read a ListObjectsV2 answer; VISIT gets its entries in their order, until it returns
 * false. */
int s3_xml_open(bool (*visit)(void *context, const struct s3_object *object), void *context,
                struct s3_xml **ret_xml, struct error *error);

/* Takes the next bytes. ERR_IO if they are no XML. */
int s3_xml_feed(struct s3_xml *xml, const char *data, size_t size);

/* Ends the reading: ERR_IO unless it was a whole listing. *ret_more says that VISIT wants more, and
 * that there is more. */
int s3_xml_finish(struct s3_xml *xml, bool *ret_more, struct error *error);

/* Accepts NULL. */
void s3_xml_close(struct s3_xml *xml);

/* The <Code> of an error answer, which may be cut off; empty if there is none. */
void s3_xml_error_code(const char *body, char out[S3_CODE_SIZE]);

#endif
