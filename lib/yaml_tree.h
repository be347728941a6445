/* YAML as JSON: what libyaml reads becomes a cJSON tree, every scalar a string. */
#ifndef YAML_TREE_H
#define YAML_TREE_H

#include <cjson/cJSON.h>
#include <stddef.h>

#include "error.h"

/* Reads the first document of LENGTH bytes at TEXT; an empty one is an empty object. Aliases are
 * followed, as far as the tree stays small (10,000 nodes, 32 levels). ERR_BAD_REQUEST names the
 * line of what is no YAML. The caller frees *ret_tree. */
int yaml_tree_parse(const char *text, size_t length, cJSON **ret_tree, struct error *error);

#endif
