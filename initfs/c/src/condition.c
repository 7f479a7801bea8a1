/* Conditions that threads wait for.
 *
 * Decides that a condition is a number that rises with every signal, so that one between unlocking and sleeping is not
 * missed; waits may end without a signal. Neighbours: futex.h, mutex.c.
 */
#include <errno.h>
#include <pthread.h>

#include "futex.h"

#define NANOSECONDS 1000000000L

int pthread_condattr_init(pthread_condattr_t *attributes)
{
    attributes->clock = CLOCK_REALTIME;
    return 0;
}

int pthread_condattr_destroy(pthread_condattr_t *attributes)
{
    (void)attributes;
    return 0;
}

int pthread_condattr_setclock(pthread_condattr_t *attributes, clockid_t clock)
{
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
        return EINVAL;
    attributes->clock = (int)clock;
    return 0;
}

int pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes)
{
    *condition = (pthread_cond_t){ 0, attributes == NULL ? CLOCK_REALTIME : attributes->clock };
    return 0;
}

int pthread_cond_destroy(pthread_cond_t *condition)
{
    (void)condition;
    return 0;
}

static int wait_until(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *deadline)
{
    int seen = __atomic_load_n(&condition->sequence, __ATOMIC_RELAXED);
    int depth = mutex->depth;
    mutex->depth = 1;
    int error = pthread_mutex_unlock(mutex);
    if (error != 0) {
        mutex->depth = depth;
        return error;
    }
    long result = futex_wait(&condition->sequence, seen, deadline);
    pthread_mutex_lock(mutex);
    mutex->depth = depth;
    return result == -ETIMEDOUT ? ETIMEDOUT : 0;
}

int pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
    return wait_until(condition, mutex, NULL);
}

/* Futexes know the monotonic clock only: the distance between the clocks of now carries a deadline over. */
struct timespec __to_monotonic(const struct timespec *deadline)
{
    struct timespec wall, monotonic;
    clock_gettime(CLOCK_REALTIME, &wall);
    clock_gettime(CLOCK_MONOTONIC, &monotonic);
    long nanoseconds = deadline->tv_nsec - wall.tv_nsec + monotonic.tv_nsec;
    long seconds = deadline->tv_sec - wall.tv_sec + monotonic.tv_sec;
    seconds += nanoseconds / NANOSECONDS - (nanoseconds % NANOSECONDS < 0);
    nanoseconds = (nanoseconds % NANOSECONDS + NANOSECONDS) % NANOSECONDS;
    return seconds < 0 ? (struct timespec){ 0, 0 } : (struct timespec){ seconds, nanoseconds };
}

int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *deadline)
{
    if (deadline->tv_nsec < 0 || deadline->tv_nsec >= NANOSECONDS)
        return EINVAL;
    struct timespec monotonic = condition->clock == CLOCK_MONOTONIC ? *deadline : __to_monotonic(deadline);
    return wait_until(condition, mutex, &monotonic);
}

int pthread_cond_signal(pthread_cond_t *condition)
{
    __atomic_fetch_add(&condition->sequence, 1, __ATOMIC_RELAXED);
    futex_wake(&condition->sequence, 1);
    return 0;
}

int pthread_cond_broadcast(pthread_cond_t *condition)
{
    __atomic_fetch_add(&condition->sequence, 1, __ATOMIC_RELAXED);
    futex_wake(&condition->sequence, WAKE_ALL);
    return 0;
}
