/* The audit log, as a crash or somebody's editor left it: a line for the note of a change that was
 * killed, then the log. The next line is written all the same, and read first. */
#include "fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit.h"
#include "audit_tally.h"
#include "json.h"

enum { LIMIT = 5 };

static const char note[] = "backups/.audit/0123456789abcdef.begun";

static const struct config *begin(struct fuzz_input input)
{
    static struct config config;
    char *line = fuzz_line(&input);
    snprintf(config.database_path, sizeof config.database_path, "%s/x.db", fuzz_folder_path());
    snprintf(config.backup_dir, sizeof config.backup_dir, "%s/backups", fuzz_folder_path());
    (void)mkdirat(fuzz_folder(), "backups", 0700);
    (void)mkdirat(fuzz_folder(), "backups/.audit", 0700);
    fuzz_write(note, (const uint8_t *)line, strlen(line));
    fuzz_write("backups/.audit/log.jsonl", input.data, input.size);
    free(line);
    return &config;
}

/* The newest entry's id; "" if there is none. */
static void require_list(const struct config *config, const char *database, char id[AUDIT_ID_SIZE])
{
    cJSON *entries = NULL;
    struct error error = {0};
    REQUIRE(audit_list(config, database, LIMIT, &entries, &error) == 0);
    REQUIRE(cJSON_IsArray(entries) && cJSON_GetArraySize(entries) <= LIMIT);
    const cJSON *entry;
    cJSON_ArrayForEach(entry, entries)
    {
        REQUIRE(cJSON_IsObject(entry));
        REQUIRE(database == NULL || strcmp(json_text(entry, "database", ""), database) == 0);
    }
    snprintf(id, AUDIT_ID_SIZE, "%s", json_text(cJSON_GetArrayItem(entries, 0), "id", ""));
    cJSON_Delete(entries);
}

/* What is counted goes into the labels of metrics. */
static void require_tally(const struct config *config)
{
    static const struct database list[] = {{.name = "x"}};
    static struct audit_tally tally;
    struct error error = {0};
    tally = (struct audit_tally){0};
    REQUIRE(audit_tally(config, list, 1, 0, &tally, &error) == 0);
    REQUIRE(tally.count <= AUDIT_TALLY_MAX);
    for (size_t i = 0; i < tally.count; i++) {
        REQUIRE(tally.rows[i].count > 0);
        REQUIRE(strpbrk(tally.rows[i].action, "\"\\\n") == NULL && tally.rows[i].action[0] != '\0');
        REQUIRE(strpbrk(tally.rows[i].result, "\"\\\n") == NULL && tally.rows[i].result[0] != '\0');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct config *config = begin((struct fuzz_input){data, size});
    const struct audit_entry entry = {.action = "create", .database = "x"};
    struct audit audit;
    struct error error = {0};
    char id[AUDIT_ID_SIZE];
    char written[AUDIT_ID_SIZE];
    require_list(config, NULL, id);
    require_list(config, "x", id);
    require_tally(config);
    REQUIRE(audit_begin(config, &entry, &audit, &error) == 0);
    REQUIRE(faccessat(fuzz_folder(), note, F_OK, 0) != 0);
    memcpy(written, audit.id, sizeof written);
    REQUIRE(audit_end(&audit, 0, "2025-01-06_14-30-00.db", &error) == 0);
    require_list(config, "x", id);
    REQUIRE(strcmp(id, written) == 0);
    return 0;
}
