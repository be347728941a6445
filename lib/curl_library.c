#include "curl_library.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

static const char file_name[] = "libcurl.so.4";

/* The functions in the order of the struct's members. */
static const char *const names[] = {
    "curl_easy_init",        "curl_easy_setopt",
    "curl_easy_getinfo",     "curl_easy_cleanup",
    "curl_multi_init",       "curl_multi_cleanup",
    "curl_multi_add_handle", "curl_multi_remove_handle",
    "curl_multi_perform",    "curl_multi_poll",
    "curl_multi_info_read",  "curl_slist_append",
    "curl_slist_free_all",   "curl_getdate",
};

enum { COUNT = sizeof names / sizeof names[0] };

_Static_assert(sizeof(struct curl_library) == COUNT * sizeof(void *), "a name for each function");

int curl_library_load(struct curl_library *library, struct error *error)
{
    void *functions[COUNT];
    /* Never unloaded: to load it again would take as long as the first time. */
    void *handle = dlopen(file_name, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    for (size_t i = 0; i < COUNT; i++) {
        functions[i] = handle == NULL ? NULL : dlsym(handle, names[i]);
        if (functions[i] == NULL) {
            return error_set(error, ERR_UNAVAILABLE,
                             "libcurl (%s), which asks other servers, is not installed.",
                             file_name);
        }
    }
    memcpy(library, functions, sizeof functions);
    return 0;
}
