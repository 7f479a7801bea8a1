/* Mutexes.
 *
 * Decides that the lock word alone says whether a mutex is held; owner and depth are its holder's. Neighbours: futex.h has the
 * word's states, condition.c gives mutexes up, lock.c uses recursive ones.
 */
#include <errno.h>
#include <pthread.h>

#include "futex.h"

int pthread_mutexattr_init(pthread_mutexattr_t *attributes)
{
    attributes->type = PTHREAD_MUTEX_DEFAULT;
    return 0;
}

int pthread_mutexattr_destroy(pthread_mutexattr_t *attributes)
{
    (void)attributes;
    return 0;
}

int pthread_mutexattr_settype(pthread_mutexattr_t *attributes, int type)
{
    if (type < PTHREAD_MUTEX_NORMAL || type > PTHREAD_MUTEX_ERRORCHECK)
        return EINVAL;
    attributes->type = type;
    return 0;
}

int pthread_mutexattr_gettype(const pthread_mutexattr_t *attributes, int *type)
{
    *type = attributes->type;
    return 0;
}

int pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes)
{
    *mutex = (pthread_mutex_t){ .type = attributes == NULL ? PTHREAD_MUTEX_DEFAULT : attributes->type };
    return 0;
}

int pthread_mutex_destroy(pthread_mutex_t *mutex)
{
    return __atomic_load_n(&mutex->word, __ATOMIC_RELAXED) == FREE ? 0 : EBUSY;
}

/* Only the holder itself can find its own name here. */
static int is_mine(const pthread_mutex_t *mutex)
{
    return __atomic_load_n(&mutex->owner, __ATOMIC_RELAXED) == pthread_self();
}

static void take(pthread_mutex_t *mutex)
{
    __atomic_store_n(&mutex->owner, pthread_self(), __ATOMIC_RELAXED);
    mutex->depth = 1;
}

int pthread_mutex_trylock(pthread_mutex_t *mutex)
{
    if (mutex->type == PTHREAD_MUTEX_RECURSIVE && is_mine(mutex)) {
        mutex->depth++;
        return 0;
    }
    if (!word_try_lock(&mutex->word))
        return EBUSY;
    take(mutex);
    return 0;
}

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    if (mutex->type == PTHREAD_MUTEX_RECURSIVE && is_mine(mutex)) {
        mutex->depth++;
        return 0;
    }
    if (mutex->type == PTHREAD_MUTEX_ERRORCHECK && is_mine(mutex))
        return EDEADLK;
    word_lock(&mutex->word);
    take(mutex);
    return 0;
}

int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
    if (mutex->type != PTHREAD_MUTEX_NORMAL && !is_mine(mutex))
        return EPERM;
    if (--mutex->depth > 0)
        return 0;
    __atomic_store_n(&mutex->owner, NULL, __ATOMIC_RELAXED);
    word_unlock(&mutex->word);
    return 0;
}
