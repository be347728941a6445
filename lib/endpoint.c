#include "endpoint.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "audit.h"
#include "file.h"
#include "http.h"
#include "json.h"
#include "shell.h"
#include "text.h"

const struct parameter endpoint_database_parameter = {
    .name = "database",
    .source = FROM_QUERY,
    .kind = KIND_DATABASE,
    .help = "the database; without it, the default one",
};

static int handle(const struct call *call, const struct progress *progress,
                  struct response *response)
{
    const struct endpoint *endpoint = call->endpoint;
    struct database database = {0};
    const struct value *name = &call->values[endpoint->parameters.count];
    if (name->given || !endpoint->needs_no_database) {
        int result = catalog_find(call->config, name->text, &database, &response->error);
        if (result < 0) {
            return result;
        }
    }
    const struct request request = {
        .endpoint = endpoint,
        .config = call->config,
        .values = call->values,
        .database = database.path[0] == '\0' ? NULL : &database,
        .role = call->caller.role,
        .progress = progress,
    };
    int result = endpoint->handle(&request, response);
    bool is_whole =
        !json_lacked_memory() && (response->json != NULL || response->text != NULL ||
                                  response->file.fd >= 0 || response->stream.write != NULL);
    if (result == 0 && !is_whole) {
        /* What was asked for is done. */
        result = error_set(&response->error, ERR_UNAVAILABLE,
                           "There is not enough memory for the answer.");
    }
    return result;
}

/* The change in the audit log, from before it to after it. */
struct audited {
    char database[FILENAME_SIZE];
    cJSON *asked;
    struct audit audit;
};

static int begin_audited(const struct call *call, struct audited *audited, struct error *error)
{
    const struct parameter_list list = call->endpoint->parameters;
    catalog_name(call->config, call->values[list.count].text, audited->database);
    audited->asked = parameter_to_json(list, call->values);
    const struct audit_entry entry = {
        .action = call->endpoint->action,
        .actor = call->caller.actor,
        .address = call->caller.address,
        .database = audited->database,
        .file = parameter_text_of(list, KIND_FILENAME, call->values),
        .asked = audited->asked,
    };
    int result = audit_begin(call->config, &entry, &audited->audit, error);
    if (result < 0) {
        cJSON_Delete(audited->asked);
    }
    return result;
}

static int end_audited(struct audited *audited, int result, struct response *response)
{
    result = audit_end(&audited->audit, result, json_text(response->json, "filename", NULL),
                       &response->error);
    cJSON_Delete(audited->asked);
    return result;
}

static int refuse_reader(const struct call *call, struct error *error)
{
    return error_set(error, ERR_FORBIDDEN, "%s may look at backups, and not change anything.",
                     call->caller.actor == NULL ? "Whoever asks" : call->caller.actor);
}

int endpoint_call(const struct call *call, const struct progress *progress,
                  struct response *response)
{
    struct audited audited;
    if (call->endpoint->action == NULL) {
        return handle(call, progress, response);
    }
    int result = begin_audited(call, &audited, &response->error);
    if (result < 0) {
        return result;
    }
    result = call->caller.role == ROLE_READER ? refuse_reader(call, &response->error)
                                              : handle(call, progress, response);
    return end_audited(&audited, result, response);
}

/* Where there is no folder of backups yet, a broken request must not make one. */
static bool has_backups_folder(const struct config *config)
{
    char live[PATH_MAX];
    char backups[PATH_MAX];
    struct error ignored;
    return catalog_find_folders(config, live, backups, &ignored) == 0 &&
           file_exists(AT_FDCWD, backups);
}

int endpoint_refuse(const struct call *call, int result, struct response *response)
{
    struct audited audited;
    struct error ignored;
    if (call->endpoint->action != NULL && has_backups_folder(call->config) &&
        begin_audited(call, &audited, &ignored) == 0) {
        (void)end_audited(&audited, result, response);
    }
    return result;
}

void endpoint_free_call(struct call *call)
{
    parameter_free(call->values, call->endpoint->parameters.count + 1);
}

void endpoint_locate_backup(const struct database *database, const struct backup *backup,
                            struct response *response)
{
    char file[3 * FILENAME_SIZE];
    char name[3 * FILENAME_SIZE];
    text_percent_encode(backup->filename, file, sizeof file);
    text_percent_encode(database->name, name, sizeof name);
    snprintf(response->location, sizeof response->location, "/api/backups/%s%s%s", file,
             database->is_default ? "" : "?database=", database->is_default ? "" : name);
}

void endpoint_free_response(struct response *response)
{
    cJSON_Delete(response->json);
    free(response->text);
    file_close(response->file.fd);
    if (response->stream.close != NULL) {
        response->stream.close(response->stream.context);
    }
    *response = ENDPOINT_RESPONSE_NONE;
}

int endpoint_main(const struct endpoint *endpoint, int argc, char **argv)
{
    /* Who reads may leave early; that must not end work that has begun. */
    signal(SIGPIPE, SIG_IGN);
    json_begin();
    if (endpoint->parameters.count + 1 > ENDPOINT_VALUES_MAX) {
        fprintf(stderr, "%s: declares too many parameters\n", endpoint->program);
        return EX_SOFTWARE;
    }
    bool over_http = http_is_fastcgi() || http_is_cgi();
    const char *question = over_http ? NULL : shell_find_question(argc, argv);
    if (question != NULL) {
        return shell_answer_question(endpoint, question);
    }
    struct config config;
    struct error error;
    if (config_read(&config, &error) < 0) {
        fprintf(stderr, "%s: %s\n", endpoint->program, error.detail);
        return error_meaning(error.code)->exit_status;
    }
    if (over_http) {
        return http_serve(endpoint, &config);
    }
    endpoint = shell_choose(endpoint, &argc, argv);
    return shell_run(endpoint, &config, argc, argv);
}
