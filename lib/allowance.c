#include "allowance.h"

#include <time.h>

/* Measured: integrity_check takes 2 to 10 s a gigabyte. A slow machine gets ten times that. */
enum { SECONDS_AT_LEAST = 5, BYTES_A_SECOND = 8 << 20 };

/* Some microseconds' work, of which asking for the time is a hundredth. */
enum { INSTRUCTIONS_A_LOOK = 1000 };

/* One attached database is what VACUUM INTO needs. */
static const struct {
    int id;
    int value;
} sizes[] = {
    {SQLITE_LIMIT_LENGTH, 1 << 30},      {SQLITE_LIMIT_EXPR_DEPTH, 200},
    {SQLITE_LIMIT_COMPOUND_SELECT, 100}, {SQLITE_LIMIT_ATTACHED, 1},
    {SQLITE_LIMIT_TRIGGER_DEPTH, 10},    {SQLITE_LIMIT_WORKER_THREADS, 0},
};

static const int64_t memory_max = (int64_t)ALLOWANCE_MEMORY_MB << 20;

static int64_t processor_ms(void)
{
    struct timespec used;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return used.tv_sec * 1000 + used.tv_nsec / 1000000;
}

int allowance_seconds(int64_t size)
{
    return SECONDS_AT_LEAST + (int)(size / BYTES_A_SECOND);
}

int64_t allowance_deadline(int seconds)
{
    return processor_ms() + (int64_t)seconds * 1000;
}

bool allowance_is_over(int64_t deadline_ms)
{
    return processor_ms() > deadline_ms;
}

static int look(void *context)
{
    return allowance_is_over((intptr_t)context);
}

void allowance_stop_at(sqlite3 *db, int64_t deadline_ms)
{
    sqlite3_progress_handler(db, INSTRUCTIONS_A_LOOK, look, (void *)(intptr_t)deadline_ms);
}

void allowance_apply(sqlite3 *db, int64_t size)
{
    sqlite3_hard_heap_limit64(memory_max);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        sqlite3_limit(db, sizes[i].id, sizes[i].value);
    }
    allowance_stop_at(db, allowance_deadline(allowance_seconds(size)));
}

bool allowance_refused_memory(void)
{
    sqlite3_int64 now;
    sqlite3_int64 most = 0;
    sqlite3_int64 largest = 0;
    sqlite3_status64(SQLITE_STATUS_MEMORY_USED, &now, &most, 0);
    sqlite3_status64(SQLITE_STATUS_MALLOC_SIZE, &now, &largest, 0);
    return most + largest > memory_max;
}
