#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>
#include <unistd.h>

#include "file.h"
#include "timestamp.h"

/* How often it is tried to leave, and for how long: a supervisor needs a second to start a worker.
 */
enum { TRY_EVERY_MS = 50, TURN_MAX_MS = 30000 };

/* Byte TURN of the lock file is locked by who leaves, until its process is gone; the byte of its
 * number by each one that is there. The kernel frees them, however a worker ends. */
enum { TURN = 0 };

static int set_lock(int lock_fd, off_t byte, short type)
{
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
    return fcntl(lock_fd, F_OFD_SETLK, &lock);
}

/* What this process has locked itself is not in its way. */
static bool others_are_there(int lock_fd)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = TURN + 1, .l_len = 0};
    return fcntl(lock_fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

/* The socket's path is the one that it was bound to, in the same working folder. */
static int open_lock(void)
{
    struct sockaddr_un address = {0};
    socklen_t length = sizeof address;
    char path[sizeof address.sun_path + sizeof ".workers"];
    struct error error;
    if (getsockname(0, (struct sockaddr *)&address, &length) != 0 ||
        address.sun_family != AF_UNIX || address.sun_path[0] == '\0') {
        return -1;
    }
    snprintf(path, sizeof path, "%.*s.workers", (int)sizeof address.sun_path, address.sun_path);
    int lock_fd = file_open(AT_FDCWD, path, O_RDWR | O_CREAT, &error);
    if (lock_fd >= 0 && set_lock(lock_fd, getpid(), F_WRLCK) == 0) {
        return lock_fd;
    }
    file_close(lock_fd);
    return -1;
}

/* The listening socket must not block: of the workers that it wakes, one gets the connection. */
int worker_begin(struct worker *worker)
{
    sigset_t signals;
    *worker = (struct worker){.signal_fd = -1, .lock_fd = -1, .idle_ms = WORKER_IDLE_MS};
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGUSR1);
    if (sigprocmask(SIG_BLOCK, &signals, NULL) != 0 || fcntl(0, F_SETFL, O_NONBLOCK) != 0) {
        return -1;
    }
    worker->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);
    worker->lock_fd = open_lock();
    return worker->signal_fd < 0 ? -1 : 0;
}

/* Only who has the turn looks whether another one is there, and keeps it to its end: of two that
 * want to leave at the same moment, one stays until the other one's successor is there. */
static bool may_leave(const struct worker *worker)
{
    if (worker->lock_fd < 0 || set_lock(worker->lock_fd, TURN, F_WRLCK) != 0) {
        return false;
    }
    bool leaves = others_are_there(worker->lock_fd);
    set_lock(worker->lock_fd, leaves ? getpid() : TURN, F_UNLCK);
    return leaves;
}

bool worker_wait(struct worker *worker)
{
    struct pollfd descriptors[] = {{.fd = worker->signal_fd, .events = POLLIN},
                                   {.fd = 0, .events = POLLIN}};
    for (;;) {
        int ready = poll(descriptors, 2, worker->has_served ? worker->idle_ms : -1);
        if (ready > 0) {
            return descriptors[0].revents == 0;
        }
        if (ready == 0 ? may_leave(worker) : errno != EINTR) {
            return false;
        }
    }
}

void worker_await_turn(struct worker *worker)
{
    struct pollfd signal = {.fd = worker->signal_fd, .events = POLLIN};
    int64_t deadline_ms = timestamp_monotonic_ms() + TURN_MAX_MS;
    while (worker->lock_fd >= 0 && !may_leave(worker) && timestamp_monotonic_ms() < deadline_ms) {
        if (poll(&signal, 1, TRY_EVERY_MS) > 0) {
            return;
        }
    }
}

void worker_end(struct worker *worker)
{
    file_close(worker->signal_fd);
    file_close(worker->lock_fd);
}
