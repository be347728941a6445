#include "replica_s3.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http_client.h"
#include "s3_xml.h"
#include "text.h"
#include "timestamp.h"

enum {
    BASE_SIZE = 2 * LITESTREAM_TEXT_SIZE + LITESTREAM_NAME_SIZE,
    KEY_SIZE = S3_KEY_SIZE,
    URL_SIZE = BASE_SIZE + 2 * 3 * KEY_SIZE + 256,
    PAGE_SIZE = 1000,
    TRIES = 4,
    TRY_AGAIN_US = 300000,
};

struct replica_s3 {
    const struct litestream_replica *config;
    struct http_client *client;
    struct http_signature signature;
    int64_t deadline_ms;
    int stall_s;
    int64_t clock_ahead_ms;
    char region[HTTP_CLIENT_REGION_SIZE];
    char base[BASE_SIZE]; /* the bucket's URL, without a slash at its end */
};

/* --- where the bucket is -------------------------------------------------------------------- */

/* The bucket in front of the host, or behind it. */
static void write_base_at_endpoint(struct replica_s3 *s3)
{
    const struct litestream_replica *config = s3->config;
    const char *host = strstr(config->s3.endpoint, "://") + 3;
    size_t length = strcspn(host, "/");
    if (config->s3.force_path_style) {
        snprintf(s3->base, sizeof s3->base, "%.*s%.*s/%s", (int)(host - config->s3.endpoint),
                 config->s3.endpoint, (int)length, host, config->s3.bucket);
    } else {
        snprintf(s3->base, sizeof s3->base, "%.*s%s.%.*s", (int)(host - config->s3.endpoint),
                 config->s3.endpoint, config->s3.bucket, (int)length, host);
    }
}

/* A certificate for *.s3.REGION.amazonaws.com does not hold for a bucket with dots in its name. */
static void write_base_at_aws(struct replica_s3 *s3)
{
    const char *bucket = s3->config->s3.bucket;
    const char *domain = strncmp(s3->region, "cn-", 3) == 0 ? "amazonaws.com.cn" : "amazonaws.com";
    if (s3->config->s3.force_path_style || strchr(bucket, '.') != NULL) {
        snprintf(s3->base, sizeof s3->base, "https://s3.%s.%s/%s", s3->region, domain, bucket);
    } else {
        snprintf(s3->base, sizeof s3->base, "https://%s.s3.%s.%s", bucket, s3->region, domain);
    }
}

static void settle_in(struct replica_s3 *s3, const char *region)
{
    snprintf(s3->region, sizeof s3->region, "%s", region);
    if (s3->config->s3.endpoint[0] != '\0') {
        write_base_at_endpoint(s3);
    } else {
        write_base_at_aws(s3);
    }
}

static const char *first_region(const struct litestream_replica *config)
{
    const char *from_environment = getenv("AWS_REGION");
    if (config->s3.region[0] != '\0') {
        return config->s3.region;
    }
    return config->s3.endpoint[0] == '\0' && from_environment != NULL ? from_environment
                                                                      : "us-east-1";
}

int replica_s3_open(const struct litestream_replica *config, int64_t deadline_ms, int stall_s,
                    struct replica_s3 **ret_s3, struct error *error)
{
    struct replica_s3 *s3 = calloc(1, sizeof *s3);
    *ret_s3 = s3;
    if (s3 == NULL) {
        return error_memory(error);
    }
    s3->config = config;
    s3->deadline_ms = deadline_ms;
    s3->stall_s = stall_s;
    s3->signature = (struct http_signature){
        .region = s3->region,
        .service = "s3",
        .key_id = config->s3.key_id,
        .secret = config->s3.secret,
        .session_token = config->s3.session_token[0] == '\0' ? NULL : config->s3.session_token,
    };
    settle_in(s3, first_region(config));
    return http_client_open(&s3->client, error);
}

void replica_s3_close(struct replica_s3 *s3)
{
    if (s3 != NULL) {
        http_client_close(s3->client);
        free(s3);
    }
}

/* --- what goes wrong ------------------------------------------------------------------------ */

static int explain_outcome(const struct replica_s3 *s3, enum http_outcome outcome,
                           struct error *error)
{
    static const char *const sentences[] = {
        [HTTP_NO_HOST] = "Its host is not known: check the endpoint in Litestream's configuration.",
        [HTTP_REFUSED] = "Nobody answers there: the store is down or the endpoint is wrong.",
        [HTTP_TIMED_OUT] = "It does not answer in time.",
        [HTTP_NOT_TRUSTED] = "Its certificate is not trusted: give its CA with AWS_CA_BUNDLE.",
        [HTTP_BROKEN] = "The connection broke.",
        [HTTP_GIVEN_UP] = "It does not answer as S3 does.",
    };
    return error_set(error, ERR_UNAVAILABLE, "The replica %s cannot be reached. %s",
                     s3->config->url, sentences[outcome]);
}

/* What S3's error codes mean for whoever configured the replica. */
static const char *meaning_of(const char *code)
{
    static const struct {
        const char *code;
        const char *sentence;
    } meanings[] = {
        {"NoSuchBucket", "There is no such bucket."},
        {"InvalidAccessKeyId", "S3 does not know the access key."},
        {"SignatureDoesNotMatch", "S3 says that the secret key is wrong."},
        {"ExpiredToken", "The session token has expired."},
        {"InvalidToken", "S3 does not accept the session token."},
        {"RequestTimeTooSkewed", "This machine's clock differs too much from that of S3."},
        {"AccessDenied", "The access key has no right to read the bucket."},
    };
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
        if (strcmp(code, meanings[i].code) == 0) {
            return meanings[i].sentence;
        }
    }
    return NULL;
}

static int explain_status(const struct replica_s3 *s3, const struct http_exchange *exchange,
                          struct error *error)
{
    char code[S3_CODE_SIZE];
    s3_xml_error_code(exchange->error_body, code);
    text_make_printable(code);
    const char *meaning = meaning_of(code);
    if (s3->config->s3.key_id[0] == '\0' && exchange->status == 403) {
        meaning = "There are no credentials: set LITESTREAM_ACCESS_KEY_ID and "
                  "LITESTREAM_SECRET_ACCESS_KEY.";
    }
    if (meaning != NULL) {
        return error_set(error, ERR_UNAVAILABLE, "The replica %s cannot be read. %s",
                         s3->config->url, meaning);
    }
    return error_set(error, ERR_UNAVAILABLE, "The replica %s cannot be read: S3 answers %d %s.",
                     s3->config->url, exchange->status, code);
}

static int check(const struct replica_s3 *s3, const struct http_exchange *exchange,
                 struct error *error)
{
    if (exchange->outcome != HTTP_ANSWERED) {
        return explain_outcome(s3, exchange->outcome, error);
    }
    return exchange->status == 200 ? 0 : explain_status(s3, exchange, error);
}

/* --- requests ------------------------------------------------------------------------------- */

/* A store under load answers 500 or 503 now and then; such an answer has no body that anybody took.
 * Moves those exchanges to the front and returns how many they are. */
static size_t gather_turned_away(struct http_exchange *exchanges, size_t count)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        if (exchanges[i].outcome == HTTP_ANSWERED && exchanges[i].status >= 500) {
            struct http_exchange exchange = exchanges[i];
            exchanges[i] = exchanges[found];
            exchanges[found++] = exchange;
        }
    }
    return found;
}

/* The store's clock is told in whole seconds, and at some moment since STARTED_MS. */
static void note_clock(struct replica_s3 *s3, const struct http_exchange *exchange,
                       int64_t started_ms)
{
    if (exchange->date_s > 0) {
        s3->clock_ahead_ms = exchange->date_s * 1000 + 999 - started_ms;
    }
}

int64_t replica_s3_clock_ahead(const struct replica_s3 *s3)
{
    return s3->clock_ahead_ms;
}

/* Runs them, in whatever order they come out; tries again where there is time for it. */
static int run(struct replica_s3 *s3, struct http_exchange *exchanges, size_t count,
               struct error *error)
{
    for (size_t i = 0; i < count; i++) {
        exchanges[i].signature = s3->config->s3.key_id[0] == '\0' ? NULL : &s3->signature;
        exchanges[i].ca_file = s3->config->s3.ca_file[0] == '\0' ? NULL : s3->config->s3.ca_file;
        exchanges[i].skip_verify = s3->config->s3.skip_verify;
    }
    int result = 0;
    for (int try = 0; result == 0 && count > 0 && try < (s3->deadline_ms > 0 ? 1 : TRIES); try++) {
        usleep((useconds_t)try * TRY_AGAIN_US);
        int64_t started_ms = timestamp_now_ms();
        result = http_client_run(s3->client, exchanges, count, s3->deadline_ms, s3->stall_s, error);
        note_clock(s3, &exchanges[0], started_ms);
        count = gather_turned_away(exchanges, count);
    }
    return result;
}

/* Whether a refused answer tells that the bucket is elsewhere; then that is where it is from now
 * on. */
static bool follow_region(struct replica_s3 *s3, const struct http_exchange *exchange)
{
    bool moved = exchange->outcome == HTTP_ANSWERED && exchange->status >= 300 &&
                 exchange->region[0] != '\0' && strcmp(exchange->region, s3->region) != 0;
    if (moved) {
        char region[HTTP_CLIENT_REGION_SIZE];
        memcpy(region, exchange->region, sizeof region);
        settle_in(s3, region);
    }
    return moved;
}

static int refuse_path(const struct replica_s3 *s3, struct error *error)
{
    return error_set(error, ERR_UNAVAILABLE,
                     "The path of the replica %.300s is too long: choose a shorter one in "
                     "Litestream's configuration.",
                     s3->config->url);
}

static bool write_key(const struct replica_s3 *s3, const char *path, char out[KEY_SIZE])
{
    const char *folder = s3->config->path;
    out[0] = '\0';
    return text_append(out, KEY_SIZE, folder) &&
           text_append(out, KEY_SIZE, folder[0] == '\0' ? "" : "/") &&
           text_append(out, KEY_SIZE, path);
}

/* --- listing -------------------------------------------------------------------------------- */

/* One listing on its way from page to page. */
struct pages {
    struct replica_s3 *s3;
    struct replica_listing *listing;
    struct s3_xml *xml;
    bool more;
    char prefix[KEY_SIZE]; /* the folder */
    char after[KEY_SIZE];
    char before[KEY_SIZE]; /* what this page was to begin after */
    char url[URL_SIZE];
};

static bool on_object(void *context, const struct s3_object *found)
{
    struct pages *pages = context;
    struct replica_object object = {.size = found->size, .modified_ms = found->modified_ms};
    size_t prefix = strlen(pages->prefix);
    pages->after[0] = '\0';
    if (!text_append(pages->after, sizeof pages->after, found->key) ||
        strncmp(found->key, pages->prefix, prefix) != 0 ||
        !text_append(object.name, sizeof object.name, found->key + prefix)) {
        return true;
    }
    size_t length = strlen(object.name);
    if (pages->listing->folders && length > 0 && object.name[length - 1] == '/') {
        object.name[length - 1] = '\0';
        /* The next page begins behind all that is in this folder: '0' comes after '/'. */
        pages->after[strlen(pages->after) - 1] = '0';
    }
    return pages->listing->visit(pages->listing->context, &object);
}

static int receive_page(void *context, const char *data, size_t size)
{
    return s3_xml_feed(((struct pages *)context)->xml, data, size);
}

/* The parameters sorted by their names, as the signature wants them. */
static int write_page_url(struct pages *pages)
{
    char key[KEY_SIZE];
    char prefix[3 * KEY_SIZE];
    char after[3 * KEY_SIZE];
    int most = pages->listing->most;
    const char *only = pages->listing->only == NULL ? "" : pages->listing->only;
    memcpy(pages->before, pages->after, sizeof pages->before);
    memcpy(key, pages->prefix, sizeof key);
    if (!text_append(key, sizeof key, only) || !text_query_encode(key, prefix, sizeof prefix) ||
        !text_query_encode(pages->after, after, sizeof after)) {
        return ERR_BAD_REQUEST;
    }
    snprintf(pages->url, sizeof pages->url, "%s/?%slist-type=2&max-keys=%d&prefix=%s%s%s",
             pages->s3->base, pages->listing->folders ? "delimiter=%2F&" : "",
             most == 0 ? PAGE_SIZE : most, prefix, after[0] == '\0' ? "" : "&start-after=", after);
    return 0;
}

static int begin_pages(struct replica_s3 *s3, struct replica_listing *listing, struct pages *pages)
{
    char after[LAYOUT_PATH_SIZE];
    pages->s3 = s3;
    pages->listing = listing;
    pages->more = true;
    snprintf(after, sizeof after, "%s%s", listing->folder, listing->after);
    bool fits = write_key(s3, listing->folder, pages->prefix) &&
                (listing->after[0] == '\0' || write_key(s3, after, pages->after));
    return fits ? 0 : ERR_BAD_REQUEST;
}

/* Makes the next round's exchanges, one for each listing that goes on; returns how many. */
static int prepare_round(struct pages *pages, size_t count, struct http_exchange *exchanges,
                         struct error *error)
{
    int prepared = 0;
    for (size_t i = 0; i < count; i++) {
        if (!pages[i].more) {
            continue;
        }
        s3_xml_close(pages[i].xml);
        int result = s3_xml_open(on_object, &pages[i], &pages[i].xml, error);
        if (result < 0) {
            return result;
        }
        if (write_page_url(&pages[i]) < 0) {
            return refuse_path(pages[i].s3, error);
        }
        exchanges[prepared++] = (struct http_exchange){
            .url = pages[i].url, .receive = receive_page, .context = &pages[i]};
    }
    return prepared;
}

static int finish_round(struct replica_s3 *s3, struct http_exchange *exchanges, int count,
                        struct error *error)
{
    int result = 0;
    for (int i = 0; result == 0 && i < count; i++) {
        struct pages *pages = exchanges[i].context;
        result = check(s3, &exchanges[i], error);
        if (result == 0) {
            result = s3_xml_finish(pages->xml, &pages->more, error);
        }
        if (result == 0 && pages->more && strcmp(pages->after, pages->before) <= 0) {
            result = error_set(error, ERR_UNAVAILABLE, "The replica %s does not answer as S3 does.",
                               s3->config->url);
        }
    }
    return result;
}

static int run_rounds(struct replica_s3 *s3, struct pages *pages, size_t count, struct error *error)
{
    struct http_exchange exchanges[REPLICA_PARALLEL_MAX];
    bool moved = false;
    for (;;) {
        int prepared = prepare_round(pages, count, exchanges, error);
        if (prepared <= 0) {
            return prepared;
        }
        int result = run(s3, exchanges, (size_t)prepared, error);
        if (result == 0 && !moved && follow_region(s3, &exchanges[0])) {
            moved = true;
            continue;
        }
        if (result == 0) {
            result = finish_round(s3, exchanges, prepared, error);
        }
        if (result < 0) {
            return result;
        }
    }
}

int replica_s3_list(struct replica_s3 *s3, struct replica_listing *listings, size_t count,
                    struct error *error)
{
    struct pages *pages = calloc(count, sizeof *pages);
    if (pages == NULL) {
        return error_memory(error);
    }
    int result = 0;
    for (size_t i = 0; result == 0 && i < count; i++) {
        result = begin_pages(s3, &listings[i], &pages[i]);
    }
    result = result < 0 ? refuse_path(s3, error) : run_rounds(s3, pages, count, error);
    for (size_t i = 0; i < count; i++) {
        s3_xml_close(pages[i].xml);
    }
    free(pages);
    return result;
}

/* --- reading -------------------------------------------------------------------------------- */

static bool write_object_url(const struct replica_s3 *s3, const char *path, char out[URL_SIZE])
{
    char key[KEY_SIZE];
    char encoded[3 * KEY_SIZE];
    if (!write_key(s3, path, key) || !text_percent_encode(key, encoded, sizeof encoded)) {
        return false;
    }
    snprintf(out, URL_SIZE, "%s/%s", s3->base, encoded);
    return true;
}

static int check_reading(const struct replica_s3 *s3, const struct http_exchange *exchange,
                         const char *path, struct error *error)
{
    char code[S3_CODE_SIZE];
    s3_xml_error_code(exchange->error_body, code);
    if (exchange->outcome == HTTP_ANSWERED && exchange->status == 404 &&
        strcmp(code, "NoSuchBucket") != 0) {
        return error_set(error, ERR_NOT_FOUND, "The replica has no %s.", path);
    }
    if (exchange->outcome == HTTP_GIVEN_UP) {
        return error_set(error, ERR_IO, "%s was not taken.", path);
    }
    return check(s3, exchange, error);
}

int replica_s3_read(struct replica_s3 *s3, struct replica_reading *readings, size_t count,
                    struct error *error)
{
    struct http_exchange exchanges[REPLICA_PARALLEL_MAX];
    char(*urls)[URL_SIZE] = calloc(count, sizeof *urls);
    int result = urls == NULL ? error_memory(error) : 0;
    for (size_t i = 0; result == 0 && i < count; i++) {
        if (!write_object_url(s3, readings[i].path, urls[i])) {
            result = refuse_path(s3, error);
        }
        exchanges[i] = (struct http_exchange){
            .url = urls[i], .receive = readings[i].receive, .context = readings[i].context};
    }
    if (result == 0) {
        result = run(s3, exchanges, count, error);
    }
    for (size_t i = 0; result == 0 && i < count; i++) {
        result = check_reading(s3, &exchanges[i], exchanges[i].url + strlen(s3->base) + 1, error);
    }
    free(urls);
    return result;
}
