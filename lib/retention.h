/* Retention: which backups of a kind go when a new one has come. */
#ifndef RETENTION_H
#define RETENTION_H

#include "config.h"
#include "store.h"

/* Removes the backups of KIND that KEEP does not keep. Age is by `created`. Never removed and never
 * counted: pinned ones, other kinds, files whose manifest cannot be read, and files that somebody
 * put there under a name that this project does not make. SPARED (ended by
 * NULL) are counted but stay: the backup that was just made, which a clock that was set back may
 * make the oldest, and the one that is being restored. */
int retention_apply(const struct store *store, enum backup_kind kind,
                    const struct config_keep *keep, const char *const *spared, struct error *error);

/* Decides for COUNT backups of one kind, the newest first: removes[i] is whether list[i] goes. */
void retention_decide(const struct backup *list, size_t count, const struct config_keep *keep,
                      bool *removes);

#endif
