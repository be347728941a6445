/* Runs one program again and again, each time with another fault, and looks at what became of it:
 *
 *   sweep OPTION... -- kill|refuse|memory PROGRAM ARGUMENT...
 *
 *   --template DIR   what is there before each run: data/ledger.db and backups/
 *   --home DIR       where to run
 *   --tools DIR      where content_hash is
 *   --removes FILE   a backup that the program may remove
 *   --may-stay       where its manifest cannot be read
 *   --changes FILE   a backup whose manifest it may change
 *   --next FILE      the next run restores this backup; without it, it takes one
 *   --no-next        the program changes nothing: there is no next run
 *   --shim FILE      the library that refuses memory
 *   --jobs N         so many at a time, each in a folder of its own
 *   --stride N       of every N faults only the first
 *   --only FAULT     only this one, as a complaint names it
 *
 * kill: killed before and after each system call that changes or locks something. refuse: each
 * system call that can fail fails, in each way that it can. memory: each request for memory is
 * refused, alone and with all that follow.
 *
 * After each run the live database is the old or the new one, whole, and so is every listed backup;
 * an exit status of 0 means that all is done, any other that nothing is; and the next run works and
 * leaves nothing unfinished behind. Prints one line that counts; complaints go to standard error.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "tracer.h"
#include "world.h"

enum { RUN_LIMIT_S = 60, COMPLAINTS_MAX = 20, TEXT_MAX = 64 << 10 };

static struct {
    const char *mode, *template, *removes, *changes, *next, *only, *shim;
    bool has_no_next, may_stay;
    long stride, jobs;
    char **program;
    struct world world;
} options = {.stride = 1, .jobs = 1};

/* What the undisturbed run began from and came to. */
static struct world_state before, after;
static char expected_answer[TEXT_MAX];
static struct tracer_outcome calls;

/* The run that is looked at. */
static struct {
    char fault[128];
    int output_fd, error_fd;
    char answer[TEXT_MAX], message[TEXT_MAX];
    int status;
    unsigned kind;    /* which fault; 0: killed, or memory refused */
    const char *call; /* which call it was; "" with memory */
    bool is_answer;   /* it was the writing of the answer */
} run = {.call = ""};

/* Of all jobs together. */
static struct {
    _Atomic long runs, kills, done, refused, missed, complaints;
} * counts;

/* Which one this is. */
static long job;

static _Noreturn void give_up(const char *what)
{
    fprintf(stderr, "sweep: %s: %s\n", what, strerror(errno));
    exit(EX_OSERR);
}

static void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void complain(const char *format, ...)
{
    va_list arguments;
    char text[512];
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (counts->complaints++ < COMPLAINTS_MAX) {
        fprintf(stderr, "--only '%s': %s\n", run.fault, text);
    }
}

/* --- running ------------------------------------------------------------------------------- */

static void read_back(int fd, char out[TEXT_MAX])
{
    ssize_t got = pread(fd, out, TEXT_MAX - 1, 0);
    out[got < 0 ? 0 : got] = '\0';
}

static void empty(int fd)
{
    if (ftruncate(fd, 0) != 0 || lseek(fd, 0, SEEK_SET) != 0) {
        give_up("output");
    }
}

static void run_traced(const struct tracer_plan *plan, struct tracer_outcome *outcome)
{
    empty(run.output_fd);
    empty(run.error_fd);
    if (tracer_run(plan, options.program, run.output_fd, run.error_fd, outcome) != 0) {
        give_up("tracing");
    }
    if (outcome->unknown >= 0) {
        fprintf(stderr, "sweep: system call %ld is not in calls.c\n", outcome->unknown);
        exit(EX_SOFTWARE);
    }
    run.status = outcome->status;
    read_back(run.output_fd, run.answer);
    read_back(run.error_fd, run.message);
}

/* Without a tracer; MEMORY is what the library that refuses memory is told, or NULL. */
static void run_alone(char *const argv[], const char *memory)
{
    empty(run.output_fd);
    empty(run.error_fd);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(run.output_fd, STDOUT_FILENO);
        dup2(run.error_fd, STDERR_FILENO);
        alarm(RUN_LIMIT_S);
        if (memory != NULL) {
            setenv("LD_PRELOAD", options.shim, 1);
            setenv("FAULT_MEMORY", memory, 1);
        }
        execv(argv[0], argv);
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &run.status, 0) != pid) {
        give_up(argv[0]);
    }
    read_back(run.output_fd, run.answer);
    read_back(run.error_fd, run.message);
}

/* --- judging ------------------------------------------------------------------------------- */

static bool exited_with(int status)
{
    return WIFEXITED(run.status) && WEXITSTATUS(run.status) == status;
}

static bool is_subject(const char *option, const char *filename)
{
    return option != NULL && strcmp(option, filename) == 0;
}

/* Whether two manifests say the same, but for the time of the last check. */
static bool are_same(const struct backup *left, const struct backup *right)
{
    return strcmp(left->label, right->label) == 0 && left->pinned == right->pinned &&
           left->kind == right->kind && left->created_ms == right->created_ms &&
           strcmp(left->sha256, right->sha256) == 0 &&
           (left->verified_ms == 0) == (right->verified_ms == 0);
}

/* Those that were there are there, with what they were, but for what the program is told to do. */
static void judge_old_backups(const struct world_state *now, bool is_done, bool is_undone)
{
    for (size_t i = 0; i < before.count; i++) {
        const struct world_backup *old = &before.backups[i];
        const char *name = old->known.filename;
        const struct world_backup *found = world_find(now, name);
        const struct world_backup *meant = world_find(&after, name);
        if (found == NULL) {
            if (!is_subject(options.removes, name)) {
                complain("%s is gone", name);
            } else if (is_undone) {
                complain("%s is gone, and the answer is an error", name);
            }
            continue;
        }
        if (strcmp(found->sha256, old->sha256) != 0) {
            complain("%s has other bytes", name);
        }
        if (is_done && meant == NULL && !options.may_stay) {
            complain("%s is still there, and the answer is that all is done", name);
        }
        bool is_old = are_same(&found->known, &old->known);
        bool is_new = meant != NULL && is_subject(options.changes, name) &&
                      are_same(&found->known, &meant->known);
        if (!is_old && !is_new) {
            complain("the manifest of %s says something else", name);
        } else if ((is_done && !is_new && is_subject(options.changes, name)) ||
                   (is_undone && !is_old)) {
            complain("the manifest of %s is not what the answer says", name);
        }
    }
}

/* The first backup that was not there in the beginning, from INDEX on. */
static const struct world_backup *next_new(const struct world_state *state, size_t *index)
{
    while (*index < state->count) {
        const struct world_backup *backup = &state->backups[(*index)++];
        if (world_find(&before, backup->known.filename) == NULL) {
            return backup;
        }
    }
    return NULL;
}

static int count_new(const struct world_state *state)
{
    int count = 0;
    for (size_t index = 0; next_new(state, &index) != NULL;) {
        count++;
    }
    return count;
}

/* New ones have what the undisturbed run's have, or (made by the next run) the live database's. */
static void judge_new_backups(const struct world_state *now)
{
    const struct world_backup *backup;
    for (size_t index = 0; (backup = next_new(now, &index)) != NULL;) {
        const struct world_backup *meant;
        bool good =
            strcmp(backup->content, before.live) == 0 || strcmp(backup->content, after.live) == 0;
        for (size_t at = 0; !good && (meant = next_new(&after, &at)) != NULL;) {
            good = strcmp(backup->content, meant->content) == 0;
        }
        if (!good) {
            complain("%s has something else in it", backup->known.filename);
        }
    }
}

static void judge_live(const struct world_state *now, bool is_done, bool is_undone)
{
    bool is_old = strcmp(now->live, before.live) == 0;
    bool is_new = strcmp(now->live, after.live) == 0;
    if (!is_old && !is_new) {
        complain("the live database is neither the old nor the new one: %s", now->live);
    } else if (is_done && !is_new) {
        complain("the live database is the old one, and the answer is that all is done");
    } else if (is_undone && !is_old) {
        complain("the live database is the new one, and the answer is an error: %s", run.message);
    }
    /* What cannot be backed up is kept. */
    if (!is_old && strncmp(before.live, "damaged", 7) == 0 &&
        strstr(now->kept, before.live) == NULL) {
        complain("the damaged database is gone and was not kept");
    }
}

static void judge_state(const struct world_state *now, bool is_done, bool is_undone)
{
    if (now->problem[0] != '\0') {
        complain("%s", now->problem);
    }
    judge_live(now, is_done, is_undone);
    judge_old_backups(now, is_done, is_undone);
    judge_new_backups(now);
}

/* --- answers ------------------------------------------------------------------------------- */

static const char *name_of_program(void)
{
    const char *slash = strrchr(options.program[0], '/');
    return slash == NULL ? options.program[0] : slash + 1;
}

static void judge_message(bool is_warning)
{
    const char *name = name_of_program();
    size_t length = strlen(run.message);
    bool good = strncmp(run.message, name, strlen(name)) == 0 &&
                strncmp(run.message + strlen(name), ": ", 2) == 0 && length > 2 &&
                strcmp(run.message + length - 2, ".\n") == 0 &&
                strchr(run.message, '\n') == run.message + length - 1 &&
                (strstr(run.message, ": warning: ") != NULL) == is_warning;
    if (!good) {
        complain("exit status %d, and this is not one sentence: \"%s\"", WEXITSTATUS(run.status),
                 run.message);
    }
}

/* The exit status that says what happened. */
static bool is_right_status(int status)
{
    switch (run.kind) {
    case FAULT_IO:
        /* What SQLite cannot open for writing, for whatever reason, it opens for reading. */
        return status == EX_IOERR ||
               (status == EX_CANTCREAT && strstr(run.message, "readonly database") != NULL);
    case FAULT_NO_SPACE:
        /* Standard output is a file here: an answer that finds no room there is EX_IOERR. Why a
         * file could not be made, SQLite does not tell. */
        return status == EX_CANTCREAT || (run.is_answer && status == EX_IOERR) ||
               (status == EX_IOERR && strcmp(run.call, "openat") == 0);
    case FAULT_ACCESS:
        return status == EX_CANTCREAT || status == EX_IOERR;
    case FAULT_NO_THREADS:
        /* A thread can be done without, and the process of the check cannot. */
        return status == EX_TEMPFAIL;
    case FAULT_NO_LOCKS:
        return status == EX_IOERR || status == EX_TEMPFAIL;
    case FAULT_NO_MEMORY:
        return status == EX_UNAVAILABLE || status == EX_IOERR;
    case 0:
        return status == EX_UNAVAILABLE;
    default:
        /* An interruption, half a write, no thread: all that is a reason to go on. */
        return false;
    }
}

/* A program that only tells gives the whole answer, or none. */
static void judge_answer(void)
{
    cJSON *answer = cJSON_Parse(run.answer);
    if (answer == NULL) {
        complain("the answer is no JSON: \"%.200s\"", run.answer);
    } else if (options.has_no_next && strcmp(run.answer, expected_answer) != 0) {
        complain("the answer is not the one of an undisturbed run: %.200s", run.answer);
    }
    cJSON_Delete(answer);
}

/* Whether the program itself says that only its answer, or the line in the audit log, is missing.
 */
static bool is_answer_refused(void)
{
    return run.is_answer || strstr(run.message, "for the answer") != NULL ||
           strstr(run.message, "It was done, but") != NULL;
}

/* Whether an error may come when all is done: there is no more to do but to answer, or to unlock;
 * or a sync failed, and nobody can say what is on the disk then. */
static bool may_be_done(void)
{
    return is_answer_refused() || run.kind == FAULT_NO_LOCKS || strcmp(run.call, "fsync") == 0 ||
           strcmp(run.call, "fdatasync") == 0;
}

/* What was made, when the answer is an error, must be a safety backup. */
static void judge_no_new(const struct world_state *now)
{
    const struct world_backup *backup;
    for (size_t index = 0; (backup = next_new(now, &index)) != NULL;) {
        if (backup->known.kind != BACKUP_PRE_RESTORE) {
            complain("%s was made, and the answer is an error", backup->known.filename);
        }
    }
}

/* backup-verify's finding that a backup cannot be read, and health's that something is failing. */
static bool is_finding(void)
{
    return ((run.kind == FAULT_IO || run.kind == FAULT_ACCESS) && exited_with(EX_DATAERR) &&
            strstr(run.answer, "\"damaged\"") != NULL) ||
           (exited_with(EX_UNAVAILABLE) && strstr(run.answer, "\"failing\"") != NULL);
}

static void judge_end(void)
{
    struct world_state now;
    world_look(&options.world, &now);
    bool is_done = exited_with(EX_OK);
    bool has_warning = is_done && run.message[0] != '\0';
    if (!WIFEXITED(run.status)) {
        complain("it was ended by signal %d: %s", WTERMSIG(run.status), run.message);
    } else if (is_done) {
        counts->done++;
        judge_answer();
        /* What is damaged is kept aside instead. */
        if (!has_warning && count_new(&now) != count_new(&after) &&
            strstr(run.answer, ".damaged-") == NULL) {
            complain("all is done, but %d backups were made, not %d", count_new(&now),
                     count_new(&after));
        }
        if (has_warning) {
            judge_message(true);
        }
    } else if (is_finding()) {
        counts->done++;
    } else {
        counts->refused++;
        judge_message(false);
        if (!is_answer_refused()) {
            judge_no_new(&now);
        }
        if (!is_right_status(WEXITSTATUS(run.status))) {
            complain("exit status %d: %s", WEXITSTATUS(run.status), run.message);
        }
    }
    judge_state(&now, is_done && !has_warning, !is_done && !may_be_done());
    world_forget(&now);
}

static void judge_killed(void)
{
    struct world_state now;
    world_look(&options.world, &now);
    judge_state(&now, false, false);
    world_forget(&now);
}

/* --- the next run -------------------------------------------------------------------------- */

/* PROGRAM of the same folder. */
static void name_program(const char *name, char out[PATH_MAX])
{
    int length = (int)(strlen(options.program[0]) - strlen(name_of_program()));
    snprintf(out, PATH_MAX, "%.*s%s", length, options.program[0], name);
}

static void run_next(void)
{
    char program[PATH_MAX];
    char kind[] = "--kind", scheduled[] = "scheduled", yes[] = "--yes";
    if (options.next != NULL) {
        char name[FILENAME_SIZE];
        name_program("backup-restore", program);
        snprintf(name, sizeof name, "%s", options.next);
        char *const argv[] = {program, name, yes, NULL};
        run_alone(argv, NULL);
    } else {
        name_program("backup-create", program);
        char *const argv[] = {program, kind, scheduled, NULL};
        run_alone(argv, NULL);
    }
}

static void judge_next(void)
{
    struct world_state now;
    char litter[256];
    run_next();
    if (!exited_with(EX_OK)) {
        complain("the next run: exit status %d: %s", WEXITSTATUS(run.status), run.message);
    }
    world_look(&options.world, &now);
    judge_state(&now, false, false);
    if (options.next != NULL && strcmp(now.live, after.live) != 0) {
        complain("the next run has restored nothing");
    }
    world_find_litter(&options.world, litter, sizeof litter);
    if (litter[0] != '\0') {
        complain("after the next run there is still %s", litter);
    }
    world_forget(&now);
}

/* --- sweeping ------------------------------------------------------------------------------ */

/* Names the next fault; false if it is left out. */
static bool take(const char *format, ...) __attribute__((format(printf, 1, 2)));

static bool take(const char *format, ...)
{
    static long number;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(run.fault, sizeof run.fault, format, arguments);
    va_end(arguments);
    if (options.only != NULL) {
        return strcmp(options.only, run.fault) == 0;
    }
    long mine = number++;
    return mine % options.stride == 0 && mine / options.stride % options.jobs == job;
}

static void try(const struct tracer_plan *plan, const struct tracer_call *call)
{
    struct tracer_outcome outcome;
    world_reset(&options.world, options.template);
    run_traced(plan, &outcome);
    counts->runs++;
    if (outcome.hit.nature.name == NULL || outcome.hit.call != call->call) {
        counts->missed++;
    }
    if (WIFSIGNALED(outcome.status) && WTERMSIG(outcome.status) == SIGKILL) {
        counts->kills++;
        judge_killed();
    } else {
        judge_end();
    }
    if (!options.has_no_next) {
        judge_next();
    }
}

static void sweep_kills(void)
{
    for (size_t i = 0; i < calls.count; i++) {
        const struct tracer_call *call = &calls.calls[i];
        struct tracer_plan plan = {
            .thread = call->thread, .number = call->number, .limit_s = RUN_LIMIT_S};
        if (call->nature.effect != CALL_CHANGES) {
            continue;
        }
        plan.action = TRACER_KILL_BEFORE;
        if (take("%d:%d before %s", call->thread, call->number, call->nature.name)) {
            try(&plan, call);
        }
        plan.action = TRACER_KILL_AFTER;
        if (take("%d:%d after %s", call->thread, call->number, call->nature.name)) {
            try(&plan, call);
        }
    }
}

static void sweep_refusals(void)
{
    for (size_t i = 0; i < calls.count; i++) {
        const struct tracer_call *call = &calls.calls[i];
        struct tracer_plan plan = {.action = TRACER_FAULT,
                                   .thread = call->thread,
                                   .number = call->number,
                                   .limit_s = RUN_LIMIT_S};
        run.call = call->nature.name;
        run.is_answer = strcmp(run.call, "write") == 0 && call->first_argument == STDOUT_FILENO;
        for (plan.fault = 1; plan.fault < FAULT_END; plan.fault <<= 1) {
            run.kind = plan.fault;
            if ((call->nature.faults & plan.fault) &&
                take("%d:%d %s of %s", call->thread, call->number, calls_fault_name(plan.fault),
                     call->nature.name)) {
                try(&plan, call);
            }
        }
    }
}

static long requests_for_memory;

static long count_memory(void)
{
    char path[PATH_MAX];
    long count = 0;
    snprintf(path, sizeof path, "%s/requests", options.world.folder);
    setenv("FAULT_MEMORY_COUNT", path, 1);
    world_reset(&options.world, options.template);
    run_alone(options.program, "0");
    unsetenv("FAULT_MEMORY_COUNT");
    FILE *file = fopen(path, "re");
    if (file == NULL || fscanf(file, "%ld", &count) != 1) {
        give_up(path);
    }
    fclose(file);
    return count;
}

static void try_memory(const char *which)
{
    world_reset(&options.world, options.template);
    run_alone(options.program, which);
    counts->runs++;
    judge_end();
    if (!options.has_no_next) {
        judge_next();
    }
}

static void sweep_memory(void)
{
    requests_for_memory = count_memory();
    for (long i = 1; i <= requests_for_memory; i++) {
        char which[32];
        if (take("%ld", i)) {
            snprintf(which, sizeof which, "%ld", i);
            try_memory(which);
        }
        if (take("%ld+", i)) {
            snprintf(which, sizeof which, "%ld+", i);
            try_memory(which);
        }
    }
}

/* --- all of it ----------------------------------------------------------------------------- */

static void read_options(int argc, char **argv)
{
    static const struct option known[] = {
        {"template", required_argument, NULL, 't'},
        {"home", required_argument, NULL, 'h'},
        {"tools", required_argument, NULL, 'l'},
        {"removes", required_argument, NULL, 'r'},
        {"changes", required_argument, NULL, 'c'},
        {"next", required_argument, NULL, 'n'},
        {"may-stay", no_argument, NULL, 'S'},
        {"no-next", no_argument, NULL, 'N'},
        {"stride", required_argument, NULL, 's'},
        {"jobs", required_argument, NULL, 'j'},
        {"only", required_argument, NULL, 'O'},
        {"shim", required_argument, NULL, 'm'},
        {0},
    };
    int option;
    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (option) {
        case 't':
            options.template = optarg;
            break;
        case 'h':
            snprintf(options.world.folder, sizeof options.world.folder, "%s", optarg);
            break;
        case 'l':
            snprintf(options.world.tools, sizeof options.world.tools, "%s", optarg);
            break;
        case 'm':
            options.shim = optarg;
            break;
        case 'r':
            options.removes = optarg;
            break;
        case 'c':
            options.changes = optarg;
            break;
        case 'n':
            options.next = optarg;
            break;
        case 'S':
            options.may_stay = true;
            break;
        case 'N':
            options.has_no_next = true;
            break;
        case 's':
            options.stride = strtol(optarg, NULL, 10);
            break;
        case 'j':
            options.jobs = strtol(optarg, NULL, 10);
            break;
        case 'O':
            options.only = optarg;
            break;
        default:
            exit(EX_USAGE);
        }
    }
    if (optind + 1 >= argc || options.template == NULL || options.world.folder[0] == '\0' ||
        options.stride < 1 || options.jobs < 1) {
        fprintf(stderr, "usage: sweep OPTION... -- kill|refuse|memory PROGRAM ARGUMENT...\n");
        exit(EX_USAGE);
    }
    options.mode = argv[optind];
    options.program = argv + optind + 1;
}

/* The world of this job: a folder of its own, in which the program's settings are. */
static void enter_world(void)
{
    struct world *world = &options.world;
    char path[PATH_MAX];
    size_t end = strlen(world->folder);
    snprintf(world->folder + end, sizeof world->folder - end, "/%ld", job);
    if (mkdir(world->folder, 0700) != 0 && errno != EEXIST) {
        give_up(world->folder);
    }
    snprintf(path, sizeof path, "%s/data/ledger.db", world->folder);
    setenv("DATABASE_PATH", path, 1);
    snprintf(path, sizeof path, "%s/backups", world->folder);
    setenv("BACKUP_DIR", path, 1);
    run.output_fd = memfd_create("output", MFD_CLOEXEC);
    run.error_fd = memfd_create("error", MFD_CLOEXEC);
    if (run.output_fd < 0 || run.error_fd < 0) {
        give_up("output");
    }
}

static void prepare(void)
{
    int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    counts = mmap(NULL, sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (null_fd < 0 || counts == MAP_FAILED || dup2(null_fd, STDIN_FILENO) < 0) {
        give_up("preparing");
    }
    umask(022);
}

/* The undisturbed run: where it begins, where it ends, and the calls that it makes. */
static void measure(void)
{
    const struct tracer_plan plan = {.action = TRACER_COUNT, .limit_s = RUN_LIMIT_S};
    world_reset(&options.world, options.template);
    world_look(&options.world, &before);
    run_traced(&plan, &calls);
    world_look(&options.world, &after);
    memcpy(expected_answer, run.answer, sizeof expected_answer);
    if (!exited_with(EX_OK) || before.problem[0] != '\0' || after.problem[0] != '\0') {
        fprintf(stderr, "sweep: the undisturbed run: %s%s%s\n", run.message, before.problem,
                after.problem);
        exit(EX_SOFTWARE);
    }
}

static size_t count_changing(void)
{
    size_t count = 0;
    for (size_t i = 0; i < calls.count; i++) {
        count += calls.calls[i].nature.effect == CALL_CHANGES;
    }
    return count;
}

static void print_subject(void)
{
    if (strcmp(options.mode, "kill") == 0) {
        printf("%zu calls that change or lock something: ", count_changing());
    } else if (strcmp(options.mode, "refuse") == 0) {
        printf("%zu calls that can fail: ", calls.count);
    } else {
        printf("%ld requests for memory: ", requests_for_memory);
    }
}

/* One job's part, in a process of its own. */
static _Noreturn void do_part(void)
{
    enter_world();
    measure();
    if (strcmp(options.mode, "kill") == 0) {
        sweep_kills();
    } else if (strcmp(options.mode, "refuse") == 0) {
        sweep_refusals();
    } else {
        sweep_memory();
    }
    if (job == 0) {
        print_subject();
    }
    exit(0);
}

static void print_counts(void)
{
    printf("%ld runs", counts->runs);
    if (strcmp(options.mode, "kill") == 0) {
        printf(", %ld killed", counts->kills);
    } else {
        printf(": %ld did their work all the same, %ld said that they could not", counts->done,
               counts->refused);
    }
    if (options.stride > 1) {
        printf(" (one of %ld)", options.stride);
    }
    if (counts->missed > 0) {
        printf("; %ld did not come to that call", counts->missed);
    }
    printf("\n");
    if (counts->complaints > COMPLAINTS_MAX) {
        fprintf(stderr, "%ld complaints in all\n", counts->complaints);
    }
}

int main(int argc, char **argv)
{
    bool good = true;
    int status;
    read_options(argc, argv);
    prepare();
    for (job = 0; job < options.jobs; job++) {
        pid_t pid = fork();
        if (pid == 0) {
            do_part();
        }
        if (pid < 0) {
            give_up("fork");
        }
    }
    while (wait(&status) > 0) {
        good = good && status == 0;
    }
    print_counts();
    return good && counts->complaints == 0 && counts->runs > 0 ? 0 : 1;
}
