#include "calls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOOK (FAULT_IO | FAULT_ACCESS)
#define NAME_CHANGE (FAULT_IO | FAULT_ACCESS | FAULT_NO_SPACE)
#define READ (FAULT_IO | FAULT_INTERRUPTED | FAULT_SHORT)
#define WRITE (FAULT_IO | FAULT_NO_SPACE | FAULT_INTERRUPTED | FAULT_SHORT)
#define SYNC (FAULT_IO | FAULT_NO_SPACE | FAULT_INTERRUPTED)

#define CALL(name) SYS_##name, #name

static const struct {
    long number;
    const char *name;
    enum call_effect effect;
    unsigned faults;
    int size_argument; /* 0: none */
} table[] = {
    /* the most frequent ones first: the kernel tries them in this order */
    {CALL(brk), CALL_HARMLESS, 0, 0},
    {CALL(munmap), CALL_HARMLESS, 0, 0},
    {CALL(mprotect), CALL_HARMLESS, 0, 0},
    {CALL(madvise), CALL_HARMLESS, 0, 0},
    {CALL(futex), CALL_HARMLESS, 0, 0},
    {CALL(getpid), CALL_HARMLESS, 0, 0},
    {CALL(gettid), CALL_HARMLESS, 0, 0},
    {CALL(getuid), CALL_HARMLESS, 0, 0},
    {CALL(geteuid), CALL_HARMLESS, 0, 0},
    {CALL(getgid), CALL_HARMLESS, 0, 0},
    {CALL(getegid), CALL_HARMLESS, 0, 0},
    {CALL(rt_sigprocmask), CALL_HARMLESS, 0, 0},
    {CALL(rt_sigaction), CALL_HARMLESS, 0, 0},
    {CALL(rt_sigreturn), CALL_HARMLESS, 0, 0},
    {CALL(sigaltstack), CALL_HARMLESS, 0, 0},
    {CALL(set_robust_list), CALL_HARMLESS, 0, 0},
    {CALL(set_tid_address), CALL_HARMLESS, 0, 0},
    {CALL(rseq), CALL_HARMLESS, 0, 0},
    {CALL(arch_prctl), CALL_HARMLESS, 0, 0},
    {CALL(prlimit64), CALL_HARMLESS, 0, 0},
    {CALL(sysinfo), CALL_HARMLESS, 0, 0},
    {CALL(uname), CALL_HARMLESS, 0, 0},
    {CALL(getrandom), CALL_HARMLESS, 0, 0},
    {CALL(clock_gettime), CALL_HARMLESS, 0, 0},
    {CALL(nanosleep), CALL_HARMLESS, 0, 0},
    {CALL(clock_nanosleep), CALL_HARMLESS, 0, 0},
    {CALL(sched_yield), CALL_HARMLESS, 0, 0},
    {CALL(sched_getaffinity), CALL_HARMLESS, 0, 0},
    {CALL(lseek), CALL_HARMLESS, 0, 0},
    {CALL(getsockopt), CALL_HARMLESS, 0, 0},
    {CALL(poll), CALL_HARMLESS, 0, 0},
    {CALL(wait4), CALL_HARMLESS, 0, 0},
    {CALL(exit), CALL_HARMLESS, 0, 0},
    {CALL(exit_group), CALL_HARMLESS, 0, 0},
    {CALL(execve), CALL_HARMLESS, 0, 0},
    /* the program's own rights, and the name service's daemon: tests of their own */
    {CALL(prctl), CALL_HARMLESS, 0, 0},
    {CALL(landlock_create_ruleset), CALL_HARMLESS, 0, 0},
    {CALL(landlock_add_rule), CALL_HARMLESS, 0, 0},
    {CALL(landlock_restrict_self), CALL_HARMLESS, 0, 0},
    {CALL(socket), CALL_HARMLESS, 0, 0},
    {CALL(connect), CALL_HARMLESS, 0, 0},

    {CALL(read), CALL_READS, READ, 2},
    {CALL(pread64), CALL_READS, READ, 2},
    {CALL(readlink), CALL_READS, LOOK, 0},
    {CALL(readlinkat), CALL_READS, LOOK, 0},
    {CALL(stat), CALL_READS, LOOK, 0},
    {CALL(lstat), CALL_READS, LOOK, 0},
    {CALL(fstat), CALL_READS, FAULT_IO, 0},
    {CALL(newfstatat), CALL_READS, LOOK, 0},
    {CALL(statx), CALL_READS, LOOK, 0},
    {CALL(statfs), CALL_READS, LOOK, 0},
    {CALL(fstatfs), CALL_READS, FAULT_IO, 0},
    {CALL(access), CALL_READS, LOOK, 0},
    {CALL(faccessat), CALL_READS, LOOK, 0},
    {CALL(faccessat2), CALL_READS, LOOK, 0},
    {CALL(getcwd), CALL_READS, FAULT_ACCESS, 0},
    {CALL(getdents64), CALL_READS, FAULT_IO, 0},
    {CALL(pipe2), CALL_READS, 0, 0},
    {CALL(dup), CALL_READS, 0, 0},
    {CALL(dup2), CALL_READS, 0, 0},
    {CALL(clone), CALL_READS, FAULT_NO_THREADS, 0},
    {CALL(clone3), CALL_READS, FAULT_NO_THREADS, 0},
    {CALL(vfork), CALL_READS, FAULT_NO_THREADS, 0},

    {CALL(open), CALL_READS, LOOK | FAULT_INTERRUPTED, 0},
    {CALL(openat), CALL_READS, LOOK | FAULT_INTERRUPTED, 0},
    {CALL(close), CALL_CHANGES, FAULT_IO | FAULT_INTERRUPTED, 0},
    {CALL(mmap), CALL_READS, FAULT_NO_MEMORY, 0},
    {CALL(mremap), CALL_READS, FAULT_NO_MEMORY, 0},
    {CALL(fcntl), CALL_HARMLESS, 0, 0},
    {CALL(ioctl), CALL_HARMLESS, 0, 0},
    {CALL(flock), CALL_CHANGES, FAULT_NO_LOCKS | FAULT_INTERRUPTED, 0},
    {CALL(write), CALL_CHANGES, WRITE, 2},
    {CALL(writev), CALL_CHANGES, FAULT_IO | FAULT_NO_SPACE | FAULT_INTERRUPTED, 0},
    {CALL(pwrite64), CALL_CHANGES, WRITE, 2},
    {CALL(copy_file_range), CALL_CHANGES, WRITE, 4},
    {CALL(sendfile), CALL_CHANGES, WRITE, 3},
    {CALL(ftruncate), CALL_CHANGES, SYNC, 0},
    {CALL(fallocate), CALL_CHANGES, SYNC, 0},
    {CALL(fsync), CALL_CHANGES, SYNC, 0},
    /* only SQLite's, in a process without a signal handler */
    {CALL(fdatasync), CALL_CHANGES, FAULT_IO | FAULT_NO_SPACE, 0},
    {CALL(msync), CALL_CHANGES, FAULT_IO, 0},
    {CALL(mkdir), CALL_CHANGES, NAME_CHANGE, 0},
    {CALL(mkdirat), CALL_CHANGES, NAME_CHANGE, 0},
    {CALL(rmdir), CALL_CHANGES, LOOK, 0},
    {CALL(unlink), CALL_CHANGES, LOOK, 0},
    {CALL(unlinkat), CALL_CHANGES, LOOK, 0},
    {CALL(rename), CALL_CHANGES, NAME_CHANGE, 0},
    {CALL(renameat), CALL_CHANGES, NAME_CHANGE, 0},
    {CALL(renameat2), CALL_CHANGES, NAME_CHANGE, 0},
    {CALL(link), CALL_CHANGES, NAME_CHANGE, 0},
    {CALL(linkat), CALL_CHANGES, NAME_CHANGE, 0},
    {CALL(chmod), CALL_CHANGES, LOOK, 0},
    {CALL(fchmod), CALL_CHANGES, LOOK, 0},
    {CALL(fchown), CALL_CHANGES, LOOK, 0},
    {CALL(utimensat), CALL_CHANGES, LOOK, 0},
};

enum { TABLE_SIZE = sizeof table / sizeof table[0] };

/* Those whose arguments decide, and which therefore must always be looked at. */
static bool depends(long number)
{
    return number == SYS_fcntl || number == SYS_ioctl;
}

static void look_at_open(uint64_t flags, struct call_nature *nature)
{
    if (flags & (O_CREAT | O_TRUNC)) {
        nature->effect = CALL_CHANGES;
        nature->faults |= FAULT_NO_SPACE;
    }
}

static void look_at_mmap(const uint64_t arguments[CALL_ARGUMENTS], struct call_nature *nature)
{
    if (arguments[3] & MAP_ANONYMOUS) {
        nature->effect = CALL_HARMLESS;
    } else if ((arguments[3] & MAP_SHARED) && (arguments[2] & PROT_WRITE)) {
        nature->effect = CALL_CHANGES;
    }
}

static void look_at_fcntl(uint64_t command, struct call_nature *nature)
{
    if (command == F_SETLK || command == F_OFD_SETLK) {
        /* What does not wait is not interrupted. */
        nature->effect = CALL_CHANGES;
        nature->faults = FAULT_NO_LOCKS;
    } else if (command == F_SETLKW || command == F_OFD_SETLKW) {
        nature->effect = CALL_CHANGES;
        nature->faults = FAULT_NO_LOCKS | FAULT_INTERRUPTED;
    }
}

/* The arguments of some calls say what they do. */
static void look_closer(long number, const uint64_t arguments[CALL_ARGUMENTS],
                        struct call_nature *nature)
{
    switch (number) {
    case SYS_open:
        look_at_open(arguments[1], nature);
        break;
    case SYS_openat:
        look_at_open(arguments[2], nature);
        break;
    case SYS_mmap:
        look_at_mmap(arguments, nature);
        break;
    case SYS_fcntl:
        look_at_fcntl(arguments[1], nature);
        break;
    case SYS_ioctl:
        if (arguments[1] == FICLONE) {
            nature->effect = CALL_CHANGES;
            nature->faults = FAULT_IO | FAULT_NO_SPACE;
        }
        break;
    case SYS_write:
        /* Nobody can be told that nobody can be told. */
        if (arguments[0] == STDERR_FILENO) {
            nature->effect = CALL_HARMLESS;
        }
        /* Written by stdio, in a process without a signal handler. */
        if (arguments[0] == STDOUT_FILENO) {
            nature->faults &= ~(unsigned)FAULT_INTERRUPTED;
        }
        break;
    case SYS_close:
        nature->fails_after_it_did = true;
        break;
    default:
        break;
    }
    if (nature->size_argument < 0 || arguments[nature->size_argument] < 2) {
        nature->faults &= ~(unsigned)FAULT_SHORT;
    }
}

struct call_nature calls_nature(long number, const uint64_t arguments[CALL_ARGUMENTS])
{
    struct call_nature nature = {.name = NULL};
    for (int i = 0; i < TABLE_SIZE; i++) {
        if (table[i].number == number) {
            nature = (struct call_nature){
                .name = table[i].name,
                .effect = table[i].effect,
                .faults = table[i].faults,
                .size_argument = table[i].size_argument == 0 ? -1 : table[i].size_argument};
            look_closer(number, arguments, &nature);
            break;
        }
    }
    return nature;
}

long calls_number(const char *name)
{
    for (int i = 0; i < TABLE_SIZE; i++) {
        if (strcmp(table[i].name, name) == 0) {
            return table[i].number;
        }
    }
    return -1;
}

long calls_harmless(int index)
{
    for (int i = 0; i < TABLE_SIZE; i++) {
        if (table[i].effect == CALL_HARMLESS && !depends(table[i].number) && index-- == 0) {
            return table[i].number;
        }
    }
    return -1;
}

static const struct {
    unsigned fault;
    int errnum;
    const char *name;
} faults[] = {
    {FAULT_IO, EIO, "EIO"},
    {FAULT_NO_SPACE, ENOSPC, "ENOSPC"},
    {FAULT_ACCESS, EACCES, "EACCES"},
    {FAULT_INTERRUPTED, EINTR, "EINTR"},
    {FAULT_SHORT, 0, "short"},
    {FAULT_NO_LOCKS, ENOLCK, "ENOLCK"},
    {FAULT_NO_THREADS, EAGAIN, "EAGAIN"},
    {FAULT_NO_MEMORY, ENOMEM, "ENOMEM"},
};

enum { FAULT_COUNT = sizeof faults / sizeof faults[0] };

int calls_errno(unsigned fault)
{
    for (int i = 0; i < FAULT_COUNT; i++) {
        if (faults[i].fault == fault) {
            return faults[i].errnum;
        }
    }
    return EIO;
}

const char *calls_fault_name(unsigned fault)
{
    for (int i = 0; i < FAULT_COUNT; i++) {
        if (faults[i].fault == fault) {
            return faults[i].name;
        }
    }
    return "?";
}

unsigned calls_fault(const char *name)
{
    for (int i = 0; i < FAULT_COUNT; i++) {
        if (strcmp(faults[i].name, name) == 0) {
            return faults[i].fault;
        }
    }
    return 0;
}
