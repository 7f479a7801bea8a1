/* Clocks and sleeping.
 *
 * Decides that clock() counts time since boot, as no call tells a process's own. Neighbours: newlib turns seconds into dates,
 * alarm.c has the interval timer; kernel/core/src/clock.rs answers.
 */
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "call.h"

/* A kernel time has four bytes of nanoseconds and four that are zero, which is C's long. */
_Static_assert(sizeof(struct timespec) == 16, "the kernel's TimeSpec");

int clock_gettime(clockid_t clock, struct timespec *time)
{
    return (int)CALL_2(CALL_CLOCK_GETTIME, clock, time);
}

int clock_getres(clockid_t clock, struct timespec *resolution)
{
    struct timespec now;
    if (clock_gettime(clock, &now) < 0)
        return -1;
    if (resolution != NULL)
        *resolution = (struct timespec){ 0, 1 };
    return 0;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone)
{
    (void)zone;
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) < 0)
        return -1;
    *time = (struct timeval){ now.tv_sec, now.tv_nsec / 1000 };
    return 0;
}

clock_t clock(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) < 0)
        return (clock_t)-1;
    return (clock_t)now.tv_sec * CLOCKS_PER_SEC + now.tv_nsec / 1000;
}

int nanosleep(const struct timespec *time, struct timespec *left)
{
    return (int)CALL_2(CALL_NANOSLEEP, time, left);
}

unsigned int sleep(unsigned int seconds)
{
    struct timespec left = { seconds, 0 };
    return nanosleep(&left, &left) < 0 ? (unsigned int)left.tv_sec + (left.tv_nsec > 0) : 0;
}

int usleep(useconds_t microseconds)
{
    struct timespec time = { microseconds / 1000000, (long)(microseconds % 1000000) * 1000 };
    return nanosleep(&time, NULL);
}
