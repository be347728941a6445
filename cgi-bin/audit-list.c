/* GET /api/audit: who changed what, and what was refused. */
#include "audit.h"
#include "endpoint.h"
#include "human.h"

enum { LIMIT };

static const struct parameter parameters[] = {
    [LIMIT] = {.name = "limit",
               .source = FROM_QUERY,
               .kind = KIND_INTEGER,
               .minimum = 1,
               .maximum = AUDIT_LIST_MAX,
               .help = "how many entries, the newest (default: 100)"},
};

static int handle(const struct request *request, struct response *response)
{
    const struct value *limit = &request->values[LIMIT];
    return audit_list(request->config, request->database == NULL ? NULL : request->database->name,
                      limit->given ? (int)limit->integer : AUDIT_LIST_DEFAULT, &response->json,
                      &response->error);
}

static void print(const cJSON *answer, FILE *out)
{
    static const struct human_column columns[] = {
        {.heading = "TIME", .field = "time"},       {.heading = "ACTION", .field = "action"},
        {.heading = "RESULT", .field = "result"},   {.heading = "ACTOR", .field = "actor"},
        {.heading = "ADDRESS", .field = "address"}, {.heading = "DATABASE", .field = "database"},
        {.heading = "FILE", .field = "file"},
    };
    human_table(answer, columns, sizeof columns / sizeof columns[0],
                "Nothing was changed yet, and nothing refused.", out);
}

static const int errors[] = {0};

static const struct endpoint endpoint = {
    .program = "audit-list",
    .method = "GET",
    .path = "/api/audit",
    .summary = "Tells who changed what, and what was refused: the newest first.",
    .description = "Without --database it tells of all databases.",
    .parameters = PARAMETERS(parameters),
    .touches = TOUCH_READ_BACKUPS,
    .success_status = 200,
    .answer = "AuditEntry",
    .answers_array = true,
    .needs_no_database = true,
    .errors = errors,
    .handle = handle,
    .print = print,
};

int main(int argc, char **argv)
{
    return endpoint_main(&endpoint, argc, argv);
}
