#include "array.h"

#include <stdlib.h>

void *array_make_room(void *items, size_t count, size_t size, size_t maximum)
{
    if (count >= maximum) {
        return NULL;
    }
    size_t doubled = count == 0 ? 1 : 2 * count;
    /* Only a power of two is full. */
    return (count & (count - 1)) == 0 ? reallocarray(items, doubled, size) : items;
}
