#include "litestream_config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "environment.h"
#include "file.h"
#include "json.h"
#include "litestream_url.h"
#include "text.h"
#include "yaml_tree.h"

enum { FILE_MAX = 1 << 20, DEFAULT_INTERVAL_MS = 1000 };

/* What is being read. */
struct reading {
    const char *file;
    const cJSON *root;
    bool too_long; /* a value did not fit */
};

/* --- values --------------------------------------------------------------------------------- */

/* Puts TEXT, which may be NULL, behind what is in OUT. */
static void append(struct reading *reading, char *out, size_t size, const char *text)
{
    if (text != NULL && !text_append(out, size, text)) {
        reading->too_long = true;
    }
}

/* The one unit that TEXT begins with, in milliseconds; its length in *ret_length. */
static double unit_ms(const char *text, size_t *ret_length)
{
    static const struct {
        const char *name;
        double ms;
    } units[] = {{"ns", 1e-6}, {"us", 1e-3}, {"µs", 1e-3}, {"ms", 1},
                 {"s", 1e3},   {"m", 6e4},   {"h", 3.6e6}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        size_t length = strlen(units[i].name);
        if (strncmp(text, units[i].name, length) == 0) {
            *ret_length = length;
            return units[i].ms;
        }
    }
    *ret_length = 0;
    return 0;
}

/* "1h30m", "10s", "1.5s": as Go writes durations. What is none is the default. */
static int64_t duration_ms(const cJSON *object, const char *name)
{
    const char *text = json_text(object, name, "");
    double sum = 0;
    while (*text != '\0') {
        char *end;
        size_t length = 0;
        double number = strtod(text, &end);
        double unit = end == text ? 0 : unit_ms(end, &length);
        if (unit == 0 || number < 0 || number * unit > 1e12) {
            return DEFAULT_INTERVAL_MS;
        }
        sum += number * unit;
        text = end + length;
    }
    return sum > 0 ? (int64_t)sum : DEFAULT_INTERVAL_MS;
}

/* As YAML 1.1 writes truth. */
static bool truth(const cJSON *object, const char *name, bool otherwise)
{
    const char *text = json_text(object, name, "");
    return text[0] == '\0' ? otherwise
                           : strcasecmp(text, "true") == 0 || strcasecmp(text, "yes") == 0 ||
                                 strcasecmp(text, "on") == 0 || strcasecmp(text, "y") == 0;
}

/* Takes the last name off. */
static void go_up(char *path)
{
    char *slash = strrchr(path, '/');
    if (slash != NULL) {
        *slash = '\0';
    }
}

/* Puts PATH behind the folder in OUT, without "//", "." and "..", as Litestream does: by the text
 * alone, whatever is a link. */
static void append_clean(struct reading *reading, char out[PATH_MAX], const char *path)
{
    while (*path != '\0') {
        size_t length = strcspn(path, "/");
        char name[NAME_MAX + 2];
        if (length == 2 && strncmp(path, "..", 2) == 0) {
            go_up(out);
        } else if (length > NAME_MAX) {
            reading->too_long = true;
        } else if (length > 0 && !(length == 1 && path[0] == '.')) {
            snprintf(name, sizeof name, "/%.*s", (int)length, path);
            append(reading, out, PATH_MAX, name);
        }
        path += length + (path[length] == '/' ? 1 : 0);
    }
}

/* An absolute path, as Litestream makes one of what is configured. */
static void expand(struct reading *reading, const char *path, char out[PATH_MAX])
{
    const char *home = getenv("HOME");
    char folder[PATH_MAX] = "";
    out[0] = '\0';
    if (path[0] == '~' && (path[1] == '/' || path[1] == '\0') && home != NULL) {
        append_clean(reading, out, home);
        path++;
    } else if (path[0] != '/' && path[0] != '\0' && getcwd(folder, sizeof folder) != NULL) {
        append_clean(reading, out, folder);
    }
    append_clean(reading, out, path);
}

static const char *first_of(const char *first, const char *second)
{
    const char *value = getenv(first);
    value = value == NULL || value[0] == '\0' ? getenv(second) : value;
    return value == NULL ? "" : value;
}

/* --- replicas ------------------------------------------------------------------------------- */

/* Those of the replica come before those of the whole file, and both before the environment's. */
static void read_credentials(struct reading *reading, const cJSON *item,
                             struct litestream_replica *replica)
{
    const char *key_id =
        json_text(item, "access-key-id", json_text(reading->root, "access-key-id", ""));
    const char *secret =
        json_text(item, "secret-access-key", json_text(reading->root, "secret-access-key", ""));
    if (key_id[0] == '\0' && secret[0] == '\0') {
        key_id = first_of("AWS_ACCESS_KEY_ID", "LITESTREAM_ACCESS_KEY_ID");
        secret = first_of("AWS_SECRET_ACCESS_KEY", "LITESTREAM_SECRET_ACCESS_KEY");
        append(reading, replica->s3.session_token, sizeof replica->s3.session_token,
               getenv("AWS_SESSION_TOKEN"));
    }
    append(reading, replica->s3.key_id, sizeof replica->s3.key_id, key_id);
    append(reading, replica->s3.secret, sizeof replica->s3.secret, secret);
    append(reading, replica->s3.ca_file, sizeof replica->s3.ca_file,
           first_of("AWS_CA_BUNDLE", "SSL_CERT_FILE"));
}

/* What ITEM says under NAME, or else what the URL says. */
static void take(struct reading *reading, char *out, size_t size, const cJSON *item,
                 const char *name, const char *from_url)
{
    const char *text = json_text(item, name, "");
    append(reading, out, size, text[0] != '\0' ? text : from_url);
}

/* An endpoint without a scheme is reached by TLS. */
static void take_endpoint(struct reading *reading, const cJSON *item,
                          const struct litestream_url *url, struct litestream_replica *replica)
{
    char endpoint[LITESTREAM_TEXT_SIZE] = "";
    take(reading, endpoint, sizeof endpoint, item, "endpoint", url->endpoint);
    if (endpoint[0] != '\0' && strstr(endpoint, "://") == NULL) {
        append(reading, replica->s3.endpoint, sizeof replica->s3.endpoint, "https://");
    }
    append(reading, replica->s3.endpoint, sizeof replica->s3.endpoint, endpoint);
}

/* Paths of keys do not begin with a slash, however they are written. */
static void read_s3(struct reading *reading, const cJSON *item, const struct litestream_url *url,
                    struct litestream_replica *replica)
{
    bool has_endpoint = json_text(item, "endpoint", "")[0] != '\0';
    take(reading, replica->s3.bucket, sizeof replica->s3.bucket, item, "bucket", url->bucket);
    take(reading, replica->s3.region, sizeof replica->s3.region, item, "region", url->region);
    take(reading, replica->path, sizeof replica->path, item, "path", url->path);
    take_endpoint(reading, item, url, replica);
    replica->s3.force_path_style =
        truth(item, "force-path-style", has_endpoint) || url->force_path_style;
    replica->s3.skip_verify = truth(item, "skip-verify", false);
    read_credentials(reading, item, replica);
    append(reading, replica->url, sizeof replica->url, "s3://");
    append(reading, replica->url, sizeof replica->url, replica->s3.bucket);
    append(reading, replica->url, sizeof replica->url, replica->path[0] == '\0' ? "" : "/");
    append(reading, replica->url, sizeof replica->url, replica->path);
}

static void read_folder(struct reading *reading, const cJSON *item,
                        const struct litestream_url *url, struct litestream_replica *replica)
{
    const char *path = json_text(item, "path", url->path);
    expand(reading, path, replica->path);
    append(reading, replica->url, sizeof replica->url, "file://");
    append(reading, replica->url, sizeof replica->url, replica->path);
}

static void read_other(struct reading *reading, const cJSON *item, const char *type,
                       const struct litestream_url *url, struct litestream_replica *replica)
{
    append(reading, replica->url, sizeof replica->url, type);
    append(reading, replica->url, sizeof replica->url, "://");
    append(reading, replica->url, sizeof replica->url,
           json_text(item, "bucket", json_text(item, "host", url->host)));
    append(reading, replica->url, sizeof replica->url, "/");
    append(reading, replica->url, sizeof replica->url, json_text(item, "path", url->path));
}

/* As Litestream has it: one without any is a folder. */
static const char *type_of(const cJSON *item, const struct litestream_url *url)
{
    const char *type = url->scheme[0] != '\0' ? url->scheme : json_text(item, "type", "");
    return type[0] != '\0' ? type : "file";
}

static int read_replica(struct reading *reading, const cJSON *item,
                        struct litestream_replica *replica, struct error *error)
{
    struct litestream_url url;
    int result = litestream_url_parse(json_text(item, "url", ""), &url, error);
    if (result < 0) {
        return result;
    }
    const char *type = type_of(item, &url);
    const char *name = json_text(item, "name", "");
    *replica = (struct litestream_replica){.type = REPLICA_OTHER};
    append(reading, replica->name, sizeof replica->name, name[0] == '\0' ? type : name);
    replica->sync_interval_ms = duration_ms(item, "sync-interval");
    replica->is_encrypted = cJSON_GetObjectItemCaseSensitive(item, "age") != NULL;
    if (strcmp(type, "s3") == 0) {
        replica->type = REPLICA_S3;
        read_s3(reading, item, &url, replica);
    } else if (strcmp(type, "file") == 0) {
        replica->type = REPLICA_FILE;
        read_folder(reading, item, &url, replica);
    } else {
        read_other(reading, item, type, &url, replica);
    }
    return reading->too_long ? error_set(error, ERR_BAD_REQUEST, "a value is too long.") : 0;
}

bool litestream_replica_is_readable(const struct litestream_replica *replica)
{
    return replica->type != REPLICA_OTHER && !replica->is_encrypted;
}

/* --- the database --------------------------------------------------------------------------- */

static void read_metrics_url(struct reading *reading, char out[LITESTREAM_TEXT_SIZE])
{
    const char *address = json_text(reading->root, "addr", "");
    if (address[0] != '\0') {
        append(reading, out, LITESTREAM_TEXT_SIZE, "http://");
        append(reading, out, LITESTREAM_TEXT_SIZE, address[0] == ':' ? "127.0.0.1" : "");
        append(reading, out, LITESTREAM_TEXT_SIZE, address);
        append(reading, out, LITESTREAM_TEXT_SIZE, "/metrics");
    }
}

static void read_meta_path(struct reading *reading, const cJSON *item,
                           struct litestream_database *database)
{
    const char *own = json_text(item, "meta-path", "");
    if (own[0] != '\0') {
        append(reading, database->meta_path, sizeof database->meta_path, own);
        return;
    }
    const char *slash = strrchr(database->path, '/');
    int folder = slash == NULL ? 0 : (int)(slash + 1 - database->path);
    snprintf(database->meta_path, sizeof database->meta_path, "%.*s.%s-litestream", folder,
             database->path, database->path + folder);
}

static int read_replicas(struct reading *reading, const cJSON *item,
                         struct litestream_database *database, struct error *error)
{
    const cJSON *replica;
    cJSON_ArrayForEach(replica, cJSON_GetObjectItemCaseSensitive(item, "replicas"))
    {
        if (database->replica_count == LITESTREAM_REPLICAS_MAX) {
            return error_set(error, ERR_BAD_REQUEST, "a database has more than %d replicas.",
                             LITESTREAM_REPLICAS_MAX);
        }
        int result =
            read_replica(reading, replica, &database->replicas[database->replica_count++], error);
        if (result < 0) {
            return result;
        }
    }
    return 0;
}

static int read_database(struct reading *reading, const cJSON *item,
                         struct litestream_database *database, struct error *error)
{
    struct error reason;
    read_metrics_url(reading, database->metrics_url);
    read_meta_path(reading, item, database);
    database->monitor_interval_ms = duration_ms(item, "monitor-interval");
    if (read_replicas(reading, item, database, &reason) < 0) {
        return error_set(error, ERR_UNAVAILABLE, "%s cannot be understood: %s", reading->file,
                         reason.detail);
    }
    return database->replica_count > 0
               ? 0
               : error_set(error, ERR_NOT_FOUND,
                           "Continuous backup is off: %s names no replica for this database. Add "
                           "one to its replicas.",
                           reading->file);
}

/* Whether the configured PATH is the file NAME.db in FOLDER, whatever links lead there. */
static bool is_database(const char *path, const char *folder, const char *name)
{
    char parent[PATH_MAX];
    char expected[NAME_MAX + 1];
    const char *slash = strrchr(path, '/');
    const char *base = slash == NULL ? path : slash + 1;
    snprintf(expected, sizeof expected, "%s.db", name);
    snprintf(parent, sizeof parent, "%.*s", slash == NULL ? 1 : (int)(slash - path + 1),
             slash == NULL ? "." : path);
    char *resolved = realpath(parent, NULL);
    bool same = resolved != NULL && strcmp(resolved, folder) == 0 && strcmp(base, expected) == 0;
    free(resolved);
    return same;
}

static int find_database(struct reading *reading, const char *folder, const char *name,
                         struct litestream_database *database, struct error *error)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(reading->root, "dbs"))
    {
        expand(reading, json_text(item, "path", ""), database->path);
        if (is_database(database->path, folder, name)) {
            return read_database(reading, item, database, error);
        }
    }
    return error_set(error, ERR_NOT_FOUND,
                     "Continuous backup is off: %s does not name %s/%s.db. Add it to dbs there, "
                     "with a replica.",
                     reading->file, folder, name);
}

/* --- the file ------------------------------------------------------------------------------- */

static int read_tree(const char *file, cJSON **ret_tree, struct error *error)
{
    char *text;
    struct error reason;
    /* A configuration may be a link: that is how Kubernetes mounts one. */
    char *path = realpath(file, NULL);
    int result = file_read(AT_FDCWD, path == NULL ? file : path, FILE_MAX, &text, &reason);
    free(path);
    if (result == ERR_NOT_FOUND) {
        return error_set(error, ERR_NOT_FOUND,
                         "Continuous backup is off: there is no %s. Configure Litestream there, or "
                         "set LITESTREAM_CONFIG.",
                         file);
    }
    if (result < 0) {
        return error_set(error, ERR_UNAVAILABLE, "%s", reason.detail);
    }
    char *expanded = environment_expand(text);
    free(text);
    if (expanded == NULL) {
        return error_memory(error);
    }
    result = yaml_tree_parse(expanded, strlen(expanded), ret_tree, &reason);
    /* There may be credentials in it. */
    explicit_bzero(expanded, strlen(expanded));
    free(expanded);
    return result == 0 ? 0
                       : error_set(error, ERR_UNAVAILABLE, "%s cannot be read as YAML: %s", file,
                                   reason.detail);
}

int litestream_config_find(const char *file, const char *folder, const char *name,
                           struct litestream_database *database, struct error *error)
{
    cJSON *root = NULL;
    *database = (struct litestream_database){0};
    int result = read_tree(file, &root, error);
    if (result == 0) {
        struct reading reading = {.file = file, .root = root};
        result = find_database(&reading, folder, name, database, error);
    }
    cJSON_Delete(root);
    return result;
}

static int refuse_replica(const struct litestream_database *database, const char *name,
                          struct error *error)
{
    char names[LITESTREAM_REPLICAS_MAX * (LITESTREAM_NAME_SIZE + 2)] = "";
    for (int i = 0; i < database->replica_count; i++) {
        (void)text_append(names, sizeof names, i == 0 ? "" : ", ");
        (void)text_append(names, sizeof names, database->replicas[i].name);
    }
    return error_set(error, ERR_NOT_FOUND, "There is no replica \"%.100s\" but: %s.", name, names);
}

int litestream_config_find_replica(const char *file, const char *folder, const char *database_name,
                                   const char *replica_name, struct litestream_database *database,
                                   const struct litestream_replica **ret_replica,
                                   struct error *error)
{
    struct error reason;
    if (litestream_config_find(file, folder, database_name, database, &reason) < 0) {
        return error_set(error, ERR_UNAVAILABLE, "%s", reason.detail);
    }
    for (int i = 0; i < database->replica_count; i++) {
        if (replica_name == NULL || strcmp(replica_name, database->replicas[i].name) == 0) {
            *ret_replica = &database->replicas[i];
            return 0;
        }
    }
    return refuse_replica(database, replica_name, error);
}
