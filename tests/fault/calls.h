/* System calls: which of them change or lock something, and how each can fail.
 *
 * Every call that is not in the table is reported by the tracer: none goes by unseen. */
#ifndef CALLS_H
#define CALLS_H

#include <stdbool.h>
#include <stdint.h>

enum call_effect {
    CALL_HARMLESS, /* cannot fail in a way that matters; never stopped at */
    CALL_READS,
    CALL_CHANGES, /* writes, names, syncs, locks or unlocks something */
};

/* How a call can fail, as bits. */
enum {
    FAULT_IO = 1 << 0,
    FAULT_NO_SPACE = 1 << 1,
    FAULT_ACCESS = 1 << 2,
    FAULT_INTERRUPTED = 1 << 3,
    FAULT_SHORT = 1 << 4, /* no error: half of it is done */
    FAULT_NO_LOCKS = 1 << 5,
    FAULT_NO_THREADS = 1 << 6,
    FAULT_NO_MEMORY = 1 << 7,
    FAULT_END = 1 << 8,
};

enum { CALL_ARGUMENTS = 6 };

/* What a call is, as far as its number and its arguments tell. */
struct call_nature {
    const char *name; /* NULL: not in the table */
    enum call_effect effect;
    unsigned faults;
    int size_argument;       /* the one that FAULT_SHORT halves; -1: none */
    bool fails_after_it_did; /* close(): the descriptor is gone all the same */
};

struct call_nature calls_nature(long number, const uint64_t arguments[CALL_ARGUMENTS]);

/* The number of the call NAME; -1 if there is none. */
long calls_number(const char *name);

/* The INDEX-th number that is harmless whatever its arguments are; -1 at the end. */
long calls_harmless(int index);

/* errno of one fault, and its name; FAULT_SHORT has the name "short". */
int calls_errno(unsigned fault);
const char *calls_fault_name(unsigned fault);

/* The fault called NAME; 0 if there is none. */
unsigned calls_fault(const char *name);

#endif
