/* The shell: command lines become values, responses become text or JSON. */
#ifndef SHELL_H
#define SHELL_H

#include "endpoint.h"

/* --help, --version and --openapi, as the first argument, are answered without any settings. */
bool shell_is_question(int argc, char **argv);
int shell_answer_question(const struct endpoint *endpoint, const char *question);

/* Runs the endpoint once; returns the exit status. */
int shell_run(const struct endpoint *endpoint, const struct config *config, int argc, char **argv);

#endif
