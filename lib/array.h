/* Arrays that grow by one at a time. */
#ifndef ARRAY_H
#define ARRAY_H

#include <stddef.h>

/* Makes room for one more behind COUNT items of SIZE bytes; MAXIMUM is how many there may be. The
 * room is always the next power of two, so it needs not be kept anywhere. Returns the items, which
 * may have moved, or NULL, with ITEMS as they were, if there is no room. */
void *array_make_room(void *items, size_t count, size_t size, size_t maximum);

#endif
