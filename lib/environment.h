/* ${NAME} in a text, replaced by the environment's value. */
#ifndef ENVIRONMENT_H
#define ENVIRONMENT_H

/* Expands $NAME and ${NAME} by the rules of Go's os.Expand(), which Litestream applies to its
 * configuration: an unknown name is empty, a dollar sign without a name stays, "${}" and an open
 * "${" are dropped. Returns a new string, or NULL without memory. */
char *environment_expand(const char *text);

#endif
