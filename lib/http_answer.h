/* Writing an HTTP answer: JSON, a problem, a file that nginx sends, or a stream of events. */
#ifndef HTTP_ANSWER_H
#define HTTP_ANSWER_H

#include "endpoint.h"
#include "exchange.h"

/* Answers with what the handler (or the reading of the request) resulted in; returns the status. */
int http_answer(const struct endpoint *endpoint, const struct exchange *exchange, int result,
                struct response *response);

/* An event stream (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
struct http_stream {
    const struct exchange *exchange;
    const char *last_phase;
    int64_t last_report_ms;
};

/* Begins the answer; afterwards *ret_progress reports into it. */
void http_stream_begin(struct http_stream *stream, const struct exchange *exchange,
                       struct progress *ret_progress);

/* Ends it with the one `done` or `error` event; returns the status for the log. */
int http_stream_end(const struct http_stream *stream, int result, const struct response *response);

#endif
