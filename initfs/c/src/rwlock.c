/* Locks for many readers or one writer, and barriers.
 *
 * Decides that a lock's state is guarded by a word of its own, that whoever cannot go on sleeps on a number that rises when the
 * lock becomes free, and that readers do not wait for writers that wait, so that a thread may read twice. Neighbours: futex.h,
 * mutex.c, condition.c.
 */
#include <errno.h>
#include <pthread.h>

#include "futex.h"

/* State of a lock that a writer has; else the number of readers. */
#define WRITING (-1)

int pthread_rwlock_init(pthread_rwlock_t *lock, const pthread_rwlockattr_t *attributes)
{
    (void)attributes;
    *lock = (pthread_rwlock_t)PTHREAD_RWLOCK_INITIALIZER;
    return 0;
}

int pthread_rwlock_destroy(pthread_rwlock_t *lock)
{
    return __atomic_load_n(&lock->state, __ATOMIC_RELAXED) == 0 ? 0 : EBUSY;
}

/* Goes from the one state to the next if that is allowed now. */
static int enter(pthread_rwlock_t *lock, int writes)
{
    if (lock->state == WRITING || (writes && lock->state != 0))
        return 0;
    lock->state = writes ? WRITING : lock->state + 1;
    if (writes)
        lock->writer = pthread_self();
    return 1;
}

static int try_enter(pthread_rwlock_t *lock, int writes)
{
    word_lock(&lock->guard);
    int entered = enter(lock, writes);
    word_unlock(&lock->guard);
    return entered ? 0 : EBUSY;
}

static int wait_to_enter(pthread_rwlock_t *lock, int writes)
{
    word_lock(&lock->guard);
    if (lock->state == WRITING && lock->writer == pthread_self()) {
        word_unlock(&lock->guard);
        return EDEADLK;
    }
    while (!enter(lock, writes)) {
        int seen = lock->sequence;
        word_unlock(&lock->guard);
        futex_wait(&lock->sequence, seen, NULL);
        word_lock(&lock->guard);
    }
    word_unlock(&lock->guard);
    return 0;
}

int pthread_rwlock_rdlock(pthread_rwlock_t *lock)
{
    return wait_to_enter(lock, 0);
}

int pthread_rwlock_wrlock(pthread_rwlock_t *lock)
{
    return wait_to_enter(lock, 1);
}

int pthread_rwlock_tryrdlock(pthread_rwlock_t *lock)
{
    return try_enter(lock, 0);
}

int pthread_rwlock_trywrlock(pthread_rwlock_t *lock)
{
    return try_enter(lock, 1);
}

int pthread_rwlock_unlock(pthread_rwlock_t *lock)
{
    word_lock(&lock->guard);
    if (lock->state == 0 || (lock->state == WRITING && lock->writer != pthread_self())) {
        word_unlock(&lock->guard);
        return EPERM;
    }
    lock->state = lock->state == WRITING ? 0 : lock->state - 1;
    int free = lock->state == 0;
    if (free)
        __atomic_fetch_add(&lock->sequence, 1, __ATOMIC_RELAXED);
    word_unlock(&lock->guard);
    if (free)
        futex_wake(&lock->sequence, WAKE_ALL);
    return 0;
}

int pthread_barrier_init(pthread_barrier_t *barrier, const pthread_barrierattr_t *attributes, unsigned int count)
{
    (void)attributes;
    if (count == 0)
        return EINVAL;
    *barrier = (pthread_barrier_t){ .count = count };
    return 0;
}

int pthread_barrier_destroy(pthread_barrier_t *barrier)
{
    word_lock(&barrier->guard);
    int busy = barrier->arrived != 0;
    word_unlock(&barrier->guard);
    return busy ? EBUSY : 0;
}

int pthread_barrier_wait(pthread_barrier_t *barrier)
{
    word_lock(&barrier->guard);
    int round = barrier->round;
    if (++barrier->arrived == barrier->count) {
        barrier->arrived = 0;
        __atomic_store_n(&barrier->round, round + 1, __ATOMIC_RELAXED);
        word_unlock(&barrier->guard);
        futex_wake(&barrier->round, WAKE_ALL);
        return PTHREAD_BARRIER_SERIAL_THREAD;
    }
    word_unlock(&barrier->guard);
    while (__atomic_load_n(&barrier->round, __ATOMIC_ACQUIRE) == round)
        futex_wait(&barrier->round, round, NULL);
    return 0;
}
