/* The answers of an endpoint in the OpenAPI document: what it declares, and what the way to it
 * adds. */
#ifndef OPENAPI_ANSWERS_H
#define OPENAPI_ANSWERS_H

#include <cjson/cJSON.h>

#include "endpoint.h"

/* Makes OBJECT refer to the component NAME of this KIND (schemas, responses). */
void openapi_add_reference(cJSON *object, const char *kind, const char *name);

/* A schema that refers to another one. */
cJSON *openapi_reference(const char *schema);

/* Adds {"responses": ...} to the operation. */
void openapi_add_answers(cJSON *operation, const struct endpoint *endpoint);

#endif
