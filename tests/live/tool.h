/* What all tools share: what they are told, what they tell while they run, how they are ended. */
#ifndef TOOL_H
#define TOOL_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* A number on the command line; anything else ends the tool. */
static inline int64_t tool_number(const char *text)
{
    char *end;
    errno = 0;
    int64_t number = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0') {
        fprintf(stderr, "not a number: %s\n", text);
        exit(64);
    }
    return number;
}

/* A file of six numbers that the tool and the test both see at once; nothing is ever synced. */
struct tool_counters {
    _Atomic int64_t sequence;   /* the last sequence number that this writer has committed */
    _Atomic int64_t commits;    /* transactions that it has committed */
    _Atomic int64_t reads;      /* whole reads that this reader has checked */
    _Atomic int64_t busy;       /* times that SQLITE_BUSY was the answer */
    _Atomic int64_t generation; /* what the last commit or read has seen */
    _Atomic int64_t replaced;   /* the last sequence number that was committed in the one before */
};

static volatile sig_atomic_t tool_stopped;

static inline void tool_on_signal(int signal_number)
{
    (void)signal_number;
    tool_stopped = 1;
}

/* SIGTERM ends a tool between two transactions, with status 0. */
static inline void tool_stop_on_sigterm(void)
{
    struct sigaction action = {.sa_handler = tool_on_signal};
    sigaction(SIGTERM, &action, NULL);
}

/* Maps the counters file, which is made where there is none. */
static inline struct tool_counters *tool_counters_map(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    void *map = MAP_FAILED;
    if (fd >= 0 && ftruncate(fd, sizeof(struct tool_counters)) == 0) {
        map = mmap(NULL, sizeof(struct tool_counters), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    }
    if (map == MAP_FAILED) {
        perror(path);
        exit(1);
    }
    close(fd);
    return map;
}

#endif
