/* Retention: which backups of a kind go when a new one has come. */
#ifndef RETENTION_H
#define RETENTION_H

#include "config.h"
#include "store.h"

/* Removes the backups of KIND that KEEP does not keep. Age is by `created`. Never removed and never
 * counted: pinned ones, other kinds, files whose manifest cannot be read, files that somebody put
 * there under a name that this project does not make, and those from the future: after the clock
 * was set back they would push out all that is made until their time has come. SPARED (ended by
 * NULL) take their places first, whatever their age: the backup that was just made, which may be
 * older than others that were made while it was being made; and the one that is being restored. */
int retention_apply(const struct store *store, enum backup_kind kind,
                    const struct config_keep *keep, const char *const *spared, struct error *error);

/* Decides for COUNT backups of one kind, the newest first: removes[i] is whether list[i] goes, and
 * spared[i] whether it must not. */
void retention_decide(const struct backup *list, size_t count, const struct config_keep *keep,
                      const bool *spared, bool *removes);

#endif
