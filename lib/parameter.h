/* Parameters of endpoints, declared once as data: from this come the parsing of requests and of
 * command lines, the errors for what cannot be, --help, and the OpenAPI document. */
#ifndef PARAMETER_H
#define PARAMETER_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

/* Where HTTP has it. In the shell, a path parameter is an argument and all others are options,
 * unless they say that they are arguments too. */
enum parameter_source {
    FROM_PATH,
    FROM_QUERY,
    FROM_BODY,   /* a member of the JSON object */
    FROM_OPTION, /* the shell only */
};

enum parameter_kind {
    KIND_FILENAME, /* of a backup */
    KIND_DATABASE, /* the name of a database */
    KIND_TABLE,    /* the name of a table: any bytes */
    KIND_TEXT,     /* UTF-8 without control characters; `maximum` counts characters */
    KIND_INTEGER,  /* from `minimum` to `maximum` */
    KIND_FLAG,
    KIND_CHOICE, /* one of `choices` */
    KIND_TIME,   /* RFC 3339; in milliseconds */
    KIND_PATH,   /* of a file on the shell's side; for FROM_OPTION only */
};

struct parameter {
    const char *name;
    enum parameter_source source;
    enum parameter_kind kind;
    bool required;
    bool is_argument;           /* in the shell, an argument and no option */
    bool nullable;              /* KIND_TEXT in a body: null means none */
    int64_t minimum, maximum;   /* KIND_INTEGER, KIND_TEXT */
    const char *const *choices; /* KIND_CHOICE: ended by NULL */
    const char *also; /* KIND_FILENAME, KIND_TIME: a word that is taken instead, such as "live" */
    const char *help; /* a clause without a full stop */
};

/* Whether it is an argument in the shell. */
bool parameter_is_argument(const struct parameter *parameter);

/* A parsed value. What is not given is zero; so is the number of a word that is taken instead. */
struct value {
    bool given;
    char *text; /* owned; NULL for null */
    int64_t integer;
    bool flag;
};

struct parameter_list {
    const struct parameter *items;
    size_t count;
};

/* The parameter called NAME from SOURCE, or -1. */
int parameter_find(struct parameter_list list, enum parameter_source source, const char *name);

/* The text that was given for the first parameter of KIND; NULL: there is none. */
const char *parameter_text_of(struct parameter_list list, enum parameter_kind kind,
                              const struct value *values);

/* Sets the value of PARAMETER from TEXT. ERR_BAD_REQUEST if it cannot be one, or is given twice. */
int parameter_set_text(const struct parameter *parameter, const char *text, struct value *value,
                       struct error *error);

/* The same from a member of a JSON body. */
int parameter_set_json(const struct parameter *parameter, const cJSON *item, struct value *value,
                       struct error *error);

/* ERR_BAD_REQUEST if a required value is missing, or a required flag is not true. IN_SHELL counts
 * options too. */
int parameter_require(struct parameter_list list, const struct value *values, bool in_shell,
                      struct error *error);

/* What was given beside the path, as one JSON object; NULL without memory. The caller frees it. */
cJSON *parameter_to_json(struct parameter_list list, const struct value *values);

void parameter_free(struct value *values, size_t count);

#endif
