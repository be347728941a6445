/* A library to preload: the clock says CLOCK_MS, in milliseconds since 1970, and stands still. What
 * measures durations goes on. */
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static long long wanted_ms(void)
{
    const char *text = getenv("CLOCK_MS");
    return text == NULL ? 0 : strtoll(text, NULL, 10);
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
    long long ms = wanted_ms();
    if (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE) {
        return ((int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime"))(clock,
                                                                                          time);
    }
    *time = (struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    return 0;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone)
{
    long long ms = wanted_ms();
    (void)zone;
    *time = (struct timeval){.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
    return 0;
}

time_t time(time_t *ret_seconds)
{
    time_t seconds = wanted_ms() / 1000;
    if (ret_seconds != NULL) {
        *ret_seconds = seconds;
    }
    return seconds;
}
