/* What somebody who may only read may take away. */
#ifndef READER_H
#define READER_H

#include "config.h"
#include "store.h"

/* ERR_FORBIDDEN unless readers may have the backup FILENAME: by what the list says of its kind, and
 * by its name, too, if that tells a kind. */
int reader_check_download(const struct config *config, const struct store *store,
                          const char *filename, struct error *error);

#endif
