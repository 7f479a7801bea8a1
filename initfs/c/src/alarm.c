/* The interval timer, and what stands on it.
 *
 * Decides nothing. Neighbours: time.c; schemes/ptrace/src/timer.rs sends SIGALRM.
 */
#include <sys/time.h>
#include <unistd.h>

#include "call.h"

int setitimer(int which, const struct itimerval *restrict value, struct itimerval *restrict old)
{
    return (int)CALL_3(CALL_SETITIMER, which, value, old);
}

int getitimer(int which, struct itimerval *value)
{
    return (int)CALL_2(CALL_GETITIMER, which, value);
}

unsigned int alarm(unsigned int seconds)
{
    struct itimerval value = { .it_value = { seconds, 0 } }, old;
    if (setitimer(ITIMER_REAL, &value, &old) < 0)
        return 0;
    return (unsigned int)old.it_value.tv_sec + (old.it_value.tv_usec > 0);
}
