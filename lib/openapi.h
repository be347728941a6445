/* An endpoint's part of the OpenAPI 3.1 document, made from its declaration. */
#ifndef OPENAPI_H
#define OPENAPI_H

#include <stdio.h>

#include "endpoint.h"

/* Prints {"paths":{PATH:{METHOD:OPERATION}}}. The schemas that it refers to stand in
 * lib/openapi.base.json. Returns 0, or -1 without memory. */
int openapi_print(const struct endpoint *endpoint, FILE *out);

#endif
