#include "tracer.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __x86_64__

enum { THREADS_MAX = 256, FILTER_MAX = 256, MAIN_THREAD = 0, FOREIGN = -1 };

/* What ptrace() adds to SIGTRAP at the end of a system call (PTRACE_O_TRACESYSGOOD). */
enum { CALL_STOP = SIGTRAP | 0x80 };

struct thread {
    pid_t tid;
    int index; /* FOREIGN: of another process */
    int calls;
    bool is_announced; /* the parent has told of it, so it has an index */
    bool waits;        /* it came before that */
    int fails_with;    /* at the end of the call that it is in; 0: nothing */
    bool dies;         /* at the end of the call that it is in */
};

struct trace {
    const struct tracer_plan *plan;
    struct tracer_outcome *outcome;
    pid_t program;
    bool has_begun;   /* the program's entry was reached */
    long entry_bytes; /* what stood there */
    uint64_t entry;
    int next_index;
    struct thread threads[THREADS_MAX];
    int thread_count;
};

static volatile pid_t running;

/* --- in the child -------------------------------------------------------------------------- */

/* Lets the kernel stop at every call that is not harmless. */
static int install_filter(void)
{
    struct sock_filter filter[FILTER_MAX];
    unsigned short length = 0;
    long number;
    filter[length++] =
        (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (int i = 0; (number = calls_harmless(i)) >= 0 && length + 3 < FILTER_MAX; i++) {
        filter[length++] =
            (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1);
        filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    }
    filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
    struct sock_fprog program = {.len = length, .filter = filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
                   prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0
               ? 0
               : -1;
}

static _Noreturn void be_program(const struct tracer_plan *plan, char *const argv[], int output_fd,
                                 int error_fd)
{
    dup2(output_fd, STDOUT_FILENO);
    dup2(error_fd, STDERR_FILENO);
    alarm((unsigned)plan->limit_s);
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 && raise(SIGSTOP) == 0 &&
        install_filter() == 0) {
        execv(argv[0], argv);
    }
    perror(argv[0]);
    _exit(127);
}

/* --- threads ------------------------------------------------------------------------------- */

static struct thread *find_thread(struct trace *trace, pid_t tid)
{
    for (int i = 0; i < trace->thread_count; i++) {
        if (trace->threads[i].tid == tid) {
            return &trace->threads[i];
        }
    }
    if (trace->thread_count == THREADS_MAX) {
        abort();
    }
    struct thread *thread = &trace->threads[trace->thread_count++];
    *thread = (struct thread){.tid = tid, .index = FOREIGN};
    return thread;
}

static void drop_thread(struct trace *trace, pid_t tid)
{
    for (int i = 0; i < trace->thread_count; i++) {
        if (trace->threads[i].tid == tid) {
            trace->threads[i] = trace->threads[--trace->thread_count];
            return;
        }
    }
}

static bool is_of_program(const struct trace *trace, pid_t tid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task/%d", (int)trace->program, (int)tid);
    return access(path, F_OK) == 0;
}

static void resume(pid_t tid, int signal_number)
{
    ptrace(PTRACE_CONT, tid, NULL, (void *)(intptr_t)signal_number);
}

/* PARENT has begun a thread or a process. */
static void announce(struct trace *trace, pid_t parent)
{
    unsigned long message = 0;
    ptrace(PTRACE_GETEVENTMSG, parent, NULL, &message);
    struct thread *thread = find_thread(trace, (pid_t)message);
    thread->is_announced = true;
    if (is_of_program(trace, thread->tid)) {
        thread->index = trace->next_index++;
    }
    if (thread->waits) {
        thread->waits = false;
        resume(thread->tid, 0);
    }
}

/* --- the program's entry ------------------------------------------------------------------- */

static uint64_t find_entry(pid_t pid)
{
    char path[64];
    Elf64_auxv_t value;
    uint64_t entry = 0;
    snprintf(path, sizeof path, "/proc/%d/auxv", (int)pid);
    FILE *vector = fopen(path, "re");
    while (vector != NULL && fread(&value, sizeof value, 1, vector) == 1) {
        if (value.a_type == AT_ENTRY) {
            entry = value.a_un.a_val;
        }
    }
    if (vector != NULL) {
        fclose(vector);
    }
    return entry;
}

/* A breakpoint at the entry: what comes before is the dynamic linker. */
static void watch_entry(struct trace *trace)
{
    enum { BREAKPOINT = 0xCC };
    trace->entry = find_entry(trace->program);
    trace->entry_bytes = ptrace(PTRACE_PEEKTEXT, trace->program, trace->entry, NULL);
    ptrace(PTRACE_POKETEXT, trace->program, trace->entry,
           (trace->entry_bytes & ~0xFFL) | BREAKPOINT);
}

static void begin(struct trace *trace)
{
    struct user_regs_struct registers;
    ptrace(PTRACE_POKETEXT, trace->program, trace->entry, trace->entry_bytes);
    ptrace(PTRACE_GETREGS, trace->program, NULL, &registers);
    registers.rip = trace->entry;
    ptrace(PTRACE_SETREGS, trace->program, NULL, &registers);
    trace->has_begun = true;
    trace->next_index = MAIN_THREAD + 1;
}

/* --- calls --------------------------------------------------------------------------------- */

static void record(struct tracer_outcome *outcome, const struct tracer_call *call)
{
    if ((outcome->count & (outcome->count - 1)) == 0) {
        size_t room = outcome->count == 0 ? 1 : 2 * outcome->count;
        struct tracer_call *grown = reallocarray(outcome->calls, room, sizeof *grown);
        if (grown == NULL) {
            abort();
        }
        outcome->calls = grown;
    }
    outcome->calls[outcome->count++] = *call;
}

static unsigned long long *size_register(struct user_regs_struct *registers, int argument)
{
    return argument == 2 ? &registers->rdx : argument == 3 ? &registers->r10 : &registers->r8;
}

/* Lets the call fail that THREAD is about to make; false if it is to be seen to its end first. */
static bool let_fail(const struct tracer_plan *plan, struct thread *thread,
                     const struct call_nature *nature, struct user_regs_struct *registers)
{
    if (nature->fails_after_it_did) {
        thread->fails_with = calls_errno(plan->fault);
        return false;
    }
    if (plan->fault == FAULT_SHORT) {
        *size_register(registers, nature->size_argument) /= 2;
    } else {
        registers->orig_rax = (unsigned long long)-1;
        registers->rax = (unsigned long long)-calls_errno(plan->fault);
    }
    ptrace(PTRACE_SETREGS, thread->tid, NULL, registers);
    return true;
}

static bool is_meant(const struct tracer_plan *plan, const struct tracer_call *call)
{
    if (plan->every != 0) {
        return call->call == plan->every;
    }
    return call->thread == plan->thread && call->number == plan->number;
}

/* Does to this call what is planned; false if its end is to be waited for. */
static bool apply(struct trace *trace, struct thread *thread, const struct tracer_call *call,
                  struct user_regs_struct *registers)
{
    const struct tracer_plan *plan = trace->plan;
    if (plan->action == TRACER_COUNT) {
        record(trace->outcome, call);
        return true;
    }
    if (!is_meant(plan, call)) {
        return true;
    }
    trace->outcome->hit = *call;
    switch (plan->action) {
    case TRACER_KILL_BEFORE:
        kill(trace->program, SIGKILL);
        return true;
    case TRACER_KILL_AFTER:
        thread->dies = true;
        return false;
    default:
        return let_fail(plan, thread, &call->nature, registers);
    }
}

static void on_call(struct trace *trace, struct thread *thread)
{
    struct user_regs_struct registers;
    bool goes_on = true;
    ptrace(PTRACE_GETREGS, thread->tid, NULL, &registers);
    uint64_t arguments[CALL_ARGUMENTS] = {registers.rdi, registers.rsi, registers.rdx,
                                          registers.r10, registers.r8,  registers.r9};
    struct tracer_call call = {.thread = thread->index,
                               .call = (long)registers.orig_rax,
                               .nature = calls_nature((long)registers.orig_rax, arguments),
                               .first_argument = arguments[0]};
    if (call.nature.name == NULL) {
        trace->outcome->unknown = call.call;
    } else if (call.nature.effect != CALL_HARMLESS) {
        call.number = thread->calls++;
        goes_on = apply(trace, thread, &call, &registers);
    }
    ptrace(goes_on ? PTRACE_CONT : PTRACE_SYSCALL, thread->tid, NULL, NULL);
}

static void on_end_of_call(const struct trace *trace, struct thread *thread)
{
    if (thread->dies) {
        kill(trace->program, SIGKILL);
    }
    if (thread->fails_with != 0) {
        struct user_regs_struct registers;
        ptrace(PTRACE_GETREGS, thread->tid, NULL, &registers);
        registers.rax = (unsigned long long)-thread->fails_with;
        ptrace(PTRACE_SETREGS, thread->tid, NULL, &registers);
        thread->fails_with = 0;
    }
    resume(thread->tid, 0);
}

/* --- stops --------------------------------------------------------------------------------- */

static void on_stop(struct trace *trace, struct thread *thread, int status)
{
    int event = status >> 16;
    int signal_number = WSTOPSIG(status);
    if (event == PTRACE_EVENT_SECCOMP && trace->has_begun && thread->index != FOREIGN) {
        on_call(trace, thread);
        return;
    }
    if (event == PTRACE_EVENT_CLONE || event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK) {
        announce(trace, thread->tid);
    } else if (event == PTRACE_EVENT_EXEC && thread->tid == trace->program) {
        watch_entry(trace);
    } else if (event == 0 && signal_number == CALL_STOP) {
        on_end_of_call(trace, thread);
        return;
    } else if (event == 0 && signal_number == SIGTRAP && thread->tid == trace->program &&
               !trace->has_begun) {
        begin(trace);
    } else if (event == 0 && signal_number == SIGSTOP && !thread->is_announced) {
        thread->waits = true;
        return;
    } else if (event == 0 && signal_number != SIGSTOP) {
        resume(thread->tid, signal_number);
        return;
    }
    resume(thread->tid, 0);
}

/* Until nothing of it is left. */
static void follow(struct trace *trace)
{
    int status;
    pid_t tid;
    while ((tid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
        if (tid > 0 && WIFSTOPPED(status)) {
            on_stop(trace, find_thread(trace, tid), status);
        } else if (tid > 0) {
            if (tid == trace->program) {
                trace->outcome->status = status;
            }
            drop_thread(trace, tid);
        }
    }
}

int tracer_run(const struct tracer_plan *plan, char *const argv[], int output_fd, int error_fd,
               struct tracer_outcome *outcome)
{
    const long options = PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACESYSGOOD |
                         PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                         PTRACE_O_TRACEEXEC;
    struct trace trace = {.plan = plan, .outcome = outcome};
    int status;
    *outcome = (struct tracer_outcome){.unknown = -1};
    trace.program = fork();
    if (trace.program == 0) {
        be_program(plan, argv, output_fd, error_fd);
    }
    if (trace.program < 0 || waitpid(trace.program, &status, 0) < 0 || !WIFSTOPPED(status) ||
        ptrace(PTRACE_SETOPTIONS, trace.program, NULL, options) != 0) {
        return -1;
    }
    struct thread *main_thread = find_thread(&trace, trace.program);
    main_thread->index = MAIN_THREAD;
    main_thread->is_announced = true;
    running = trace.program;
    resume(trace.program, 0);
    follow(&trace);
    running = 0;
    return 0;
}

#else

int tracer_run(const struct tracer_plan *plan, char *const argv[], int output_fd, int error_fd,
               struct tracer_outcome *outcome)
{
    (void)plan, (void)argv, (void)output_fd, (void)error_fd, (void)outcome;
    errno = ENOSYS;
    return -1;
}

static pid_t running;

#endif

void tracer_pass_on(int signal_number)
{
    if (running > 0) {
        kill(running, signal_number);
    }
}
