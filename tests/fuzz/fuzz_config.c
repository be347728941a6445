/* Settings: a line NAME=VALUE for each. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "config.h"

static void set(char *line)
{
    char *equals = strchr(line, '=');
    for (size_t i = 0; equals != NULL && config_settings[i].name != NULL; i++) {
        const char *name = config_settings[i].name;
        size_t length = strlen(name);
        if (length == (size_t)(equals - line) && strncmp(line, name, length) == 0) {
            setenv(name, equals + 1, 1);
        }
    }
}

static void require_sane(const struct config *config)
{
    const struct config_keep *calendar = &config->keep[BACKUP_SCHEDULED];
    const char *slash = strrchr(config->database_path, '/');
    fuzz_require_filename(slash == NULL ? config->database_path : slash + 1);
    REQUIRE(config->litestream_bin[0] != '\0' && config->litestream_config[0] != '\0');
    for (int kind = 0; kind < BACKUP_KIND_COUNT; kind++) {
        int last = config->keep[kind].last;
        REQUIRE(kind == BACKUP_SCHEDULED ? last == 0 : last >= 1 && last <= 10000);
    }
    REQUIRE(calendar->daily >= 0 && calendar->weekly >= 0 && calendar->monthly >= 0);
    REQUIRE(calendar->daily + calendar->weekly + calendar->monthly > 0);
    REQUIRE(config->busy_timeout_s >= 0 && config->busy_timeout_s <= 3600);
    REQUIRE(config->webhook.secret_size <= WEBHOOK_SECRET_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct config config;
    struct error error = {0};
    for (size_t i = 0; config_settings[i].name != NULL; i++) {
        unsetenv(config_settings[i].name);
    }
    while (input.size > 0) {
        char *line = fuzz_line(&input);
        set(line);
        free(line);
    }
    int result = config_read(&config, &error);
    if (result == 0) {
        require_sane(&config);
    } else {
        REQUIRE(result == ERR_BAD_REQUEST && error.detail[0] != '\0');
    }
    return 0;
}
