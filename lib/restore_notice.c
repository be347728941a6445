#include "restore_notice.h"

#include "json.h"
#include "problem.h"

static void send(struct restore_job *job, const char *type, cJSON *data)
{
    progress_report(job->progress, "notifying", 0, 0);
    webhook_send(&job->result->webhook, type, data);
}

static cJSON *describe(const struct restore_job *job)
{
    cJSON *data = cJSON_CreateObject();
    json_add_text(data, "database", job->database->name);
    json_add_text(data, "filename", job->filename);
    return data;
}

bool restore_notice_begin(struct restore_job *job)
{
    if (job->is_announced || !webhook_is_set(&job->result->webhook)) {
        return false;
    }
    job->is_announced = true;
    send(job, "restore.started", describe(job));
    return true;
}

static void add_outcome(const struct restore_result *done, cJSON *data)
{
    json_add_text(data, "safety_backup",
                  done->safety_backup[0] == '\0' ? NULL : done->safety_backup);
    cJSON_AddBoolToObject(data, "reopen_required", done->reopen_required);
    json_add_integer(data, "duration_ms", done->duration_ms);
}

static void add_error(const struct error *error, cJSON *data)
{
    cJSON *problem = problem_to_json(error);
    if (!cJSON_AddItemToObject(data, "error", problem)) {
        cJSON_Delete(problem);
    }
}

void restore_notice_end(struct restore_job *job, int result, const struct error *error)
{
    if (!job->is_announced) {
        return;
    }
    cJSON *data = describe(job);
    if (result == 0) {
        add_outcome(job->result, data);
    } else {
        add_error(error, data);
    }
    send(job, result == 0 ? "restore.finished" : "restore.failed", data);
}
