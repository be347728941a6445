/* What a database file may cost the program that opens it. Anybody may have made it: whatever it
 * holds, it gets no more memory than this and no more processor time than a whole file of its size
 * needs. Processor time, because a slow disk or a busy machine is not the file's fault. */
#ifndef ALLOWANCE_H
#define ALLOWANCE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

/* All that SQLite may have allocated at a time, in all connections of the process. */
enum { ALLOWANCE_MEMORY_MB = 64 };

/* The seconds of processor time that work on a file of SIZE bytes may take. */
int allowance_seconds(int64_t size);

/* The moment in so many seconds, in milliseconds of this thread's processor time. */
int64_t allowance_deadline(int seconds);
bool allowance_is_over(int64_t deadline_ms);

/* Ends statements of DB (SQLITE_INTERRUPT) after DEADLINE_MS. A single call of an SQL function is
 * not interrupted: where the file can have one called, a process of its own is the limit
 * (confined.h). */
void allowance_stop_at(sqlite3 *db, int64_t deadline_ms);

/* Limits memory, the size of rows and expressions, and, by the SIZE of its file, the time of DB. */
void allowance_apply(sqlite3 *db, int64_t size);

/* Whether the limit, and no lack of memory, is why SQLite was refused some. */
bool allowance_refused_memory(void);

#endif
