/* Where an answer goes that is written while it is read. */
#ifndef SINK_H
#define SINK_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"

struct sink {
    /* Takes SIZE bytes. Returns 0, or an error code: nothing more is to be written then. */
    int (*write)(void *context, const char *data, size_t size, struct error *error);
    void *context;
    bool is_terminal; /* a person looks at it: nothing may play with the terminal */
};

#endif
