/* Reading an HTTP request: method, path, query and JSON body become values. */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include "endpoint.h"
#include "exchange.h"

enum { HTTP_BODY_LIMIT = 64 << 10 };

/* ENDPOINT, or the other one that its program serves if the request's path is that one's. */
const struct endpoint *http_request_choose(const struct endpoint *endpoint,
                                           const struct exchange *exchange);

/* Fills VALUES (parameters.count + 1, zeroed). ERR_METHOD, ERR_NOT_FOUND (the path is another's),
 * ERR_TOO_LARGE, ERR_MEDIA_TYPE, ERR_BAD_REQUEST. */
int http_request_read(const struct endpoint *endpoint, const struct exchange *exchange,
                      struct value *values, struct error *error);

#endif
