/* Telling the app that a restore begins, and how it ended. For restore.c only. */
#ifndef RESTORE_NOTICE_H
#define RESTORE_NOTICE_H

#include <stdbool.h>

#include "restore_fit.h"

/* Sends restore.started, once a restore, and waits for the answer: the app can park its writers
 * meanwhile. To be called before anything changes and before the live database is locked: a server
 * that hangs must not hold the app up. True if this took time in which the live database may have
 * become another: what was seen of it must be looked at again. */
bool restore_notice_begin(struct restore_job *job);

/* Sends restore.finished (RESULT 0), or restore.failed with the error, if restore.started was sent.
 * To be called when no lock is held any more. */
void restore_notice_end(struct restore_job *job, int result, const struct error *error);

#endif
