/* PATCH /api/backups/{filename}: changes a backup's label and pin. */
#include <string.h>

#include "backup.h"
#include "endpoint.h"
#include "file.h"
#include "json.h"

enum { FILENAME, LABEL, PINNED };

static const struct parameter parameters[] = {
    [FILENAME] = PARAMETER_FILENAME,
    [LABEL] = PARAMETER_LABEL,
    [PINNED] = PARAMETER_PINNED,
};

/* Under the lock, so that of two changes at once none is lost. */
static int change(const struct store *store, const struct value *values, struct backup *backup,
                  struct error *error)
{
    int result = store_get(store, values[FILENAME].text, backup, error);
    if (result < 0) {
        return result;
    }
    if (backup->record == RECORD_DAMAGED) {
        return error_set(error, ERR_DAMAGED,
                         "The manifest of %s cannot be read. Repair or delete %s.json first.",
                         backup->filename, backup->filename);
    }
    if (values[LABEL].given) {
        snprintf(backup->label, sizeof backup->label, "%s",
                 values[LABEL].text == NULL ? "" : values[LABEL].text);
    }
    if (values[PINNED].given) {
        backup->pinned = values[PINNED].flag;
    }
    return store_record(store, backup, error);
}

static int handle(const struct request *request, struct response *response)
{
    if (!request->values[LABEL].given && !request->values[PINNED].given) {
        return error_set(&response->error, ERR_BAD_REQUEST,
                         "There is nothing to change: give label or pinned.");
    }
    struct store store;
    struct backup backup;
    int result = catalog_open_store(request->database, STORE_WRITE, &store, &response->error);
    if (result < 0) {
        return result;
    }
    int lock_fd = store_lock(&store, STORE_LOCK, &response->error);
    result = lock_fd < 0 ? lock_fd : change(&store, request->values, &backup, &response->error);
    file_close(lock_fd);
    store_close(&store);
    if (result == 0) {
        response->json = backup_to_json(&backup, request->database->name);
    }
    return result;
}

static void print(const cJSON *answer, FILE *out)
{
    fprintf(out, "%s is %s and labelled \"%s\".\n", json_text(answer, "filename", ""),
            json_flag(answer, "pinned") ? "pinned" : "not pinned", json_text(answer, "label", ""));
}

static const int errors[] = {ERR_NOT_FOUND, ERR_DAMAGED, ERR_BUSY, ERR_NO_ROOM, 0};

static const struct endpoint endpoint = {
    .program = "backup-update",
    .method = "PATCH",
    .path = "/api/backups/{filename}",
    .summary = "Changes the label of a backup, pins or unpins it.",
    .parameters = PARAMETERS(parameters),
    .touches = TOUCH_WRITE_BACKUPS,
    .action = "update",
    .success_status = 200,
    .answer = "Backup",
    .needs_a_member = true,
    .errors = errors,
    .handle = handle,
    .print = print,
};

int main(int argc, char **argv)
{
    return endpoint_main(&endpoint, argc, argv);
}
