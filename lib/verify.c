#include "verify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "allowance.h"
#include "confined.h"
#include "database.h"
#include "digest.h"
#include "file.h"
#include "text.h"

/* A hostile file can make SQLite find problems for hours: it stops after the first hundred, unless
 * all of them are none, as in a table with many rows that break a constraint. */
enum { FIRST_LIMIT = 100, SECOND_LIMIT = 1000000 };

static const char *const checks[] = {
    [VERIFY_QUICK] = "quick_check",
    [VERIFY_FULL] = "integrity_check",
};

void verify_add_problem(struct verify_report *report, const char *text)
{
    static const char heading[] = "*** in database main ***\n";
    if (strncmp(text, heading, strlen(heading)) == 0) {
        text += strlen(heading);
    }
    if (report->count < VERIFY_PROBLEMS_MAX) {
        char *problem = report->problems[report->count++];
        snprintf(problem, VERIFY_PROBLEM_SIZE, "%.*s", VERIFY_PROBLEM_SIZE - 1, text);
        text_make_printable(problem);
    }
}

/* An error code that means "damaged" is a finding of the check, not its failure. */
static int as_finding(int result, const struct error *error, struct verify_report *report)
{
    if (result != ERR_DAMAGED) {
        return result;
    }
    verify_add_problem(report, error->detail);
    return 0;
}

/* Rows that break a constraint of the schema (it was changed after them, say) are as the app left
 * them: no page is damaged, and a backup of them is worth as much as they are. */
static bool is_constraint(const char *line)
{
    return strncmp(line, "NULL value in ", 14) == 0 ||
           strncmp(line, "CHECK constraint failed in ", 27) == 0 ||
           (strncmp(line, "non-", 4) == 0 && strstr(line, " value in ") != NULL);
}

/* SQLite tells each problem in a row, or "ok" in the only one. */
static int run_limited(sqlite3 *db, enum verify_depth depth, int limit,
                       struct verify_report *report, int *ret_lines, struct error *error)
{
    char sql[64];
    sqlite3_stmt *statement = NULL;
    snprintf(sql, sizeof sql, "PRAGMA %s(%d)", checks[depth], limit);
    *ret_lines = 0;
    int rc = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    while ((rc == SQLITE_OK || rc == SQLITE_ROW) && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
        const char *line = (const char *)sqlite3_column_text(statement, 0);
        (*ret_lines)++;
        if (line == NULL) {
            rc = SQLITE_NOMEM;
        } else if (strcmp(line, "ok") != 0 && !is_constraint(line)) {
            verify_add_problem(report, line);
        }
    }
    int result = rc == SQLITE_DONE ? 0 : database_error(db, rc, "check the database", error);
    sqlite3_finalize(statement);
    return result;
}

static int run_pragma(sqlite3 *db, enum verify_depth depth, struct verify_report *report,
                      struct error *error)
{
    int lines;
    int result = run_limited(db, depth, FIRST_LIMIT, report, &lines, error);
    if (result == 0 && report->count == 0 && lines >= FIRST_LIMIT) {
        result = run_limited(db, depth, SECOND_LIMIT, report, &lines, error);
    }
    return result;
}

/* An index in an order that only the app knows, or over a function that only the app has, cannot be
 * compared with its table. */
static int run_check(sqlite3 *db, enum verify_depth depth, struct verify_report *report,
                     struct error *error)
{
    bool used_stand_in;
    database_accept_collations(db, &used_stand_in);
    int result = run_pragma(db, depth, report, error);
    if ((used_stand_in || result == ERR_UNUSABLE) && depth == VERIFY_FULL) {
        *report = (struct verify_report){0};
        result = run_pragma(db, VERIFY_QUICK, report, error);
    }
    if (result == 0 && report->count > 0 && database_call_failed(db)) {
        result = error_set(error, ERR_IO, "Cannot read the database: %s.", report->problems[0]);
    }
    return result;
}

static int check_header(const char *path, const char *name, int64_t *ret_size, struct error *error)
{
    int fd = file_open_regular(AT_FDCWD, path, ret_size, error);
    if (fd < 0) {
        return fd;
    }
    struct database_header header;
    int result = database_header_read(fd, *ret_size, name, &header, error);
    file_close(fd);
    return result;
}

/* A check, where the process that runs it and the one that waits for it both see it. */
struct check {
    const char *path;
    enum verify_depth depth;
    struct verify_report report;
    int result;
    struct error error;
};

static void open_and_check(void *context)
{
    struct check *check = context;
    sqlite3 *db;
    check->result = database_open_backup(check->path, &db, &check->error);
    if (check->result == 0) {
        check->result = run_check(db, check->depth, &check->report, &check->error);
    }
    database_close(db);
}

/* SQLite's check evaluates what indexes and generated columns are made of, and a single function in
 * there can take for ever. */
static int check_confined(const char *path, const char *name, int64_t size, enum verify_depth depth,
                          struct verify_report *report, struct error *error)
{
    char what[FILENAME_SIZE + 32];
    snprintf(what, sizeof what, "The check of %s", name);
    struct check *check = confined_memory(sizeof *check);
    if (check == NULL) {
        return error_memory(error);
    }
    *check = (struct check){.path = path, .depth = depth};
    /* The statement's own end comes first, where it can be ended. */
    int result = confined_call(open_and_check, check, allowance_seconds(size) + 1, what, error);
    if (result == 0) {
        *report = check->report;
        *error = check->error;
        result = check->result;
    }
    confined_free(check, sizeof *check);
    return result;
}

int verify_file(const char *path, const char *name, enum verify_depth depth,
                const struct progress *progress, struct verify_report *report, struct error *error)
{
    *report = (struct verify_report){0};
    int64_t size = 0;
    int result = check_header(path, name, &size, error);
    if (result < 0) {
        return as_finding(result, error, report);
    }
    progress_report(progress, "checking", 0, (uint64_t)size);
    result = check_confined(path, name, size, depth, report, error);
    progress_report(progress, "checking", (uint64_t)size, (uint64_t)size);
    return as_finding(result, error, report);
}

static int require_whole(const char *path, const char *name, enum verify_depth depth,
                         const struct progress *progress, struct error *error)
{
    struct verify_report report;
    int result = verify_file(path, name, depth, progress, &report, error);
    if (result == 0 && report.count > 0) {
        const char *problem = report.problems[0];
        result = error_set(error, ERR_DAMAGED, "%s is damaged: %s%s", name, problem,
                           text_ends_with(problem, ".") ? "" : ".");
    }
    return result;
}

int verify_work(const struct work *work, const char *file, const char *name,
                enum verify_depth depth, const struct progress *progress, int64_t *ret_size,
                char sha256[SHA256_SIZE], struct error *error)
{
    char path[WORK_FILE_PATH_SIZE];
    struct digest_job digest;
    struct error digest_error;
    work_file_path(work, file, path);
    int result = digest_start(&digest, work->folder_fd, file, error);
    if (result < 0) {
        return result;
    }
    result = require_whole(path, name, depth, progress, error);
    int digest_result = digest_finish(&digest, &digest_error);
    if (result == 0 && digest_result < 0) {
        *error = digest_error;
        result = digest_result;
    }
    *ret_size = digest.size;
    memcpy(sha256, digest.sha256, SHA256_SIZE);
    return result;
}
