/* GET /api/backups/{filename|live}/tables/{table}.csv: a table's rows as CSV. */
#include <stdlib.h>
#include <string.h>

#include "database.h"
#include "endpoint.h"
#include "export.h"
#include "reader.h"
#include "source.h"

enum { FILENAME, TABLE };

static const struct parameter parameters[] = {
    [FILENAME] = PARAMETER_FILENAME_OR_LIVE,
    [TABLE] = {.name = "table",
               .source = FROM_PATH,
               .kind = KIND_TABLE,
               .required = true,
               .help = "the table"},
};

/* What is kept until all is written. */
struct job {
    sqlite3 *db;
    struct export export;
    char *name;
};

static int write_job(void *context, const struct sink *sink, struct error *error)
{
    struct job *job = context;
    return export_write(&job->export, sink, error);
}

static void close_job(void *context)
{
    struct job *job = context;
    export_end(&job->export);
    database_close(job->db);
    free(job->name);
    free(job);
}

/* An export is a download: who may not have the file may not have what is in it. */
static int check_reader(const struct request *request, const char *filename, struct error *error)
{
    if (strcmp(filename, SOURCE_LIVE) == 0) {
        return error_set(error, ERR_FORBIDDEN,
                         "Who may only read may not export what is in the live database.");
    }
    struct store store;
    int result = catalog_open_store(request->database, STORE_READ, &store, error);
    if (result == 0) {
        result = reader_check_download(request->config, &store, filename, error);
        store_close(&store);
    }
    return result;
}

static int begin(const struct request *request, struct job *job, struct error *error)
{
    const char *filename = request->values[FILENAME].text;
    const char *table = request->values[TABLE].text;
    int result = request->role == ROLE_READER ? check_reader(request, filename, error) : 0;
    if (result == 0) {
        result = source_open(request->config, request->database, filename, &job->db, error);
    }
    if (result == 0) {
        result = export_begin(job->db, table, &job->export, error);
    }
    if (result == 0 && asprintf(&job->name, "%s.csv", table) < 0) {
        job->name = NULL;
        result = error_memory(error);
    }
    return result;
}

static int handle(const struct request *request, struct response *response)
{
    struct job *job = calloc(1, sizeof *job);
    if (job == NULL) {
        return error_memory(&response->error);
    }
    int result = begin(request, job, &response->error);
    if (result < 0) {
        close_job(job);
        return result;
    }
    response->stream = (struct stream){.write = write_job,
                                       .close = close_job,
                                       .context = job,
                                       .media_type = "text/csv; charset=utf-8; header=present",
                                       .name = job->name};
    return 0;
}

static const int errors[] = {ERR_NOT_FOUND, ERR_FORBIDDEN, ERR_DAMAGED, ERR_UNUSABLE, ERR_BUSY, 0};

static const struct endpoint endpoint = {
    .program = "backup-export",
    .method = "GET",
    .path = "/api/backups/{filename}/tables/{table}.csv",
    .summary = "Writes a table of a backup or of the live database as CSV.",
    .description = "The first row has the names of the columns. NULL is an empty field, empty text "
                   "is \"\",\na BLOB is x'…' as in SQL. Nothing is altered: import a field that "
                   "begins with =, +, -\nor @ as text, or a spreadsheet may take it for a formula.",
    .parameters = PARAMETERS(parameters),
    .touches = TOUCH_LOOK_AT_LIVE | TOUCH_READ_BACKUPS,
    .success_status = 200,
    .media_type = "text/csv",
    .streams = true,
    .errors = errors,
    .handle = handle,
};

int main(int argc, char **argv)
{
    return endpoint_main(&endpoint, argc, argv);
}
