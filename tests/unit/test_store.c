#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file.h"
#include "manifest.h"
#include "store.h"

static char folder[64];
static struct store store;
static struct error error;

static int set_up(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/test_store.XXXXXX");
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    char backups[128];
    snprintf(backups, sizeof backups, "%s/backups", folder);
    return store_open(&store, backups, "", STORE_WRITE, &error);
}

static int tear_down(void **state)
{
    (void)state;
    char command[128];
    store_close(&store);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static void put(const char *name, const char *content)
{
    assert_int_equal(file_write(store.folder_fd, name, content, strlen(content), &error), 0);
}

static struct backup publish(enum backup_kind kind, int64_t created_ms, const char *content)
{
    struct work work;
    struct backup backup = {
        .kind = kind, .created_ms = created_ms, .size = (int64_t)strlen(content)};
    assert_int_equal(store_begin_work(&store, &work, &error), 0);
    assert_int_equal(file_write(work.folder_fd, "x", content, strlen(content), &error), 0);
    assert_int_equal(store_publish(&store, &work, "x", &backup, &error), 0);
    work_end(&work);
    return backup;
}

static size_t list(struct backup **ret_list)
{
    size_t count = 0;
    assert_int_equal(store_list(&store, ret_list, &count, &error), 0);
    return count;
}

static void published_backups_are_listed_whole(void **state)
{
    (void)state;
    struct backup first = publish(BACKUP_MANUAL, 1736173800123, "one");
    struct backup second = publish(BACKUP_MANUAL, 1736173800123, "two!");
    assert_string_equal(first.filename, "2025-01-06_14-30-00.db");
    assert_string_equal(second.filename, "2025-01-06_14-30-00-2.db");
    struct backup *all;
    assert_int_equal(list(&all), 2);
    assert_string_equal(all[0].filename, second.filename);
    assert_int_equal(all[0].size, 4);
    assert_int_equal(all[0].created_ms, 1736173800123);
    assert_int_equal(all[0].record, RECORD_READ);
    free(all);
}

static void a_file_by_hand_is_listed_with_what_its_name_says(void **state)
{
    (void)state;
    put("pre-restore_2025-01-06_14-30-00-3.db", "x");
    put("old show.db", "x");
    put("notes.txt", "x");
    put("-rf.db", "x");
    struct backup *all;
    assert_int_equal(list(&all), 2);
    assert_string_equal(all[0].filename, "old show.db");
    assert_string_equal(all[1].filename, "pre-restore_2025-01-06_14-30-00-3.db");
    assert_int_equal(all[1].kind, BACKUP_PRE_RESTORE);
    assert_int_equal(all[1].created_ms, 1736173800000);
    assert_int_equal(all[1].record, RECORD_NONE);
    free(all);
}

static void what_is_no_regular_file_is_not_there(void **state)
{
    struct backup backup;
    int64_t size;
    (void)state;
    assert_int_equal(symlinkat("/etc/passwd", store.folder_fd, "link.db"), 0);
    assert_int_equal(mkdirat(store.folder_fd, "folder.db", 0700), 0);
    assert_int_equal(mkfifoat(store.folder_fd, "pipe.db", 0600), 0);
    struct backup *all;
    assert_int_equal(list(&all), 0);
    free(all);
    static const char *const names[] = {"link.db", "folder.db", "pipe.db", "none.db"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_int_equal(store_get(&store, names[i], &backup, &error), ERR_NOT_FOUND);
        assert_int_equal(store_open_backup(&store, names[i], &size, &error), ERR_NOT_FOUND);
    }
}

static void a_damaged_manifest_marks_its_backup(void **state)
{
    static const char *const manifests[] = {
        "",
        "{",
        "[]",
        "null",
        "{\"created\":\"yesterday\",\"kind\":\"manual\"}",
        "{\"created\":\"2025-01-06T14:30:00.123Z\",\"kind\":\"other\"}",
        "{\"created\":\"2025-01-06T14:30:00.123Z\",\"kind\":\"manual\",\"sha256\":\"zz\"}",
    };
    (void)state;
    put("2025-01-06_14-30-00.db", "x");
    for (size_t i = 0; i < sizeof manifests / sizeof manifests[0]; i++) {
        struct backup backup;
        put("2025-01-06_14-30-00.db.json", manifests[i]);
        assert_int_equal(store_get(&store, "2025-01-06_14-30-00.db", &backup, &error), 0);
        if (backup.record != RECORD_DAMAGED) {
            fail_msg("manifest %zu was taken", i);
        }
        assert_int_equal(backup.created_ms, 1736173800000);
        unlinkat(store.folder_fd, "2025-01-06_14-30-00.db.json", 0);
    }
}

static void a_changed_size_takes_the_verified_mark_away(void **state)
{
    (void)state;
    struct backup backup = publish(BACKUP_MANUAL, 1736173800123, "one");
    backup.verified_ms = 1736173900000;
    assert_int_equal(store_record(&store, &backup, &error), 0);
    assert_int_equal(store_get(&store, backup.filename, &backup, &error), 0);
    assert_int_equal(backup.verified_ms, 1736173900000);
    int fd = openat(store.folder_fd, backup.filename, O_WRONLY | O_APPEND);
    assert_int_equal(write(fd, "!", 1), 1);
    close(fd);
    assert_int_equal(store_get(&store, backup.filename, &backup, &error), 0);
    assert_int_equal(backup.verified_ms, 0);
}

static void removing_takes_the_manifest_too(void **state)
{
    (void)state;
    struct backup backup = publish(BACKUP_UPLOAD, 1736173800123, "one");
    assert_true(file_exists(store.folder_fd, "upload_2025-01-06_14-30-00.db.json"));
    assert_int_equal(store_remove(&store, &backup, &error), 0);
    assert_false(file_exists(store.folder_fd, "upload_2025-01-06_14-30-00.db"));
    assert_false(file_exists(store.folder_fd, "upload_2025-01-06_14-30-00.db.json"));
}

/* Opens the store once more, as the next program would. */
static void open_again(void)
{
    struct store again;
    char backups[128];
    snprintf(backups, sizeof backups, "%s/backups", folder);
    assert_int_equal(store_open(&again, backups, "", STORE_WRITE, &error), 0);
    store_close(&again);
}

static void the_next_program_cleans_up_after_a_killed_one(void **state)
{
    (void)state;
    put("2025-02-02_02-02-02.db.json", "{}");
    pid_t pid = fork();
    if (pid == 0) {
        struct work work;
        struct backup backup = {.filename = "2025-01-06_14-30-00.db"};
        _exit(store_begin_work(&store, &work, &error) == 0 &&
                      file_write(work.folder_fd, "snapshot.db", "x", 1, &error) == 0 &&
                      manifest_announce(store.folder_fd, work.folder_fd, &backup, &error) == 0
                  ? 0
                  : 1);
    }
    int status;
    waitpid(pid, &status, 0);
    assert_int_equal(status, 0);
    assert_true(file_exists(store.folder_fd, "2025-01-06_14-30-00.db.json"));
    struct work mine;
    assert_int_equal(store_begin_work(&store, &mine, &error), 0);
    open_again();
    /* The dead one's folder is gone, the living one's stays. */
    char work_folder[128];
    struct stat entry;
    snprintf(work_folder, sizeof work_folder, "%s/backups/.work", folder);
    assert_int_equal(stat(work_folder, &entry), 0);
    assert_int_equal(entry.st_nlink, 3);
    assert_int_equal(access(mine.path, F_OK), 0);
    work_end(&mine);
    assert_false(file_exists(store.folder_fd, "2025-01-06_14-30-00.db.json"));
    /* One that somebody is copying here by hand stays. */
    assert_true(file_exists(store.folder_fd, "2025-02-02_02-02-02.db.json"));
}

static void only_one_restore_at_a_time(void **state)
{
    (void)state;
    int first = store_lock(&store, RESTORE_LOCK, &error);
    assert_true(first >= 0);
    assert_int_equal(store_lock(&store, RESTORE_LOCK, &error), ERR_BUSY);
    file_close(first);
    int second = store_lock(&store, RESTORE_LOCK, &error);
    assert_true(second >= 0);
    file_close(second);
}

static void a_missing_folder_is_an_empty_store(void **state)
{
    struct store none;
    struct backup backup;
    struct backup *all;
    size_t count = 1;
    int64_t size;
    (void)state;
    assert_int_equal(store_open(&none, folder, "nothing", STORE_READ, &error), 0);
    assert_int_equal(store_list(&none, &all, &count, &error), 0);
    assert_int_equal(count, 0);
    assert_int_equal(store_get(&none, "x.db", &backup, &error), ERR_NOT_FOUND);
    assert_int_equal(store_open_backup(&none, "x.db", &size, &error), ERR_NOT_FOUND);
    store_close(&none);
}

int main(void)
{
#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        STORE_TEST(published_backups_are_listed_whole),
        STORE_TEST(a_file_by_hand_is_listed_with_what_its_name_says),
        STORE_TEST(what_is_no_regular_file_is_not_there),
        STORE_TEST(a_damaged_manifest_marks_its_backup),
        STORE_TEST(a_changed_size_takes_the_verified_mark_away),
        STORE_TEST(removing_takes_the_manifest_too),
        STORE_TEST(the_next_program_cleans_up_after_a_killed_one),
        STORE_TEST(only_one_restore_at_a_time),
        STORE_TEST(a_missing_folder_is_an_empty_store),
    };
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
