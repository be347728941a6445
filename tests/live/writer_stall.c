/* How long a writer waits: writer_stall DATABASE off|normal SECONDS COMMAND...
 *
 * One writer commits a transaction every millisecond, as a busy application does (it checkpoints by
 * itself every thousand pages), for SECONDS while nothing else happens, and then while COMMAND
 * runs. Prints for both times how long the longest transaction took from its begin to its commit,
 * in milliseconds, and how many there were: "QUIET_MS QUIET_COMMITS COMMAND_MS COMMAND_COMMITS".
 * Exits as COMMAND did.
 *
 * off or normal is the writer's PRAGMA synchronous: with normal it waits for the disk at each of
 * its own checkpoints, with off it waits for locks alone.
 *
 * Why not without any pause: a snapshot is a reader, and while there is a reader the WAL cannot
 * begin anew. A writer at full speed then puts tens of thousands of pages there, and its own next
 * checkpoint, which has to move them all, is what would be measured. */
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>

#include "ledger.h"
#include "tool.h"

enum phase { WARMING_UP, QUIET, BETWEEN, COMMAND, PHASES };

enum { WARMING_UP_MS = 300, PERIOD_MS = 1, BUSY_TIMEOUT_MS = 10000 };

struct measurement {
    _Atomic int phase;
    _Atomic int64_t longest_ns[PHASES];
    _Atomic int64_t commits[PHASES];
};

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void pause_ms(int milliseconds)
{
    struct timespec period = {.tv_sec = milliseconds / 1000,
                              .tv_nsec = milliseconds % 1000 * 1000000L};
    nanosleep(&period, NULL);
}

/* A transaction that began in one phase and ended in the next counts for both. */
static void count_commit(struct measurement *measurement, int begun_in, int64_t span_ns)
{
    int phase = atomic_load(&measurement->phase);
    atomic_fetch_add(&measurement->commits[phase], 1);
    for (int i = begun_in; i <= phase; i++) {
        if (span_ns > atomic_load(&measurement->longest_ns[i])) {
            atomic_store(&measurement->longest_ns[i], span_ns);
        }
    }
}

static void write_until_stopped(const char *path, const char *synchronous,
                                struct measurement *measurement)
{
    sqlite3 *db = ledger_open(path, SQLITE_OPEN_READWRITE);
    sqlite3_busy_timeout(db, BUSY_TIMEOUT_MS);
    ledger_execute(db, strcmp(synchronous, "off") == 0 ? "PRAGMA synchronous = OFF"
                                                       : "PRAGMA synchronous = NORMAL");
    while (!tool_stopped) {
        pause_ms(PERIOD_MS);
        int begun_in = atomic_load(&measurement->phase);
        int64_t begun_ns = now_ns();
        ledger_execute(db, "BEGIN IMMEDIATE;"
                           "UPDATE filler SET data = randomblob(1000)"
                           " WHERE id = 1 + abs(random() % (SELECT fillers FROM ledger));"
                           "COMMIT");
        count_commit(measurement, begun_in, now_ns() - begun_ns);
    }
    sqlite3_close(db);
}

/* Ends a phase with a commit, so that a transaction that waits till then is counted in it. */
static void enter_phase(struct measurement *measurement, pid_t writer, enum phase phase)
{
    int ending = atomic_load(&measurement->phase);
    int64_t commits = atomic_load(&measurement->commits[ending]);
    while (atomic_load(&measurement->commits[ending]) == commits) {
        if (waitpid(writer, NULL, WNOHANG) != 0) {
            fprintf(stderr, "the writer has ended\n");
            exit(1);
        }
        pause_ms(1);
    }
    atomic_store(&measurement->phase, phase);
}

static int run(char **command)
{
    pid_t pid;
    int status = 0;
    int rc = posix_spawnp(&pid, command[0], NULL, NULL, command, environ);
    if (rc != 0 || waitpid(pid, &status, 0) != pid) {
        fprintf(stderr, "%s: %s\n", command[0], strerror(rc));
        return 1;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int measure(struct measurement *measurement, pid_t writer, int quiet_ms, char **command)
{
    pause_ms(WARMING_UP_MS);
    enter_phase(measurement, writer, QUIET);
    pause_ms(quiet_ms);
    enter_phase(measurement, writer, BETWEEN);
    enter_phase(measurement, writer, COMMAND);
    int status = run(command);
    enter_phase(measurement, writer, BETWEEN);
    return status;
}

int main(int argc, char **argv)
{
    if (argc < 5) {
        fprintf(stderr, "usage: writer_stall DATABASE off|normal SECONDS COMMAND...\n");
        return 64;
    }
    struct measurement *measurement =
        mmap(NULL, sizeof(*measurement), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (measurement == MAP_FAILED) {
        perror("mmap");
        return 1;
    }
    pid_t writer = fork();
    if (writer == 0) {
        tool_stop_on_sigterm();
        write_until_stopped(argv[1], argv[2], measurement);
        return 0;
    }
    int status = measure(measurement, writer, (int)tool_number(argv[3]) * 1000, argv + 4);
    kill(writer, SIGTERM);
    waitpid(writer, NULL, 0);
    printf("%.1f %" PRId64 " %.1f %" PRId64 "\n", (double)measurement->longest_ns[QUIET] / 1e6,
           measurement->commits[QUIET], (double)measurement->longest_ns[COMMAND] / 1e6,
           measurement->commits[COMMAND]);
    return status;
}
