/* POST /api/backups: takes a backup of the live database. */
#include "backup.h"
#include "create.h"
#include "endpoint.h"
#include "human.h"
#include "json.h"
#include "webhook.h"

enum { LABEL, PINNED, KIND };

static const char *const kinds[] = {"manual", "scheduled", NULL};

static const struct parameter parameters[] = {
    [LABEL] = PARAMETER_LABEL,
    [PINNED] = PARAMETER_PINNED,
    [KIND] = {.name = "kind",
              .source = FROM_BODY,
              .kind = KIND_CHOICE,
              .choices = kinds,
              .help = "which retention it falls under (default: manual)"},
};

static int handle(const struct request *request, struct response *response)
{
    const struct value *values = request->values;
    const struct create_options options = {
        .kind = values[KIND].integer == 1 ? BACKUP_SCHEDULED : BACKUP_MANUAL,
        .label = values[LABEL].text,
        .pinned = values[PINNED].flag,
    };
    struct store store;
    struct backup backup;
    int result = catalog_open_store(request->database, STORE_WRITE, &store, &response->error);
    if (result < 0) {
        return result;
    }
    result = create_from_live(request->config, request->database, &store, &options,
                              request->progress, &backup, &response->warning, &response->error);
    store_close(&store);
    if (result == 0) {
        webhook_backup_created(&request->config->webhook, &backup, request->database->name,
                               &response->warning);
        endpoint_locate_backup(request->database, &backup, response);
        response->json = backup_to_json(&backup, request->database->name);
    }
    return result;
}

static void print(const cJSON *answer, FILE *out)
{
    char size[HUMAN_SIZE_SIZE];
    human_size(json_integer(answer, "size", 0), size);
    fprintf(out, "Made %s (%s).\n", json_text(answer, "filename", ""), size);
}

static const int errors[] = {ERR_NOT_FOUND, ERR_DAMAGED, ERR_UNUSABLE, ERR_BUSY, ERR_NO_ROOM, 0};

static const struct endpoint endpoint = {
    .program = "backup-create",
    .method = "POST",
    .path = "/api/backups",
    .summary = "Takes a backup of the live database.",
    .description = "The backup is one committed state of the database in one file, checked and on "
                   "the disk when\nthis returns. Nobody has to stop writing. Older backups of the "
                   "same kind go as BACKUP_KEEP says.",
    .parameters = PARAMETERS(parameters),
    .touches = TOUCH_READ_LIVE | TOUCH_WRITE_BACKUPS | TOUCH_WEBHOOK,
    .action = "create",
    .success_status = 201,
    .answer = "Backup",
    .streams_progress = true,
    .errors = errors,
    .handle = handle,
    .print = print,
};

int main(int argc, char **argv)
{
    return endpoint_main(&endpoint, argc, argv);
}
