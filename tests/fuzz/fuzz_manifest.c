/* A backup's manifest: what is read, written and read again is the same. */
#include "fuzz.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "manifest.h"
#include "text.h"

static const char filename[] = "2025-01-06_14-30-00.db";
static const char manifest[] = "2025-01-06_14-30-00.db.json";

enum { SIZE = 4096 };

static void read_manifest(struct backup *backup)
{
    *backup = (struct backup){.size = SIZE};
    struct error error;
    memcpy(backup->filename, filename, sizeof filename);
    REQUIRE(manifest_read(fuzz_folder(), 0, backup, &error) == 0);
}

static int open_work(void)
{
    static int work_fd = -1;
    if (work_fd < 0) {
        REQUIRE(mkdirat(fuzz_folder(), "work", 0700) == 0);
        work_fd = openat(fuzz_folder(), "work", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    return work_fd;
}

static void require_same(const struct backup *first, const struct backup *second)
{
    REQUIRE(second->record == RECORD_READ);
    REQUIRE(strcmp(first->filename, second->filename) == 0 && first->size == second->size);
    REQUIRE(first->created_ms == second->created_ms && first->kind == second->kind);
    REQUIRE(strcmp(first->label, second->label) == 0 && first->pinned == second->pinned);
    REQUIRE(strcmp(first->sha256, second->sha256) == 0);
    REQUIRE(first->verified_ms == second->verified_ms);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct backup first;
    struct backup second;
    struct error error = {0};
    fuzz_write(manifest, data, size);
    read_manifest(&first);
    REQUIRE(first.record == RECORD_READ || first.record == RECORD_DAMAGED);
    REQUIRE(text_length(first.label) >= 0 && text_length(first.label) <= LABEL_MAX_CHARACTERS);
    REQUIRE(first.created_ms > 0 && first.kind < BACKUP_KIND_COUNT);
    if (first.record == RECORD_DAMAGED) {
        REQUIRE(first.label[0] == '\0' && !first.pinned && first.sha256[0] == '\0');
    }
    REQUIRE(manifest_replace(fuzz_folder(), open_work(), &first, &error) == 0);
    read_manifest(&second);
    require_same(&first, &second);
    return 0;
}
