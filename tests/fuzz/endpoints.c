/* The endpoints' declarations, out of their programs: the Makefile compiles cgi-bin/NAME.c with its
 * main() called NAME_main() and endpoint_main() called fuzz_note_endpoint(), and writes the list of
 * the names. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

enum { ENDPOINTS_MAX = 64 };

static const struct endpoint *noted[ENDPOINTS_MAX];
static size_t count;

int fuzz_note_endpoint(const struct endpoint *endpoint, int argc, char **argv);

int fuzz_note_endpoint(const struct endpoint *endpoint, int argc, char **argv)
{
    (void)argc;
    (void)argv;
    REQUIRE(count < ENDPOINTS_MAX && endpoint->parameters.count < ENDPOINT_VALUES_MAX);
    noted[count++] = endpoint;
    return 0;
}

#define PROGRAM(name) int name##_main(int argc, char **argv);
#include "programs.inc"
#undef PROGRAM

static void note_all(void)
{
    if (count == 0) {
#define PROGRAM(name) (void)name##_main(0, NULL);
#include "programs.inc"
#undef PROGRAM
    }
}

const struct endpoint *fuzz_endpoint(struct fuzz_input *input)
{
    char *name = fuzz_line(input);
    size_t sum = 0;
    for (size_t i = 0; name[i] != '\0'; i++) {
        sum += (unsigned char)name[i];
    }
    note_all();
    const struct endpoint *endpoint = noted[sum % count];
    for (size_t i = 0; i < count; i++) {
        endpoint = strcmp(noted[i]->program, name) == 0 ? noted[i] : endpoint;
    }
    free(name);
    return endpoint;
}
