/* A library for LD_PRELOAD that refuses memory to a program.
 *
 * FAULT_MEMORY=N refuses the N-th request for memory (malloc, calloc, realloc and their like,
 * whoever makes it), FAULT_MEMORY=N+ that one and all that follow. FAULT_MEMORY_COUNT=FILE: how
 * many requests there were is written there. Requests that the dynamic linker and the
 * initialization of libraries make before this library's are not counted. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void *memalign(size_t alignment, size_t size);

static atomic_long requests;
static long refused; /* 0: none */
static int count_fd = -1;
static bool refuses_the_rest, is_counting;

__attribute__((constructor)) static void begin(void)
{
    const char *which = getenv("FAULT_MEMORY");
    const char *path = getenv("FAULT_MEMORY_COUNT");
    /* Now: the program gives up its rights later. */
    count_fd = path == NULL ? -1 : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    refused = which == NULL ? 0 : strtol(which, NULL, 10);
    refuses_the_rest = which != NULL && strchr(which, '+') != NULL;
    is_counting = true;
}

__attribute__((destructor)) static void end(void)
{
    is_counting = false;
    if (count_fd >= 0) {
        dprintf(count_fd, "%ld\n", atomic_load(&requests));
        close(count_fd);
    }
}

static bool is_refused(void)
{
    if (!is_counting) {
        return false;
    }
    long number = atomic_fetch_add(&requests, 1) + 1;
    bool now = refused != 0 && (refuses_the_rest ? number >= refused : number == refused);
    if (now) {
        errno = ENOMEM;
    }
    return now;
}

void *malloc(size_t size)
{
    return is_refused() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return is_refused() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    /* Of no size it is free(), which is never refused. */
    return size > 0 && is_refused() ? NULL : __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size)
{
    return is_refused() ? NULL : __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return memalign(alignment, size);
}

int posix_memalign(void **ret_memory, size_t alignment, size_t size)
{
    void *memory = memalign(alignment, size);
    if (memory == NULL) {
        return ENOMEM;
    }
    *ret_memory = memory;
    return 0;
}
