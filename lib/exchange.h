/* One request and its answer on the wire, whether by FastCGI or by CGI. */
#ifndef EXCHANGE_H
#define EXCHANGE_H

#include <fcgiapp.h>
#include <stdbool.h>
#include <stddef.h>

struct exchange {
    FCGX_Request *fastcgi; /* NULL: CGI */
};

/* A CGI variable, "" if it is not set. */
const char *exchange_variable(const struct exchange *exchange, const char *name);

/* Reads up to SIZE bytes of the body; returns how many there were. */
size_t exchange_read(const struct exchange *exchange, char *data, size_t size);

/* A reader that has gone away is nobody's error: what is written then is lost. Returns false for
 * those who would rather stop. */
bool exchange_write(const struct exchange *exchange, const char *data, size_t size);
void exchange_print(const struct exchange *exchange, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void exchange_flush(const struct exchange *exchange);

/* Ends a FastCGI exchange whose answer has begun and is not whole, so that the web server tells. */
void exchange_break_off(const struct exchange *exchange);

#endif
