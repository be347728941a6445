/* An endpoint: one program that is FastCGI, CGI and shell command at once.
 *
 * A program consists of a declaration (struct endpoint), a handler, a printer for people, and a
 * main that calls endpoint_main(). The handler does not know who called it. Everything else happens
 * here and below: settings, parsing, the request loop, progress, errors, answers, the log line. */
#ifndef ENDPOINT_H
#define ENDPOINT_H

#include <cjson/cJSON.h>
#include <limits.h>
#include <stdio.h>

#include "catalog.h"
#include "config.h"
#include "error.h"
#include "parameter.h"
#include "progress.h"
#include "sandbox.h"
#include "sink.h"
#include "source.h"

struct request;
struct response;

/* Who asks, as the way in tells. */
enum role {
    ROLE_ADMIN,
    ROLE_READER, /* may do nothing that has an action */
};

struct caller {
    enum role role;
    const char *actor;   /* NULL: unknown */
    const char *address; /* NULL: the shell */
};

struct endpoint {
    const char *program;
    const char *method;
    const char *path;        /* with {name} for each path parameter, in their order */
    const char *summary;     /* one sentence */
    const char *description; /* more sentences for --help; or NULL */
    struct parameter_list parameters;
    unsigned touches;   /* what it may touch: enum touch */
    const char *action; /* what it changes, for the audit log; NULL: it changes nothing */
    int success_status;
    int other_status;       /* that the same answer can also have; or 0 */
    const char *answer;     /* the name of the answer's schema in the OpenAPI document */
    bool answers_array;     /* an array of them */
    const char *media_type; /* of an answer that is no JSON; or NULL */
    bool streams;           /* ... which is response->stream, and no file */
    bool answers_text;      /* ... which is response->text, and no file */
    bool streams_progress;  /* answers with an event stream to those who ask for one */
    bool needs_a_member;    /* the handler refuses a body without any */
    bool needs_no_database; /* works without the default one, too */
    bool lists_settings;    /* --help lists the settings */
    const int *errors;      /* what it can answer besides ERR_BAD_REQUEST; ended by 0 */

    /* Another endpoint that the same program serves, at a path of its own without {name}s; or NULL.
     * As FastCGI the program has what either of them may touch. */
    const struct endpoint *also;
    const char *option; /* of such a one: what asks for it in the shell, without the dashes */

    /* Does the work. Returns 0 with the answer in the response, or an error code with the
     * response's error set. */
    int (*handle)(const struct request *request, struct response *response);

    /* Prints the JSON answer for a person. */
    void (*print)(const cJSON *answer, FILE *out);
};

/* Declares a list from an array. */
#define PARAMETERS(array) ((struct parameter_list){array, sizeof(array) / sizeof((array)[0])})

/* The parameters that several endpoints have. */
#define PARAMETER_FILENAME                                                                         \
    {                                                                                              \
        .name = "filename", .source = FROM_PATH, .kind = KIND_FILENAME, .required = true,          \
        .help = "the backup"                                                                       \
    }
#define PARAMETER_FILENAME_OR_LIVE                                                                 \
    {                                                                                              \
        .name = "filename", .source = FROM_PATH, .kind = KIND_FILENAME, .required = true,          \
        .also = SOURCE_LIVE, .help = "the backup, or live for the live database"                   \
    }
#define PARAMETER_LABEL                                                                            \
    {                                                                                              \
        .name = "label", .source = FROM_BODY, .kind = KIND_TEXT, .nullable = true,                 \
        .maximum = LABEL_MAX_CHARACTERS, .help = "what the backup is for; empty for none"          \
    }
#define PARAMETER_PINNED                                                                           \
    {                                                                                              \
        .name = "pinned", .source = FROM_BODY, .kind = KIND_FLAG,                                  \
        .help = "keep it until it is unpinned, whatever comes after it"                            \
    }
#define PARAMETER_REPLICA                                                                          \
    {                                                                                              \
        .name = "replica", .source = FROM_QUERY, .kind = KIND_TEXT, .maximum = 100,                \
        .help = "the replica's name in Litestream's configuration (default: the first one)"        \
    }

struct request {
    const struct endpoint *endpoint;
    const struct config *config;
    const struct value *values;      /* in the order of the declared parameters */
    const struct database *database; /* NULL: none was named, and none is needed */
    enum role role;
    const struct progress *progress;
};

/* An answer that is written while it is read. The handler has found that it can begin. */
struct stream {
    /* Writes all of it; NULL: no stream. An error means that the answer is not whole. */
    int (*write)(void *context, const struct sink *sink, struct error *error);
    void (*close)(void *context);
    void *context;
    const char *media_type; /* with its parameters */
    const char *name;       /* under which to save it; as long as the context */
};

enum { LOCATION_SIZE = 2 * 3 * FILENAME_SIZE + 64 };

/* What a handler answers. */
struct response {
    struct error error;
    struct error warning; /* code 0: none. For the log: the work was done all the same */
    cJSON *json;
    char *text;            /* owned; NULL: none */
    const char *text_type; /* its media type with its parameters */
    struct stream stream;
    bool is_cut_off;              /* the answer has begun, and did not come to its end */
    int http_status;              /* 0: the endpoint's success_status */
    int exit_status;              /* 0: done. Over HTTP without meaning */
    char location[LOCATION_SIZE]; /* of what was made; or empty */
    struct {
        int fd; /* -1: no file */
        int64_t size;
        char filename[FILENAME_SIZE];
        char subfolder[FILENAME_SIZE]; /* in BACKUP_DIR */
        const char *output;            /* the shell's path for it; NULL: standard output */
    } file;
};

/* Tells where the new BACKUP can be had from. */
void endpoint_locate_backup(const struct database *database, const struct backup *backup,
                            struct response *response);

/* Runs the program. Returns its exit status. */
int endpoint_main(const struct endpoint *endpoint, int argc, char **argv);

/* --- what the adaptors for HTTP and shell share --------------------------------------------- */

/* Values are held in an array with one more place than the endpoint has parameters: the last one
 * is `database`, which every endpoint takes. */
extern const struct parameter endpoint_database_parameter;
enum { ENDPOINT_VALUES_MAX = 16 };

/* What is asked of an endpoint. */
struct call {
    const struct endpoint *endpoint;
    const struct config *config;
    struct caller caller;
    struct value values[ENDPOINT_VALUES_MAX];
};

/* Finds the database and calls the handler; for one that changes something, between the two steps
 * of the audit log, and not for a reader: ERR_FORBIDDEN. RESPONSE must be set to
 * ENDPOINT_RESPONSE_NONE. */
int endpoint_call(const struct call *call, const struct progress *progress,
                  struct response *response);

/* Writes into the audit log that a change was refused before it could be called: RESULT, with the
 * reason in RESPONSE. Returns RESULT. */
int endpoint_refuse(const struct call *call, int result, struct response *response);

void endpoint_free_call(struct call *call);

#define ENDPOINT_RESPONSE_NONE ((struct response){.file = {.fd = -1}})

void endpoint_free_response(struct response *response);

#endif
