#include "yaml_tree.h"

#include <stdbool.h>
#include <yaml.h>

enum { NODES_MAX = 10000, DEPTH_MAX = 32 };

struct conversion {
    yaml_document_t *document;
    int nodes; /* made so far: an alias makes its nodes once more */
};

/* NOLINTBEGIN(misc-no-recursion): bounded by DEPTH_MAX */
static cJSON *convert(struct conversion *conversion, int index, int depth);

/* Adds VALUE, which may be NULL, to the object or array PARENT. */
static bool add(cJSON *parent, const char *name, cJSON *value)
{
    bool added = value != NULL && (name == NULL ? cJSON_AddItemToArray(parent, value)
                                                : cJSON_AddItemToObject(parent, name, value));
    if (!added) {
        cJSON_Delete(value);
    }
    return added;
}

static cJSON *convert_sequence(struct conversion *conversion, const yaml_node_t *node, int depth)
{
    cJSON *array = cJSON_CreateArray();
    const yaml_node_item_t *item = node->data.sequence.items.start;
    for (; item < node->data.sequence.items.top; item++) {
        if (!add(array, NULL, convert(conversion, *item, depth + 1))) {
            cJSON_Delete(array);
            return NULL;
        }
    }
    return array;
}

static cJSON *convert_mapping(struct conversion *conversion, const yaml_node_t *node, int depth)
{
    cJSON *object = cJSON_CreateObject();
    const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
    for (; pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = yaml_document_get_node(conversion->document, pair->key);
        if (key->type != YAML_SCALAR_NODE || !add(object, (const char *)key->data.scalar.value,
                                                  convert(conversion, pair->value, depth + 1))) {
            cJSON_Delete(object);
            return NULL;
        }
    }
    return object;
}

static cJSON *convert(struct conversion *conversion, int index, int depth)
{
    const yaml_node_t *node = yaml_document_get_node(conversion->document, index);
    if (node == NULL || depth > DEPTH_MAX || ++conversion->nodes > NODES_MAX) {
        return NULL;
    }
    switch (node->type) {
    case YAML_SCALAR_NODE:
        return cJSON_CreateString((const char *)node->data.scalar.value);
    case YAML_SEQUENCE_NODE:
        return convert_sequence(conversion, node, depth);
    case YAML_MAPPING_NODE:
        return convert_mapping(conversion, node, depth);
    default:
        return NULL;
    }
}

/* NOLINTEND(misc-no-recursion) */

static cJSON *convert_document(yaml_document_t *document)
{
    struct conversion conversion = {.document = document};
    return yaml_document_get_root_node(document) == NULL ? cJSON_CreateObject()
                                                         : convert(&conversion, 1, 0);
}

int yaml_tree_parse(const char *text, size_t length, cJSON **ret_tree, struct error *error)
{
    yaml_parser_t parser;
    yaml_document_t document;
    *ret_tree = NULL;
    if (!yaml_parser_initialize(&parser)) {
        return error_memory(error);
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
    int result = 0;
    if (!yaml_parser_load(&parser, &document)) {
        result = error_set(error, ERR_BAD_REQUEST, "line %zu: %s", parser.problem_mark.line + 1,
                           parser.problem == NULL ? "no YAML" : parser.problem);
    } else {
        *ret_tree = convert_document(&document);
        yaml_document_delete(&document);
    }
    yaml_parser_delete(&parser);
    if (result == 0 && *ret_tree == NULL) {
        result = error_set(error, ERR_BAD_REQUEST, "it is nested or repeated beyond all measure");
    }
    return result;
}
