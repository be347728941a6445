/* DELETE /api/backups/{filename}: deletes a backup. */
#include "endpoint.h"
#include "file.h"
#include "json.h"

enum { FILENAME };

static const struct parameter parameters[] = {
    [FILENAME] = PARAMETER_FILENAME,
};

static int delete_unpinned(const struct store *store, const char *filename, struct error *error)
{
    struct backup backup;
    int result = store_get(store, filename, &backup, error);
    if (result == 0 && backup.pinned) {
        result = error_set(error, ERR_PINNED, "%s is pinned. Unpin it first.", filename);
    }
    if (result == 0 && backup.record == RECORD_DAMAGED) {
        result = error_set(error, ERR_DAMAGED,
                           "The manifest of %s cannot be read: it may be pinned. Delete %s.json by "
                           "hand if it is not.",
                           filename, filename);
    }
    return result == 0 ? store_remove(store, &backup, error) : result;
}

static int handle(const struct request *request, struct response *response)
{
    const char *filename = request->values[FILENAME].text;
    struct store store;
    int result = catalog_open_store(request->database, STORE_WRITE, &store, &response->error);
    if (result < 0) {
        return result;
    }
    int lock_fd = store_lock(&store, STORE_LOCK, &response->error);
    result = lock_fd < 0 ? lock_fd : delete_unpinned(&store, filename, &response->error);
    file_close(lock_fd);
    store_close(&store);
    if (result == 0) {
        response->json = cJSON_CreateObject();
        json_add_text(response->json, "status", "deleted");
        json_add_text(response->json, "filename", filename);
    }
    return result;
}

static void print(const cJSON *answer, FILE *out)
{
    fprintf(out, "Deleted %s.\n", json_text(answer, "filename", ""));
}

static const int errors[] = {ERR_NOT_FOUND, ERR_PINNED, ERR_DAMAGED, ERR_BUSY, ERR_NO_ROOM, 0};

static const struct endpoint endpoint = {
    .program = "backup-delete",
    .method = "DELETE",
    .path = "/api/backups/{filename}",
    .summary = "Deletes a backup for good, unless it is pinned.",
    .parameters = PARAMETERS(parameters),
    .touches = TOUCH_WRITE_BACKUPS,
    .action = "delete",
    .success_status = 200,
    .answer = "Deleted",
    .errors = errors,
    .handle = handle,
    .print = print,
};

int main(int argc, char **argv)
{
    return endpoint_main(&endpoint, argc, argv);
}
