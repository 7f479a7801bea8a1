/* Waiting for a word to change.
 *
 * Decides that waits may end early: callers look at the word again. Neighbours: mutex.c, condition.c, rwlock.c,
 * semaphore.c, lock.c, thread.c;
 * kernel/core/src/futex.rs.
 */
#ifndef PROCTOR_FUTEX_H
#define PROCTOR_FUTEX_H

#include <time.h>

#include "call.h"

#define WAKE_ALL 0x7fffffff

/* Sleeps while the word is `expected`, until `deadline` on the monotonic clock if there is one; a raw result. */
static inline long futex_wait(int *word, int expected, const struct timespec *deadline)
{
    return raw_call(CALL_FUTEX, (long)word, FUTEX_WAIT, expected, (long)deadline, 0, 0);
}

static inline void futex_wake(int *word, int count)
{
    raw_call(CALL_FUTEX, (long)word, FUTEX_WAKE, count, 0, 0, 0);
}

/* condition.c: futexes know the monotonic clock only; a deadline of the wall clock on it. */
struct timespec __to_monotonic(const struct timespec *deadline);

/* States of a lock word: free, held, or held with sleepers (U. Drepper, "Futexes Are Tricky", mutex 2). */
enum { FREE, HELD, CONTENDED };

static inline int word_try_lock(int *word)
{
    int expected = FREE;
    return __atomic_compare_exchange_n(word, &expected, HELD, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static inline void word_lock(int *word)
{
    if (word_try_lock(word))
        return;
    while (__atomic_exchange_n(word, CONTENDED, __ATOMIC_ACQUIRE) != FREE)
        futex_wait(word, CONTENDED, NULL);
}

static inline void word_unlock(int *word)
{
    if (__atomic_exchange_n(word, FREE, __ATOMIC_RELEASE) == CONTENDED)
        futex_wake(word, 1);
}

#endif
