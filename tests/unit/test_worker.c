#include "unit.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "worker.h"

/* What a worker waits for here, and how long this watches for what must not happen. */
enum { IDLE_MS = 50, WATCH_MS = 600, LIMIT_MS = 20000 };

static char folder[] = "/tmp/test_worker.XXXXXX";
static int socket_fd;

static int set_up(void **state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(address.sun_path, sizeof address.sun_path, "%s/show.sock", folder);
    socket_fd = socket(AF_UNIX, SOCK_STREAM, 0);
    return bind(socket_fd, (struct sockaddr *)&address, sizeof address) != 0 ||
           listen(socket_fd, 8) != 0;
}

static int tear_down(void **state)
{
    char path[sizeof folder + sizeof "/show.sock.workers"];
    (void)state;
    snprintf(path, sizeof path, "%s/show.sock", folder);
    unlink(path);
    snprintf(path, sizeof path, "%s/show.sock.workers", folder);
    unlink(path);
    return rmdir(folder);
}

/* A worker as the supervisor starts it; it has begun when this returns. */
static pid_t start_worker(bool has_served)
{
    int ready[2];
    char byte;
    assert_int_equal(pipe(ready), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct worker worker;
        dup2(socket_fd, 0);
        if (worker_begin(&worker) != 0 || write(ready[1], "", 1) != 1) {
            _exit(1);
        }
        worker.has_served = has_served;
        worker.idle_ms = IDLE_MS;
        _exit(worker_wait(&worker) ? 2 : 0);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return pid;
}

/* How many of PIDS have left within a time; those that have are 0 then. It waits no longer than for
 * WANTED of them. */
static int count_left(pid_t *pids, size_t count, int wanted, int limit_ms)
{
    int left = 0;
    for (int ms = 0; ms < limit_ms && left < wanted; ms += 10) {
        for (size_t i = 0; i < count; i++) {
            int status;
            if (pids[i] != 0 && waitpid(pids[i], &status, WNOHANG) == pids[i]) {
                assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
                pids[i] = 0;
                left++;
            }
        }
        poll(NULL, 0, 10);
    }
    return left;
}

static void end(pid_t *pids, size_t count)
{
    int running = 0;
    for (size_t i = 0; i < count; i++) {
        running += pids[i] != 0;
        if (pids[i] != 0) {
            kill(pids[i], SIGCONT);
            kill(pids[i], SIGTERM);
        }
    }
    assert_int_equal(count_left(pids, count, running, LIMIT_MS), running);
}

static void a_fresh_one_stays(void **state)
{
    (void)state;
    pid_t pids[] = {start_worker(false), start_worker(false)};
    assert_int_equal(count_left(pids, 2, 1, WATCH_MS), 0);
    end(pids, 2);
}

static void the_only_one_stays(void **state)
{
    (void)state;
    pid_t pids[] = {start_worker(true)};
    assert_int_equal(count_left(pids, 1, 1, WATCH_MS), 0);
    end(pids, 1);
}

/* Stopped and let go on, both find their time over at the same moment, as after a machine's pause.
 */
static void of_two_one_stays_until_the_other_is_back(void **state)
{
    (void)state;
    for (int round = 0; round < 5; round++) {
        pid_t pids[] = {start_worker(true), start_worker(true), 0};
        kill(pids[0], SIGSTOP);
        kill(pids[1], SIGSTOP);
        poll(NULL, 0, 2 * IDLE_MS);
        kill(pids[0], SIGCONT);
        kill(pids[1], SIGCONT);
        assert_int_equal(count_left(pids, 3, 1, LIMIT_MS), 1);
        assert_int_equal(count_left(pids, 3, 1, round == 0 ? WATCH_MS : 3 * IDLE_MS), 0);
        pids[2] = start_worker(false);
        assert_int_equal(count_left(pids, 2, 1, LIMIT_MS), 1);
        assert_int_equal(count_left(pids + 2, 1, 1, 3 * IDLE_MS), 0);
        end(pids, 3);
    }
}

static void a_killed_one_counts_no_more(void **state)
{
    (void)state;
    pid_t other = start_worker(false);
    kill(other, SIGKILL);
    assert_int_equal(waitpid(other, NULL, 0), other);
    pid_t pids[] = {start_worker(true)};
    assert_int_equal(count_left(pids, 1, 1, WATCH_MS), 0);
    end(pids, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fresh_one_stays),
        cmocka_unit_test(the_only_one_stays),
        cmocka_unit_test(of_two_one_stays_until_the_other_is_back),
        cmocka_unit_test(a_killed_one_counts_no_more),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
