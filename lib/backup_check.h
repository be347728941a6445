/* Checking a published backup against SQLite and against its manifest. */
#ifndef BACKUP_CHECK_H
#define BACKUP_CHECK_H

#include "progress.h"
#include "store.h"
#include "verify.h"

/* Checks the backup FILENAME in full and records the outcome in its manifest: `verified` becomes
 * now, or null if it is damaged; the checksum is recorded if none was. *backup is what is recorded
 * afterwards. Returns 0 if the backup could be judged; the judgement is in *report. */
int backup_check(const struct store *store, const char *filename, const struct progress *progress,
                 struct verify_report *report, struct backup *backup, struct error *error);

#endif
