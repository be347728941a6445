/* The shell: command lines become values, responses become text or JSON. */
#ifndef SHELL_H
#define SHELL_H

#include "endpoint.h"

/* The first --help, -h, --version or --openapi among the options, or NULL: they are answered
 * without any settings, whatever else is asked. */
const char *shell_find_question(int argc, char **argv);
int shell_answer_question(const struct endpoint *endpoint, const char *question);

/* ENDPOINT, or the other one that its program serves if its option is among the words: that is
 * taken out of them. */
const struct endpoint *shell_choose(const struct endpoint *endpoint, int *argc, char **argv);

/* Runs the endpoint once; returns the exit status. */
int shell_run(const struct endpoint *endpoint, const struct config *config, int argc, char **argv);

#endif
