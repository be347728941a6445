/* GET /api/backups: lists the backups. */
#include <stdlib.h>

#include "backup.h"
#include "endpoint.h"
#include "human.h"

static int handle(const struct request *request, struct response *response)
{
    struct backup *list;
    size_t count;
    int result = catalog_list_backups(request->database, &list, &count, &response->error);
    if (result == 0) {
        response->json = cJSON_CreateArray();
        for (size_t i = 0; i < count; i++) {
            cJSON_AddItemToArray(response->json, backup_to_json(&list[i], request->database->name));
        }
    }
    free(list);
    return result;
}

static void print(const cJSON *answer, FILE *out)
{
    static const struct human_column columns[] = {
        {.heading = "FILE", .field = "filename"},
        {.heading = "SIZE", .field = "size", .format = HUMAN_BYTES},
        {.heading = "CREATED", .field = "created"},
        {.heading = "KIND", .field = "kind"},
        {.heading = "PINNED", .field = "pinned", .format = HUMAN_FLAG},
        {.heading = "VERIFIED", .field = "verified", .missing = "never"},
        {.heading = "LABEL", .field = "label"},
    };
    human_table(answer, columns, sizeof columns / sizeof columns[0],
                "There is no backup yet. Make one with backup-create.", out);
}

static const int errors[] = {0};

static const struct endpoint endpoint = {
    .program = "backup-list",
    .method = "GET",
    .path = "/api/backups",
    .summary = "Lists the backups of a database, the newest first.",
    .touches = TOUCH_READ_BACKUPS,
    .success_status = 200,
    .answer = "Backup",
    .answers_array = true,
    .errors = errors,
    .handle = handle,
    .print = print,
};

int main(int argc, char **argv)
{
    return endpoint_main(&endpoint, argc, argv);
}
