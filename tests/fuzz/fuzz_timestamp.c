/* Moments: what is read and written is the same, in each form. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "timestamp.h"

/* A moment can be written in every form, and read from it again. */
static void require_forms(int64_t ms)
{
    char text[TIMESTAMP_SIZE];
    int64_t again;
    for (int form = TIMESTAMP_MILLISECONDS; form <= TIMESTAMP_FILENAME; form++) {
        timestamp_format(ms, (enum timestamp_form)form, text);
        REQUIRE(timestamp_parse(text, strlen(text), (enum timestamp_form)form, &again));
        REQUIRE(again == (form == TIMESTAMP_MILLISECONDS ? ms : ms - ms % 1000));
        REQUIRE(form == TIMESTAMP_FILENAME || timestamp_parse_rfc3339(text, &again));
    }
}

/* What is read from a form is written the same. */
static void require_text(const char *text, size_t size, enum timestamp_form form)
{
    char again[TIMESTAMP_SIZE];
    int64_t ms;
    if (timestamp_parse(text, size, form, &ms)) {
        timestamp_format(ms, form, again);
        REQUIRE(strlen(again) == size && memcmp(again, text, size) == 0);
        require_forms(ms);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t ms;
    char *text = fuzz_text(data, size);
    require_text(text, size, TIMESTAMP_MILLISECONDS);
    require_text(text, size, TIMESTAMP_SECONDS);
    require_text(text, size, TIMESTAMP_FILENAME);
    if (timestamp_parse_rfc3339(text, &ms)) {
        require_forms(ms);
    }
    free(text);
    return 0;
}
