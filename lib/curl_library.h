/* libcurl, loaded when the first request is made: with what it brings along it is thirty libraries
 * and 5 MB of memory, and most runs of a program never ask anybody. */
#ifndef CURL_LIBRARY_H
#define CURL_LIBRARY_H

#include <curl/curl.h>

#include "error.h"

/* Its functions, by their names without curl_. */
struct curl_library {
    __typeof__(&curl_easy_init) easy_init;
    __typeof__(&curl_easy_setopt) easy_setopt;
    __typeof__(&curl_easy_getinfo) easy_getinfo;
    __typeof__(&curl_easy_cleanup) easy_cleanup;
    __typeof__(&curl_multi_init) multi_init;
    __typeof__(&curl_multi_cleanup) multi_cleanup;
    __typeof__(&curl_multi_add_handle) multi_add_handle;
    __typeof__(&curl_multi_remove_handle) multi_remove_handle;
    __typeof__(&curl_multi_perform) multi_perform;
    __typeof__(&curl_multi_poll) multi_poll;
    __typeof__(&curl_multi_info_read) multi_info_read;
    __typeof__(&curl_slist_append) slist_append;
    __typeof__(&curl_slist_free_all) slist_free_all;
    __typeof__(&curl_getdate) getdate;
};

/* Loads it, once for the process. ERR_UNAVAILABLE if it is not installed. */
int curl_library_load(struct curl_library *library, struct error *error);

#endif
