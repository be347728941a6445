/* Work on a file that may be hostile, in a process of its own, which the kernel ends when its
 * processor time is used up, and whose crash is nobody else's. */
#ifndef CONFINED_H
#define CONFINED_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"

/* A sanitizer's own locks do not survive a fork beside other threads, and what it finds must not
 * end with a child: a build with one calls WORK in this process. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CONFINED_IN_PLACE true
#else
#define CONFINED_IN_PLACE false
#endif

/* Memory of SIZE zeros that this process and those it confines share; NULL if there is none. */
void *confined_memory(size_t size);
void confined_free(void *memory, size_t size);

/* Calls WORK(CONTEXT) in a child that may use SECONDS of processor time, and waits for its end.
 * Only what WORK writes to confined memory is seen here. WORK must not use a SQLite connection,
 * nor a lock, of this process: it opens what it needs by itself.
 *
 * ERR_DAMAGED: it used up its time, or crashed. ERR_UNAVAILABLE: it could not be started, or
 * somebody killed it. The sentence begins with WHAT ("The check of x.db"). */
int confined_call(void (*work)(void *context), void *context, int seconds, const char *what,
                  struct error *error);

#endif
