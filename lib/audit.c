#include "audit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "audit_log.h"
#include "catalog.h"
#include "file.h"
#include "json.h"
#include "text.h"
#include "timestamp.h"

static const char audit_folder[] = ".audit";
static const char lock_file[] = "lock";
static const char note_ending[] = ".begun";

enum { NOTE_NAME_SIZE = 32 };

/* Who writes here holds the lock for as long as one line takes. */
enum { LOCK_WAIT_MS = 10000 };

/* A name of a person or a sentence is cut off here: the line has its limit. */
enum { TEXT_MAX = 400 };

/* --- one line ------------------------------------------------------------------------------- */

static void add_text(cJSON *line, const char *name, const char *text)
{
    char shown[TEXT_MAX + 1];
    snprintf(shown, sizeof shown, "%.*s", TEXT_MAX, text == NULL ? "" : text);
    text_make_printable(shown);
    json_add_text(line, name, shown[0] == '\0' ? NULL : shown);
}

/* What is known before the change. */
static cJSON *begin_line(const struct audit *audit)
{
    const struct audit_entry *entry = &audit->entry;
    cJSON *line = cJSON_CreateObject();
    json_add_text(line, "id", audit->id);
    json_add_time(line, "time", audit->begin_ms, TIMESTAMP_MILLISECONDS);
    json_add_text(line, "action", entry->action);
    add_text(line, "actor", entry->actor);
    add_text(line, "address", entry->address);
    add_text(line, "database", entry->database);
    add_text(line, "file", entry->file);
    cJSON_AddItemToObject(line, "asked", cJSON_Duplicate(entry->asked, true));
    return line;
}

/* What came of it. */
static void end_line(cJSON *line, const char *result, const char *detail, int64_t duration_ms)
{
    json_add_text(line, "result", result);
    add_text(line, "detail", detail);
    if (duration_ms >= 0) {
        json_add_integer(line, "duration_ms", duration_ms);
    } else {
        cJSON_AddNullToObject(line, "duration_ms");
    }
}

static int append(int folder_fd, const cJSON *line, struct error *error)
{
    char *text = json_print(line, false);
    if (text == NULL) {
        return error_memory(error);
    }
    int result = audit_log_append(folder_fd, text, error);
    free(text);
    return result;
}

/* --- notes of what is going on --------------------------------------------------------------- */

struct search {
    const char *id;
    bool found;
};

static bool look_for(void *context, const char *line)
{
    struct search *search = context;
    search->found = strstr(line, search->id) != NULL;
    return !search->found;
}

/* Whether the program was killed after it had written the line. */
static bool is_written(int folder_fd, const cJSON *line)
{
    struct error ignored;
    struct search search = {.id = json_text(line, "id", "?")};
    (void)audit_log_each(folder_fd, look_for, &search, &ignored);
    return search.found;
}

/* Writes the line of a change whose program was killed; the note goes when the line is there. */
static void write_interrupted(int folder_fd, const char *name)
{
    char *text;
    cJSON *line = NULL;
    struct error ignored;
    if (file_read(folder_fd, name, AUDIT_LOG_LINE_MAX, &text, &ignored) < 0) {
        return;
    }
    /* A note that was cut off itself says nothing: it was not durable, so nothing had begun. */
    int result = json_parse(text, strlen(text), &line, &ignored);
    free(text);
    if (result == 0 && !is_written(folder_fd, line)) {
        end_line(line, "interrupted", "The program was killed: look whether it was done.", -1);
        result = append(folder_fd, line, &ignored);
    }
    cJSON_Delete(line);
    if (result == 0 || result == ERR_BAD_REQUEST) {
        unlinkat(folder_fd, name, 0);
    }
}

static int adopt_if_abandoned(const char *name, void *context)
{
    const int *folder_fd = context;
    struct error ignored;
    if (!text_ends_with(name, note_ending)) {
        return 0;
    }
    int fd = file_open(*folder_fd, name, O_RDONLY, &ignored);
    if (fd >= 0 && file_try_lock(fd) == 0) {
        write_interrupted(*folder_fd, name);
    }
    file_close(fd);
    return 0;
}

static void name_note(const struct audit *audit, char out[NOTE_NAME_SIZE])
{
    snprintf(out, NOTE_NAME_SIZE, "%s%s", audit->id, note_ending);
}

static int write_note(const struct audit *audit, const char *name, struct error *error)
{
    cJSON *line = begin_line(audit);
    char *text = json_print(line, false);
    cJSON_Delete(line);
    if (text == NULL) {
        return error_memory(error);
    }
    int result = file_write(audit->folder_fd, name, text, strlen(text), error);
    free(text);
    return result == 0 ? file_sync(audit->folder_fd, "the audit log's folder", error) : result;
}

static int make_note(struct audit *audit, struct error *error)
{
    char name[NOTE_NAME_SIZE];
    name_note(audit, name);
    int result = write_note(audit, name, error);
    if (result == 0) {
        audit->note_fd = file_lock(audit->folder_fd, name, 0, error);
        result = audit->note_fd < 0 ? audit->note_fd : 0;
    }
    return result;
}

/* --- before and after ----------------------------------------------------------------------- */

static int open_folder(const struct config *config, struct error *error)
{
    char live[PATH_MAX];
    char backups[PATH_MAX];
    int result = catalog_find_folders(config, live, backups, error);
    int parent_fd = result < 0 ? result : file_open_folder(AT_FDCWD, backups, error);
    if (parent_fd < 0) {
        return parent_fd;
    }
    int fd = file_open_folder(parent_fd, audit_folder, error);
    file_close(parent_fd);
    return fd;
}

/* Under the lock. On a full disk there may be no room for the note, and deleting must work there
 * most of all: the room for the line is what counts. */
static int prepare(struct audit *audit, struct error *error)
{
    struct error ignored;
    (void)file_each(audit->folder_fd, ".", adopt_if_abandoned, &audit->folder_fd, &ignored);
    int result = audit_log_reserve(audit->folder_fd, error);
    if (result == 0) {
        int noted = make_note(audit, error);
        result = noted == ERR_NO_ROOM ? 0 : noted;
    }
    return result;
}

static void close_audit(struct audit *audit)
{
    char name[NOTE_NAME_SIZE];
    if (audit->folder_fd >= 0) {
        name_note(audit, name);
        unlinkat(audit->folder_fd, name, 0);
    }
    file_close(audit->note_fd);
    file_close(audit->folder_fd);
    audit->folder_fd = audit->note_fd = -1;
}

static int make_id(char id[AUDIT_ID_SIZE], struct error *error)
{
    uint64_t random;
    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random) {
        return error_system(error, errno, "Cannot get a random number");
    }
    snprintf(id, AUDIT_ID_SIZE, "%016llx", (unsigned long long)random);
    return 0;
}

int audit_begin(const struct config *config, const struct audit_entry *entry, struct audit *audit,
                struct error *error)
{
    struct error reason = {0};
    *audit = (struct audit){
        .folder_fd = -1, .note_fd = -1, .begin_ms = timestamp_now_ms(), .entry = *entry};
    int result = make_id(audit->id, error);
    if (result == 0) {
        audit->folder_fd = open_folder(config, error);
        result = audit->folder_fd < 0 ? audit->folder_fd : 0;
    }
    if (result < 0) {
        return result;
    }
    int lock_fd = file_lock(audit->folder_fd, lock_file, LOCK_WAIT_MS, &reason);
    result = lock_fd < 0 ? lock_fd : prepare(audit, &reason);
    file_close(lock_fd);
    if (result < 0) {
        close_audit(audit);
        return error_set(error, result,
                         "The audit log cannot be written, so nothing was done. %.800s",
                         reason.detail);
    }
    return 0;
}

static int write_line(struct audit *audit, int result, const char *detail, struct error *error)
{
    cJSON *line = begin_line(audit);
    end_line(line, result == 0 ? "done" : error_meaning(result)->slug, result == 0 ? NULL : detail,
             timestamp_now_ms() - audit->begin_ms);
    int lock_fd = file_lock(audit->folder_fd, lock_file, LOCK_WAIT_MS, error);
    int written = lock_fd < 0 ? lock_fd : append(audit->folder_fd, line, error);
    file_close(lock_fd);
    cJSON_Delete(line);
    return written;
}

int audit_end(struct audit *audit, int result, const char *file, struct error *error)
{
    struct error reason;
    if (audit->entry.file == NULL) {
        audit->entry.file = file;
    }
    int written = write_line(audit, result, error->detail, &reason);
    if (written == 0) {
        close_audit(audit);
        return result;
    }
    /* The note stays: the next program writes the line if it can. */
    file_close(audit->note_fd);
    file_close(audit->folder_fd);
    return result < 0 ? result
                      : error_set(error, written,
                                  "It was done, but the audit log cannot be written. %.800s",
                                  reason.detail);
}

/* --- reading -------------------------------------------------------------------------------- */

struct visiting {
    bool (*visit)(void *context, const cJSON *entry);
    void *context;
};

/* A line that is no entry is what a power loss has left. */
static bool visit_line(void *context, const char *line)
{
    struct visiting *visiting = context;
    struct error ignored;
    cJSON *entry = NULL;
    bool more = true;
    if (json_parse(line, strlen(line), &entry, &ignored) == 0 && cJSON_IsObject(entry)) {
        more = visiting->visit(visiting->context, entry);
    }
    cJSON_Delete(entry);
    return more;
}

int audit_each(const struct config *config, bool (*visit)(void *context, const cJSON *entry),
               void *context, struct error *error)
{
    char live[PATH_MAX];
    char path[2 * PATH_MAX];
    char backups[PATH_MAX];
    struct visiting visiting = {visit, context};
    int result = catalog_find_folders(config, live, backups, error);
    if (result < 0) {
        return result;
    }
    snprintf(path, sizeof path, "%s/%s", backups, audit_folder);
    int folder_fd = file_open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, error);
    if (folder_fd >= 0) {
        result = audit_log_each(folder_fd, visit_line, &visiting, error);
    } else if (folder_fd != ERR_NOT_FOUND) {
        result = folder_fd;
    }
    file_close(folder_fd);
    return result;
}

struct listing {
    cJSON *entries;
    const char *database;
    int limit;
};

static bool add_entry(void *context, const cJSON *entry)
{
    struct listing *listing = context;
    if (listing->database != NULL &&
        strcmp(json_text(entry, "database", ""), listing->database) != 0) {
        return true;
    }
    cJSON_AddItemToArray(listing->entries, cJSON_Duplicate(entry, true));
    return --listing->limit > 0;
}

int audit_list(const struct config *config, const char *database, int limit, cJSON **ret_entries,
               struct error *error)
{
    struct listing listing = {.entries = cJSON_CreateArray(), .database = database, .limit = limit};
    int result = audit_each(config, add_entry, &listing, error);
    if (result < 0) {
        cJSON_Delete(listing.entries);
        return result;
    }
    *ret_entries = listing.entries;
    return 0;
}
