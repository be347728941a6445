#include "exchange.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* Header lines are short; a location is the longest. */
enum { LINE_SIZE = 2048 };

const char *exchange_variable(const struct exchange *exchange, const char *name)
{
    const char *value =
        exchange->fastcgi == NULL ? getenv(name) : FCGX_GetParam(name, exchange->fastcgi->envp);
    return value == NULL ? "" : value;
}

size_t exchange_read(const struct exchange *exchange, char *data, size_t size)
{
    if (exchange->fastcgi == NULL) {
        return fread(data, 1, size, stdin);
    }
    int wanted = size > INT_MAX ? INT_MAX : (int)size;
    int got = FCGX_GetStr(data, wanted, exchange->fastcgi->in);
    return got < 0 ? 0 : (size_t)got;
}

void exchange_write(const struct exchange *exchange, const char *data, size_t size)
{
    if (exchange->fastcgi == NULL) {
        fwrite(data, 1, size, stdout);
    } else {
        FCGX_PutStr(data, (int)size, exchange->fastcgi->out);
    }
}

void exchange_print(const struct exchange *exchange, const char *format, ...)
{
    char line[LINE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (length > 0 && length < LINE_SIZE) {
        exchange_write(exchange, line, (size_t)length);
    }
}

void exchange_flush(const struct exchange *exchange)
{
    if (exchange->fastcgi == NULL) {
        fflush(stdout);
    } else {
        FCGX_FFlush(exchange->fastcgi->out);
    }
}
