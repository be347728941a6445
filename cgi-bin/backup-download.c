/* GET /api/backups/{filename}: the backup's file. */
#include <string.h>

#include "endpoint.h"
#include "human.h"
#include "json.h"
#include "reader.h"

enum { FILENAME, OUTPUT };

static const struct parameter parameters[] = {
    [FILENAME] = PARAMETER_FILENAME,
    [OUTPUT] = {.name = "output",
                .source = FROM_OPTION,
                .kind = KIND_PATH,
                .help = "the file to write, which must not exist (default: standard output)"},
};

static int handle(const struct request *request, struct response *response)
{
    const char *filename = request->values[FILENAME].text;
    struct store store;
    int result = catalog_open_store(request->database, STORE_READ, &store, &response->error);
    if (result < 0) {
        return result;
    }
    if (request->role == ROLE_READER) {
        result = reader_check_download(request->config, &store, filename, &response->error);
    }
    if (result == 0) {
        result = store_open_backup(&store, filename, &response->file.size, &response->error);
    }
    store_close(&store);
    if (result < 0) {
        return result;
    }
    response->file.fd = result;
    response->file.output = request->values[OUTPUT].text;
    memcpy(response->file.filename, filename, strlen(filename) + 1);
    memcpy(response->file.subfolder, request->database->subfolder, sizeof response->file.subfolder);
    return 0;
}

static void print(const cJSON *answer, FILE *out)
{
    char size[HUMAN_SIZE_SIZE];
    human_size(json_integer(answer, "size", 0), size);
    fprintf(out, "Wrote %s (%s).\n", json_text(answer, "output", ""), size);
}

static const int errors[] = {ERR_NOT_FOUND, ERR_FORBIDDEN, 0};

static const struct endpoint endpoint = {
    .program = "backup-download",
    .method = "GET",
    .path = "/api/backups/{filename}",
    .summary = "Gives a backup's file: a complete SQLite database.",
    .parameters = PARAMETERS(parameters),
    .touches = TOUCH_READ_BACKUPS,
    .success_status = 200,
    .media_type = "application/vnd.sqlite3",
    .errors = errors,
    .handle = handle,
    .print = print,
};

int main(int argc, char **argv)
{
    return endpoint_main(&endpoint, argc, argv);
}
