/* HTTP, by FastCGI or CGI: requests become values, responses become bytes. */
#ifndef HTTP_H
#define HTTP_H

#include "endpoint.h"

/* Standard input is a listening socket. */
bool http_is_fastcgi(void);

/* GATEWAY_INTERFACE is set (RFC 3875). */
bool http_is_cgi(void);

/* Serves FastCGI requests until SIGTERM, finishing the one that runs; or the one CGI request.
 * Returns the exit status. */
int http_serve(const struct endpoint *endpoint, const struct config *config);

#endif
