#include "exchange.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

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

bool exchange_write(const struct exchange *exchange, const char *data, size_t size)
{
    return exchange->fastcgi == NULL
               ? fwrite(data, 1, size, stdout) == size
               : FCGX_PutStr(data, (int)size, exchange->fastcgi->out) == (int)size;
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

void exchange_break_off(const struct exchange *exchange)
{
    /* nginx takes the end of a connection for the end of an answer, and a record that is none for
     * an error: it then breaks the client's connection off, too. */
    static const char no_record[8] = {0};
    FCGX_FFlush(exchange->fastcgi->out);
    (void)!write(exchange->fastcgi->ipcFd, no_record, sizeof no_record);
    FCGX_Free(exchange->fastcgi, 1);
}
