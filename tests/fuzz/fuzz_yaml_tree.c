/* YAML: any document becomes a small tree of strings, or an error. */
#include "fuzz.h"

#include <stdlib.h>

#include "yaml_tree.h"

enum { NODES_MAX = 10000, DEPTH_MAX = 32 };

static void require_tree(const cJSON *node, int depth, int *nodes)
{
    REQUIRE(depth <= DEPTH_MAX && ++*nodes <= NODES_MAX);
    REQUIRE(cJSON_IsString(node) || cJSON_IsArray(node) || cJSON_IsObject(node));
    const cJSON *child;
    cJSON_ArrayForEach(child, node)
    {
        REQUIRE(cJSON_IsArray(node) || child->string != NULL);
        require_tree(child, depth + 1, nodes);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cJSON *tree = NULL;
    struct error error = {0};
    int nodes = 0;
    char *text = fuzz_text(data, size);
    int result = yaml_tree_parse(text, size, &tree, &error);
    if (result == 0) {
        require_tree(tree, 0, &nodes);
    } else {
        REQUIRE(tree == NULL);
        fuzz_require_error(result, &error);
    }
    cJSON_Delete(tree);
    free(text);
    return 0;
}
