/* What becomes of a process' own locks: lock_rule DATABASE BACKUP_DIR TRANSACTION snapshot|open
 *
 * One connection of this process begins TRANSACTION ("BEGIN IMMEDIATE", ...). Then the library
 * takes a snapshot of the same database in the same process; or, to show what the rule is about,
 * the database file is opened and closed. Prints the locks that this process holds before and
 * after, as another process sees them, and how the snapshot ended; exits 1 if the locks are not the
 * same. */
#include <fcntl.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "ledger.h"
#include "snapshot.h"
#include "store.h"

enum { LOCKS_SIZE = 1000, BUSY_TIMEOUT_MS = 300 };

/* Appends every lock on PATH that keeps this process from writing there. */
static void append_locks(const char *path, char *locks)
{
    size_t length = strlen(locks);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    while (fd >= 0 && fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK) {
        const char *type = lock.l_type == F_WRLCK ? "write" : "read";
        length += (size_t)snprintf(locks + length, LOCKS_SIZE - length, " %s %s %lld+%lld;",
                                   strrchr(path, '/') + 1, type, (long long)lock.l_start,
                                   (long long)lock.l_len);
        lock = (struct flock){.l_type = F_WRLCK, .l_start = lock.l_start + lock.l_len};
    }
    close(fd);
}

/* The other process. For each byte that it gets it answers with the locks that it sees. */
static void answer(int socket_fd, const char *database)
{
    char shared_memory[4096];
    char request;
    snprintf(shared_memory, sizeof(shared_memory), "%s-shm", database);
    while (read(socket_fd, &request, 1) == 1) {
        char locks[LOCKS_SIZE] = "";
        append_locks(database, locks);
        append_locks(shared_memory, locks);
        if (write(socket_fd, locks, sizeof(locks)) != sizeof(locks)) {
            return;
        }
    }
}

/* Forked before any database is open: no connection may be carried across a fork. */
static int start_observer(const char *database)
{
    int sockets[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0) {
        perror("socketpair");
        exit(1);
    }
    if (fork() == 0) {
        close(sockets[0]);
        answer(sockets[1], database);
        _exit(0);
    }
    close(sockets[1]);
    return sockets[0];
}

static void ask(int observer, char locks[LOCKS_SIZE])
{
    if (write(observer, "?", 1) != 1 || read(observer, locks, LOCKS_SIZE) != LOCKS_SIZE) {
        perror("observer");
        exit(1);
    }
}

/* Returns the library's code, and its sentence in ERROR. */
static int snapshot(const char *database, const char *backup_dir, struct error *error)
{
    struct store store;
    struct work work;
    int64_t taken_ms;
    int result = store_open(&store, backup_dir, "", STORE_WRITE, error);
    if (result < 0) {
        return result;
    }
    result = store_begin_work(&store, &work, error);
    if (result == 0) {
        result =
            snapshot_take(database, BUSY_TIMEOUT_MS, &work, "snapshot.db", NULL, &taken_ms, error);
        work_end(&work);
    }
    store_close(&store);
    return result;
}

static void open_and_close(const char *database)
{
    close(open(database, O_RDONLY | O_CLOEXEC));
}

static int compare(int observer, char **argv)
{
    char before[LOCKS_SIZE];
    char after[LOCKS_SIZE];
    struct error error = {0};
    int result = 0;
    ask(observer, before);
    if (strcmp(argv[4], "snapshot") == 0) {
        result = snapshot(argv[1], argv[2], &error);
    } else {
        open_and_close(argv[1]);
    }
    ask(observer, after);
    printf("before:%s\nafter:%s\n%s %s\n", before, after,
           result == 0 ? "taken" : "refused:", error.detail);
    return before[0] != '\0' && strcmp(before, after) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: lock_rule DATABASE BACKUP_DIR TRANSACTION snapshot|open\n");
        return 64;
    }
    int observer = start_observer(argv[1]);
    sqlite3 *db = ledger_open(argv[1], SQLITE_OPEN_READWRITE);
    ledger_execute(db, argv[3]);
    ledger_execute(db, "SELECT count(*) FROM account");
    int status = compare(observer, argv);
    ledger_execute(db, "ROLLBACK");
    sqlite3_close(db);
    close(observer);
    wait(NULL);
    return status;
}
