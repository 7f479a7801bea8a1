/* The locks that newlib takes: around its heap, its streams, the environment, exit.
 *
 * Decides that every one of them is a recursive mutex, because newlib's streams and heap lock again in the same thread.
 * Neighbours: newlib's sys/lock.h declares these names, mutex.c locks.
 */
#include <stdlib.h>
#include <sys/lock.h>

#include "thread.h"

struct __lock {
    pthread_mutex_t mutex;
};

#define LOCK(name) struct __lock __lock_##name = { PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP }

LOCK(__atexit_recursive_mutex);
LOCK(__at_quick_exit_mutex);
LOCK(__sfp_recursive_mutex);
LOCK(__sinit_recursive_mutex);
LOCK(__malloc_recursive_mutex);
LOCK(__env_recursive_mutex);
LOCK(__tz_mutex);
LOCK(__arc4random_mutex);

/* What a stream gets when there is no memory for a lock of its own: one that many share. */
static struct __lock shared = { PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP };

void __retarget_lock_init_recursive(_LOCK_T *lock)
{
    static const pthread_mutex_t initial = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
    *lock = malloc(sizeof **lock);
    if (*lock == NULL)
        *lock = &shared;
    else
        (*lock)->mutex = initial;
}

void __retarget_lock_init(_LOCK_T *lock)
{
    __retarget_lock_init_recursive(lock);
}

void __retarget_lock_close_recursive(_LOCK_T lock)
{
    if (lock != &shared)
        free(lock);
}

void __retarget_lock_close(_LOCK_T lock)
{
    __retarget_lock_close_recursive(lock);
}

void __retarget_lock_acquire_recursive(_LOCK_T lock)
{
    pthread_mutex_lock(&lock->mutex);
}

void __retarget_lock_acquire(_LOCK_T lock)
{
    pthread_mutex_lock(&lock->mutex);
}

int __retarget_lock_try_acquire_recursive(_LOCK_T lock)
{
    return pthread_mutex_trylock(&lock->mutex) == 0;
}

int __retarget_lock_try_acquire(_LOCK_T lock)
{
    return pthread_mutex_trylock(&lock->mutex) == 0;
}

void __retarget_lock_release_recursive(_LOCK_T lock)
{
    pthread_mutex_unlock(&lock->mutex);
}

void __retarget_lock_release(_LOCK_T lock)
{
    pthread_mutex_unlock(&lock->mutex);
}
