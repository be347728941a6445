#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "webhook.h"

static const char good_url[] = "https://app.example/webhook";
static const char good_secret[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/* The example of the reference implementation ("sign function works"). */
static void signs_as_the_specification_has_it(void **state)
{
    struct webhook_settings settings;
    struct error error;
    char signature[WEBHOOK_SIGNATURE_SIZE];
    (void)state;
    assert_int_equal(webhook_settings_read(good_url, good_secret, &settings, &error), 0);
    assert_int_equal(settings.secret_size, 24);
    assert_int_equal(webhook_sign(&settings, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330",
                                  "{\"test\": 2432232314}", signature, &error),
                     0);
    assert_string_equal(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

static void takes_a_secret_of_24_to_64_bytes(void **state)
{
    static const struct {
        const char *text;
        size_t size;
        unsigned char first, last;
    } cases[] = {
        {"", 0, 0, 0},
        {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 24, 0x31, 0xb0},
        {"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 24, 0x31, 0xb0},
        {"/////////////////////////////////w==", 25, 0xff, 0xff},
        {"whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", 32, 0, 31},
        {"+AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAfw==",
         64, 0xf8, 0x7f},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct webhook_settings settings;
        struct error error;
        if (webhook_settings_read("", cases[i].text, &settings, &error) != 0 ||
            settings.secret_size != cases[i].size) {
            fail_msg("\"%s\" gave %zu bytes: %s", cases[i].text, settings.secret_size,
                     error.detail);
        }
        if (cases[i].size > 0) {
            assert_int_equal(settings.secret[0], cases[i].first);
            assert_int_equal(settings.secret[cases[i].size - 1], cases[i].last);
        }
    }
}

static void refuses_a_bad_secret_without_showing_it(void **state)
{
    static const char *const cases[] = {
        "whsec_",
        "hunter2-hunter2-hunter2-hunter2!",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa==",   /* 23 bytes with the padding of 22 */
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaQ=",   /* 23 bytes */
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",    /* a digit is missing */
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwfw", /* the padding is missing */
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n",
        " whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw====",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2La=LaSw===",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2La-aS_",
        "================================",
        "+AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAf39=",
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct webhook_settings settings;
        struct error error;
        if (webhook_settings_read(good_url, cases[i], &settings, &error) != ERR_BAD_REQUEST) {
            fail_msg("\"%s\" was taken as %zu bytes", cases[i], settings.secret_size);
        }
        assert_non_null(strstr(error.detail, "WEBHOOK_SECRET"));
        assert_non_null(strstr(error.detail, "openssl rand -base64 32"));
        if (strlen(cases[i]) > 10 && strstr(error.detail, cases[i] + 8) != NULL) {
            fail_msg("the sentence shows the secret: %s", error.detail);
        }
    }
}

static void takes_http_and_https(void **state)
{
    static const char *const cases[] = {
        "http://127.0.0.1:8000/hook",
        "HTTPS://app.example",
        "http://[::1]:8000/",
        "http://[::1]",
        "https://app.example?a=b#c",
        "https://name:p%40ss@app.example:443/hook?token=a/b:c@d",
        "http://a",
        "http://a:b@c:d@host/",
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct webhook_settings settings;
        struct error error;
        if (webhook_settings_read(cases[i], "", &settings, &error) != 0) {
            fail_msg("%s was refused", cases[i]);
        }
        assert_string_equal(settings.url, cases[i]);
    }
}

static void refuses_a_bad_address_without_showing_it(void **state)
{
    static const char *const cases[] = {
        "app.example/sesame",
        "ftp://app.example/sesame",
        "file:///sesame",
        "http:/app.example/sesame",
        "http://",
        "http:///sesame",
        "http://:8000/sesame",
        "http://name:sesame@/",
        "http://name:sesame@:80/",
        "http://app.example:/sesame",
        "http://app.example:0/sesame",
        "http://app.example:65536/sesame",
        "http://app.example:8o/sesame",
        "http://app.example:+80/sesame",
        "http://app.example:99999999999/sesame",
        "http://[::1/sesame",
        "http://[::1]8000/sesame",
        "http://[]8000/sesame",
        "http://app.example/sesame\n",
        "http://app.example/\r\nsesame: 1",
        "http://app.example/ sesame",
        " http://app.example/sesame",
        "http://app.example/\tsesame",
        "http://app.example\\sesame",
        "http://app.ex\xc3\xa4mple/sesame",
        "\"http://app.example/sesame\"",
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct webhook_settings settings;
        struct error error;
        if (webhook_settings_read(cases[i], good_secret, &settings, &error) != ERR_BAD_REQUEST) {
            fail_msg("\"%s\" was accepted", cases[i]);
        }
        assert_string_equal(settings.url, "");
        assert_non_null(strstr(error.detail, "WEBHOOK_URL"));
        assert_null(strstr(error.detail, "sesame"));
    }
}

static void refuses_an_address_that_is_too_long(void **state)
{
    char url[WEBHOOK_URL_SIZE + 1];
    struct webhook_settings settings;
    struct error error;
    (void)state;
    memset(url, 'a', sizeof url);
    memcpy(url, "http://a/", 9);
    url[WEBHOOK_URL_SIZE] = '\0';
    assert_int_equal(webhook_settings_read(url, "", &settings, &error), ERR_BAD_REQUEST);
    url[WEBHOOK_URL_SIZE - 1] = '\0';
    assert_int_equal(webhook_settings_read(url, "", &settings, &error), 0);
}

static void reads_both_from_the_environment(void **state)
{
    struct config config;
    struct error error;
    (void)state;
    setenv("WEBHOOK_URL", good_url, 1);
    setenv("WEBHOOK_SECRET", good_secret, 1);
    assert_int_equal(config_read(&config, &error), 0);
    assert_string_equal(config.webhook.url, good_url);
    assert_int_equal(config.webhook.secret_size, 24);
    unsetenv("WEBHOOK_URL");
    assert_int_equal(config_read(&config, &error), 0);
    assert_string_equal(config.webhook.url, "");
    setenv("WEBHOOK_SECRET", "short", 1);
    assert_int_equal(config_read(&config, &error), ERR_BAD_REQUEST);
    unsetenv("WEBHOOK_SECRET");
    assert_int_equal(config_read(&config, &error), 0);
    assert_int_equal(config.webhook.secret_size, 0);
}

static void tells_nobody_where_no_address_is_set(void **state)
{
    const struct webhook_settings settings = {.secret_size = 0};
    struct webhook webhook = WEBHOOK(&settings);
    (void)state;
    webhook_send(&webhook, "restore.started", cJSON_CreateObject());
    assert_int_equal(webhook.error.code, 0);
    cJSON *answer = cJSON_CreateObject();
    webhook_add_notified(&webhook, answer);
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(answer, "notified")));
    cJSON_Delete(answer);
}

static void keeps_an_earlier_warning(void **state)
{
    struct webhook webhook = {.error = {.code = ERR_UNAVAILABLE, .detail = "Not told."}};
    struct error warning = {0};
    (void)state;
    webhook_add_warning(&webhook, &warning);
    assert_int_equal(warning.code, ERR_UNAVAILABLE);
    assert_string_equal(warning.detail, "Not told.");
    warning = (struct error){.code = ERR_NO_ROOM, .detail = "Not removed."};
    webhook_add_warning(&webhook, &warning);
    assert_int_equal(warning.code, ERR_NO_ROOM);
    assert_string_equal(warning.detail, "Not removed. Not told.");
    webhook.error.code = 0;
    webhook_add_warning(&webhook, &warning);
    assert_string_equal(warning.detail, "Not removed. Not told.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_as_the_specification_has_it),
        cmocka_unit_test(takes_a_secret_of_24_to_64_bytes),
        cmocka_unit_test(refuses_a_bad_secret_without_showing_it),
        cmocka_unit_test(takes_http_and_https),
        cmocka_unit_test(refuses_a_bad_address_without_showing_it),
        cmocka_unit_test(refuses_an_address_that_is_too_long),
        cmocka_unit_test(reads_both_from_the_environment),
        cmocka_unit_test(tells_nobody_where_no_address_is_set),
        cmocka_unit_test(keeps_an_earlier_warning),
    };
    return cmocka_run_group_tests_name("webhook", tests, NULL, NULL);
}
