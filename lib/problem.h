/* Errors as RFC 9457 problem details. */
#ifndef PROBLEM_H
#define PROBLEM_H

#include <cjson/cJSON.h>
#include <stddef.h>

#include "error.h"

/* The URN of the problem type, such as urn:camera-sheet-backup:error:busy. */
void problem_type(const struct error_meaning *meaning, char *out, size_t size);

/* {"type","title","status","detail"}; NULL without memory. The caller frees it. */
cJSON *problem_to_json(const struct error *error);

#endif
