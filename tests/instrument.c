/* Linked into every program of a build with sanitizers (make SAN=...).
 *
 * What a sanitizer finds goes to a file of this process in the folder SANITIZER_REPORTS or, where a
 * test has emptied the environment, in that of the build: nobody may read a program's standard
 * error, or care for its exit status. The file is opened at the start, because a program that has
 * given up its rights could not do so later, and it stays empty where nothing is found. */

#include <errno.h>
#include <fcntl.h>
#include <sanitizer/common_interface_defs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __SANITIZE_THREAD__
const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return "exitcode=99:second_deadlock_stack=1";
}
#else
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "exitcode=99:detect_stack_use_after_return=1:strict_string_checks=1";
}

const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void)
{
    return "exitcode=99:print_stacktrace=1";
}
#endif

static int is_traced;

/* The leak checker traces its own process, which it cannot where strace already does. */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
    return is_traced;
}

static int find_tracer(void)
{
    char line[256];
    int tracer = 0;
    FILE *status = fopen("/proc/self/status", "re");
    while (status != NULL && fgets(line, sizeof line, status) != NULL) {
        if (strncmp(line, "TracerPid:", 10) == 0) {
            tracer = (int)strtol(line + 10, NULL, 10);
        }
    }
    if (status != NULL) {
        fclose(status);
    }
    return tracer != 0;
}

__attribute__((constructor)) static void open_report(void)
{
    char path[4096];
    const char *folder = getenv("SANITIZER_REPORTS");
    snprintf(path, sizeof path, "%s/%s.%d", folder != NULL ? folder : INSTRUMENTS_FOLDER "/reports",
             program_invocation_short_name, (int)getpid());
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd >= 0) {
        __sanitizer_set_report_fd((void *)(long)fd);
    }
    is_traced = find_tracer();
}
