#include "endpoint.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "file.h"
#include "http.h"
#include "shell.h"
#include "text.h"

const struct parameter endpoint_database_parameter = {
    .name = "database",
    .source = FROM_QUERY,
    .kind = KIND_DATABASE,
    .help = "the database; without it, the default one",
};

int endpoint_call(const struct endpoint *endpoint, const struct config *config,
                  const struct value *values, const struct progress *progress,
                  struct response *response)
{
    struct database database = {0};
    const struct value *name = &values[endpoint->parameters.count];
    if (name->given || !endpoint->needs_no_database) {
        int result = catalog_find(config, name->text, &database, &response->error);
        if (result < 0) {
            return result;
        }
    }
    const struct request request = {
        .endpoint = endpoint,
        .config = config,
        .values = values,
        .database = database.path[0] == '\0' ? NULL : &database,
        .progress = progress,
    };
    int result = endpoint->handle(&request, response);
    if (result == 0 && response->json == NULL && response->file.fd < 0) {
        result = error_memory(&response->error);
    }
    return result;
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
    file_close(response->file.fd);
    *response = ENDPOINT_RESPONSE_NONE;
}

int endpoint_main(const struct endpoint *endpoint, int argc, char **argv)
{
    /* Who reads may leave early; that must not end work that has begun. */
    signal(SIGPIPE, SIG_IGN);
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
    return over_http ? http_serve(endpoint, &config) : shell_run(endpoint, &config, argc, argv);
}
