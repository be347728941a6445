#include "problem.h"

#include <stdio.h>

#include "json.h"

void problem_type(const struct error_meaning *meaning, char *out, size_t size)
{
    snprintf(out, size, "urn:camera-sheet-backup:error:%s", meaning->slug);
}

cJSON *problem_to_json(const struct error *error)
{
    const struct error_meaning *meaning = error_meaning(error->code);
    char type[100];
    problem_type(meaning, type, sizeof type);
    cJSON *problem = cJSON_CreateObject();
    json_add_text(problem, "type", type);
    json_add_text(problem, "title", meaning->title);
    json_add_integer(problem, "status", meaning->http_status);
    json_add_text(problem, "detail", error->detail);
    return problem;
}
