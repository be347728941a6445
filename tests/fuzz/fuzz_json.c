/* JSON bodies and notes. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"

/* Reading members of any kind by any name. */
static void read_members(const cJSON *document)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, document)
    {
        const char *name = item->string == NULL ? "label" : item->string;
        REQUIRE(json_text(document, name, "") != NULL);
        (void)json_integer(document, name, 0);
        (void)json_flag(document, name);
    }
}

/* What is printed is read again, and prints the same. */
static void require_printing(const cJSON *document)
{
    cJSON *again = NULL;
    struct error error;
    char *first = cJSON_PrintUnformatted(document);
    REQUIRE(first != NULL && json_parse(first, strlen(first), &again, &error) == 0);
    char *second = cJSON_PrintUnformatted(again);
    REQUIRE(second != NULL && strcmp(first, second) == 0);
    cJSON_Delete(again);
    free(first);
    free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cJSON *document = NULL;
    struct error error = {0};
    char *text = fuzz_text(data, size);
    int result = json_parse(text, size, &document, &error);
    if (result == 0) {
        REQUIRE(document != NULL && strlen(text) == size);
        read_members(document);
        require_printing(document);
    } else {
        REQUIRE(document == NULL);
        fuzz_require_error(result, &error);
    }
    cJSON_Delete(document);
    free(text);
    return 0;
}
