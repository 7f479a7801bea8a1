/* Counting semaphores.
 *
 * Decides that the value is the word that is waited for, and that a post wakes one waiter if there are any. Neighbours:
 * semaphore.h, futex.h, condition.c (clocks).
 */
#include <errno.h>
#include <semaphore.h>

#include "futex.h"

#define NANOSECONDS 1000000000L

static int fail(int error)
{
    errno = error;
    return -1;
}

int sem_init(sem_t *semaphore, int shared, unsigned int value)
{
    if (shared)
        return fail(ENOSYS);
    if (value > SEM_VALUE_MAX)
        return fail(EINVAL);
    *semaphore = (sem_t){ (int)value, 0 };
    return 0;
}

int sem_destroy(sem_t *semaphore)
{
    (void)semaphore;
    return 0;
}

static int take(sem_t *semaphore)
{
    int value = __atomic_load_n(&semaphore->value, __ATOMIC_RELAXED);
    while (value > 0) {
        if (__atomic_compare_exchange_n(&semaphore->value, &value, value - 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            return 1;
    }
    return 0;
}

int sem_trywait(sem_t *semaphore)
{
    return take(semaphore) ? 0 : fail(EAGAIN);
}

static int wait_until(sem_t *semaphore, const struct timespec *deadline)
{
    long result = 0;
    __atomic_fetch_add(&semaphore->waiters, 1, __ATOMIC_SEQ_CST);
    while (!take(semaphore)) {
        result = futex_wait(&semaphore->value, 0, deadline);
        if (result == -ETIMEDOUT || result == -EINTR)
            break;
        result = 0;
    }
    __atomic_fetch_sub(&semaphore->waiters, 1, __ATOMIC_RELAXED);
    return result == 0 ? 0 : fail((int)-result);
}

int sem_wait(sem_t *semaphore)
{
    return take(semaphore) ? 0 : wait_until(semaphore, NULL);
}

int sem_timedwait(sem_t *semaphore, const struct timespec *deadline)
{
    if (take(semaphore))
        return 0;
    if (deadline->tv_nsec < 0 || deadline->tv_nsec >= NANOSECONDS)
        return fail(EINVAL);
    struct timespec monotonic = __to_monotonic(deadline);
    return wait_until(semaphore, &monotonic);
}

int sem_post(sem_t *semaphore)
{
    if (__atomic_load_n(&semaphore->value, __ATOMIC_RELAXED) == SEM_VALUE_MAX)
        return fail(EOVERFLOW);
    __atomic_fetch_add(&semaphore->value, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&semaphore->waiters, __ATOMIC_SEQ_CST) > 0)
        futex_wake(&semaphore->value, 1);
    return 0;
}

int sem_getvalue(sem_t *semaphore, int *value)
{
    *value = __atomic_load_n(&semaphore->value, __ATOMIC_RELAXED);
    return 0;
}
