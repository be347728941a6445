/* One of the processes that serve a listening socket (standard input) together. A supervisor starts
 * each of them again when it leaves, and closes the socket when all are gone: so one leaves only
 * while another one is there. */
#ifndef WORKER_H
#define WORKER_H

#include <stdbool.h>

/* How long a worker that has served something waits for more before it makes room for a fresh one:
 * what it has loaded and allocated once, it would keep. */
enum { WORKER_IDLE_MS = 60000 };

struct worker {
    int signal_fd;
    int lock_fd; /* says who is there; -1: nobody knows */
    int idle_ms;
    bool has_served;
};

/* Blocks the signals that end a worker (SIGTERM, SIGINT, SIGUSR1), so that what runs is finished,
 * and makes the socket not block. Makes the file SOCKET.workers beside the socket: before the
 * process gives up its rights. Returns 0, or -1. */
int worker_begin(struct worker *worker);

/* Waits for a connection; false when it is time to leave: after a signal, or after WORKER_IDLE_MS.
 */
bool worker_wait(struct worker *worker);

/* Waits until another worker is there to serve in the meantime, for a bounded time or to the next
 * signal. */
void worker_await_turn(struct worker *worker);

void worker_end(struct worker *worker);

#endif
