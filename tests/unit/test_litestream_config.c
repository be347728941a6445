#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "environment.h"
#include "litestream_config.h"
#include "litestream_url.h"

static char folder[64];
static char file[96];

static int set_up(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/litestream_config.XXXXXX");
    snprintf(file, sizeof file, "%s/litestream.yml", mkdtemp(folder));
    static const char *const names[] = {"AWS_ACCESS_KEY_ID",
                                        "AWS_SECRET_ACCESS_KEY",
                                        "AWS_SESSION_TOKEN",
                                        "LITESTREAM_ACCESS_KEY_ID",
                                        "LITESTREAM_SECRET_ACCESS_KEY",
                                        "AWS_CA_BUNDLE",
                                        "SSL_CERT_FILE",
                                        "UNSET"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        unsetenv(names[i]);
    }
    setenv("FOLDER", folder, 1);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(file);
    rmdir(folder);
    return 0;
}

static int find(const char *text, struct litestream_database *database, struct error *error)
{
    FILE *out = fopen(file, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
    return litestream_config_find(file, folder, "show", database, error);
}

static void expands_as_litestream_does(void **state)
{
    static const char *const cases[][2] = {
        {"a ${NAME} b", "a value b"},   {"$NAME.x", "value.x"}, {"$NAMEx|${NAMEx}|", "||"},
        {"100%$ and $", "100%$ and $"}, {"a${}b", "ab"},        {"a${NAME", "aNAME"},
        {"$1 $? ${1}", "  "},           {"$-x", "x"},           {"", ""},
    };
    (void)state;
    setenv("NAME", "value", 1);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *expanded = environment_expand(cases[i][0]);
        assert_string_equal(expanded, cases[i][1]);
        free(expanded);
    }
}

static void reads_a_url_and_the_environment(void **state)
{
    struct litestream_database database;
    struct error error;
    (void)state;
    setenv("LITESTREAM_ACCESS_KEY_ID", "key", 1);
    setenv("LITESTREAM_SECRET_ACCESS_KEY", "secret", 1);
    setenv("AWS_SESSION_TOKEN", "token", 1);
    setenv("BUCKET", "sheets", 1);
    assert_int_equal(find("addr: \":9090\"\n"
                          "dbs:\n"
                          "  - path: ${FOLDER}/other.db\n"
                          "    replicas: [{url: \"s3://other/path\"}]\n"
                          "  - path: ${FOLDER}/show.db\n"
                          "    replicas:\n"
                          "      - url: s3://${BUCKET}/a//show/\n"
                          "        endpoint: http://127.0.0.1:9000\n"
                          "        region: ${UNSET}\n"
                          "        sync-interval: 1m30s\n",
                          &database, &error),
                     0);
    const struct litestream_replica *replica = &database.replicas[0];
    assert_int_equal(database.replica_count, 1);
    assert_string_equal(database.metrics_url, "http://127.0.0.1:9090/metrics");
    assert_true(strstr(database.meta_path, "/.show.db-litestream") != NULL);
    assert_int_equal(database.monitor_interval_ms, 1000);
    assert_int_equal(replica->type, REPLICA_S3);
    assert_string_equal(replica->name, "s3");
    assert_string_equal(replica->url, "s3://sheets/a/show");
    assert_string_equal(replica->s3.bucket, "sheets");
    assert_string_equal(replica->path, "a/show");
    assert_string_equal(replica->s3.endpoint, "http://127.0.0.1:9000");
    assert_string_equal(replica->s3.region, "");
    assert_true(replica->s3.force_path_style);
    assert_int_equal(replica->sync_interval_ms, 90000);
    assert_string_equal(replica->s3.key_id, "key");
    assert_string_equal(replica->s3.secret, "secret");
    assert_string_equal(replica->s3.session_token, "token");
}

static void reads_the_long_form_and_several_replicas(void **state)
{
    struct litestream_database database;
    struct error error;
    (void)state;
    setenv("AWS_ACCESS_KEY_ID", "from the environment", 1);
    assert_int_equal(find("access-key-id: global\n"
                          "secret-access-key: all\n"
                          "dbs:\n"
                          "  - path: ${FOLDER}/show.db\n"
                          "    meta-path: /elsewhere/meta\n"
                          "    monitor-interval: 250ms\n"
                          "    replicas:\n"
                          "      - type: s3\n"
                          "        name: cloud\n"
                          "        bucket: sheets\n"
                          "        path: show\n"
                          "        region: eu-north-1\n"
                          "        skip-verify: true\n"
                          "      - type: s3\n"
                          "        bucket: second\n"
                          "        access-key-id: own\n"
                          "        endpoint: store.example\n"
                          "        force-path-style: false\n"
                          "        age: {recipients: [x]}\n"
                          "      - type:\n"
                          "        path: /mnt/replica\n"
                          "      - url: sftp://user:secret@host:22/path\n"
                          "        name: far\n",
                          &database, &error),
                     0);
    assert_int_equal(database.replica_count, 4);
    assert_string_equal(database.meta_path, "/elsewhere/meta");
    assert_int_equal(database.monitor_interval_ms, 250);
    const struct litestream_replica *replica = database.replicas;
    assert_string_equal(replica[0].name, "cloud");
    assert_string_equal(replica[0].s3.key_id, "global");
    assert_string_equal(replica[0].s3.session_token, "");
    assert_false(replica[0].s3.force_path_style);
    assert_true(replica[0].s3.skip_verify);
    assert_false(replica[0].is_encrypted);
    assert_string_equal(replica[1].s3.key_id, "own");
    assert_string_equal(replica[1].s3.secret, "all");
    assert_string_equal(replica[1].s3.endpoint, "https://store.example");
    assert_false(replica[1].s3.force_path_style);
    assert_true(replica[1].is_encrypted);
    assert_int_equal(replica[2].type, REPLICA_FILE);
    assert_string_equal(replica[2].name, "file");
    assert_string_equal(replica[2].path, "/mnt/replica");
    assert_int_equal(replica[3].type, REPLICA_OTHER);
    assert_string_equal(replica[3].url, "sftp://host:22/path");
}

static void says_what_is_missing(void **state)
{
    struct litestream_database database;
    struct error error;
    (void)state;
    assert_int_equal(find("dbs:\n  - path: /other/show.db\n", &database, &error), ERR_NOT_FOUND);
    assert_int_equal(find("dbs:\n  - path: ${FOLDER}/show.db\n", &database, &error), ERR_NOT_FOUND);
    assert_non_null(strstr(error.detail, "replica"));
    assert_int_equal(find("", &database, &error), ERR_NOT_FOUND);
    unlink(file);
    assert_int_equal(litestream_config_find(file, folder, "show", &database, &error),
                     ERR_NOT_FOUND);
    assert_non_null(strstr(error.detail, file));
}

static void refuses_what_cannot_be_read_without_showing_it(void **state)
{
    static const char *const texts[] = {
        "dbs: [\nsecret-access-key: tops3cret\n",
        "secret-access-key: tops3cret\ndbs:\n  - path: ${FOLDER}/show.db\n    replicas:\n"
        "      - url: tops3cret@nowhere\n",
        "a: &a [tops3cret, *a]\n",
        "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
        "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
        "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
        "e: [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct litestream_database database;
        struct error error;
        assert_int_equal(find(texts[i], &database, &error), ERR_UNAVAILABLE);
        assert_null(strstr(error.detail, "tops3cret"));
    }
}

static void knows_the_hosts_that_litestream_knows(void **state)
{
    static const struct {
        const char *url, *bucket, *region, *endpoint, *path;
    } cases[] = {
        {"s3://bucket", "bucket", "", "", ""},
        {"s3://bucket/a%20b/c", "bucket", "", "", "a b/c"},
        {"s3://b.localhost:9000/db", "b", "us-east-1", "http://localhost:9000", "db"},
        {"s3://b.s3.eu-central-003.backblazeb2.com/x", "b", "eu-central-003",
         "https://s3.eu-central-003.backblazeb2.com", "x"},
        {"s3://b.fra1.digitaloceanspaces.com/x", "b", "fra1", "https://fra1.digitaloceanspaces.com",
         "x"},
        {"s3://my.bucket.s3.filebase.com/x", "my.bucket", "", "https://s3.filebase.com", "x"},
        {"s3://b.s3.fr-par.scw.cloud/x", "b", "fr-par", "https://s3.fr-par.scw.cloud", "x"},
        {"s3://b.eu-1.linodeobjects.com/x", "b", "eu-1", "https://eu-1.linodeobjects.com", "x"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct litestream_url url;
        struct error error;
        assert_int_equal(litestream_url_parse(cases[i].url, &url, &error), 0);
        assert_string_equal(url.scheme, "s3");
        assert_string_equal(url.bucket, cases[i].bucket);
        assert_string_equal(url.region, cases[i].region);
        assert_string_equal(url.endpoint, cases[i].endpoint);
        assert_string_equal(url.path, cases[i].path);
        assert_int_equal(url.force_path_style, cases[i].endpoint[0] != '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(expands_as_litestream_does, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reads_a_url_and_the_environment, set_up, tear_down),
        cmocka_unit_test_setup_teardown(reads_the_long_form_and_several_replicas, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(says_what_is_missing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_what_cannot_be_read_without_showing_it, set_up,
                                        tear_down),
        cmocka_unit_test(knows_the_hosts_that_litestream_knows),
    };
    return cmocka_run_group_tests_name("litestream_config", tests, NULL, NULL);
}
