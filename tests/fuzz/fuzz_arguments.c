/* Command lines of all programs: a line for the program, then an argument a line. */
#include "fuzz.h"

#include <stdlib.h>

#include "arguments.h"

enum { ARGUMENTS_MAX = 32 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    const struct endpoint *endpoint = fuzz_endpoint(&input);
    struct value values[ENDPOINT_VALUES_MAX] = {0};
    struct error error = {0};
    char *argv[ARGUMENTS_MAX + 1] = {(char *)endpoint->program};
    bool json;
    int argc = 1;
    while (input.size > 0 && argc < ARGUMENTS_MAX) {
        argv[argc++] = fuzz_line(&input);
    }
    int result = arguments_read(endpoint, argc, argv, values, &json, &error);
    if (result < 0) {
        fuzz_require_error(result, &error);
    } else {
        REQUIRE(parameter_require(endpoint->parameters, values, true, &error) == 0);
    }
    fuzz_require_values(endpoint, values);
    parameter_free(values, endpoint->parameters.count + 1);
    while (argc > 1) {
        free(argv[--argc]);
    }
    return 0;
}
