/* HTTP requests to others, by libcurl: several at once, each with a deadline.
 *
 * What goes wrong on the way is no error of these functions but the exchange's outcome: what it
 * means is for the caller to say. No redirect is followed, nothing is tried twice. */
#ifndef HTTP_CLIENT_H
#define HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

enum http_outcome {
    HTTP_ANSWERED,    /* `status` says how */
    HTTP_NO_HOST,     /* the host's name is not known */
    HTTP_REFUSED,     /* nobody listens there, or the network does not lead there */
    HTTP_TIMED_OUT,   /* no whole answer before the deadline */
    HTTP_NOT_TRUSTED, /* the server's certificate is not accepted */
    HTTP_BROKEN,      /* the connection broke, or the answer is no HTTP */
    HTTP_GIVEN_UP,    /* `receive` returned an error code */
};

/* AWS Signature Version 4. */
struct http_signature {
    const char *region;
    const char *service;
    const char *key_id;
    const char *secret;
    const char *session_token; /* NULL: none */
};

enum { HTTP_CLIENT_ERROR_BODY_SIZE = 2048, HTTP_CLIENT_REGION_SIZE = 64 };

struct http_exchange {
    /* The request. */
    const char *url;
    const char *const *headers; /* "Name: value", ended by NULL; or NULL */
    const char *body;           /* of a POST; NULL: a GET */
    size_t body_size;
    const struct http_signature *signature; /* NULL: not signed */
    const char *ca_file;                    /* trusted certificates; NULL: the system's */
    bool skip_verify;                       /* accepts any certificate */
    bool direct;                            /* without the environment's proxy */
    /* Takes the body of a 2xx answer as it comes; a negative code ends the exchange. NULL: the body
     * is not wanted. */
    int (*receive)(void *context, const char *data, size_t size);
    void *context;

    /* The answer. */
    enum http_outcome outcome;
    int status;
    char error_body[HTTP_CLIENT_ERROR_BODY_SIZE]; /* the beginning of an answer that is not 2xx */
    char region[HTTP_CLIENT_REGION_SIZE];         /* its x-amz-bucket-region; or empty */
    int64_t date_s; /* the server's clock, seconds since 1970; 0: it does not say */
};

struct http_client;

/* Connections are kept and used again until http_client_close(), which accepts NULL.
 * ERR_UNAVAILABLE if libcurl is not installed. */
int http_client_open(struct http_client **ret_client, struct error *error);
void http_client_close(struct http_client *client);

/* Runs COUNT exchanges at once, to their end. None takes longer than until DEADLINE_MS
 * (timestamp_monotonic_ms(); 0: none), and none goes on without a byte for STALL_S seconds (0: for
 * ever). Returns 0, whatever became of them, or ERR_IO without memory. */
int http_client_run(struct http_client *client, struct http_exchange *exchanges, size_t count,
                    int64_t deadline_ms, int stall_s, struct error *error);

#endif
