/* Command lines: options and arguments become values.
 *
 * Options are matched by their whole names, so that a new one never changes what an old script
 * means: --name VALUE, --name=VALUE, for flags --name and --no-name. `--` ends the options. */
#ifndef ARGUMENTS_H
#define ARGUMENTS_H

#include "endpoint.h"

/* Fills VALUES (parameters.count + 1, zeroed). ERR_BAD_REQUEST says what is wrong. *ret_json is
 * whether --json was given. */
int arguments_read(const struct endpoint *endpoint, int argc, char **argv, struct value *values,
                   bool *ret_json, struct error *error);

/* Prints the help that the declaration makes. */
void arguments_help(const struct endpoint *endpoint, FILE *out);

#endif
