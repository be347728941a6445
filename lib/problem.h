/* Errors as RFC 9457 problem details. */
#ifndef PROBLEM_H
#define PROBLEM_H

#include <cjson/cJSON.h>

#include "error.h"

/* {"type","title","status","detail"}; NULL without memory. The caller frees it. */
cJSON *problem_to_json(const struct error *error);

#endif
