/* The shell: command lines become values, responses become text or JSON. */
#ifndef SHELL_H
#define SHELL_H

#include "endpoint.h"

/* The first --help, -h, --version or --openapi among the options, or NULL: they are answered
 * without any settings, whatever else is asked. */
const char *shell_find_question(int argc, char **argv);
int shell_answer_question(const struct endpoint *endpoint, const char *question);

/* Runs the endpoint once; returns the exit status. */
int shell_run(const struct endpoint *endpoint, const struct config *config, int argc, char **argv);

#endif
