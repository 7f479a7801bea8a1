/* Values of each thread's own under keys made at run time, and what is done once.
 *
 * Decides that a thread's end runs destructors until no value is left, at most four rounds (POSIX
 * PTHREAD_DESTRUCTOR_ITERATIONS). Neighbours: thread.c ends threads, thread.h keeps the values.
 */
#include <errno.h>
#include <pthread.h>

#include "futex.h"
#include "thread.h"

#define ROUNDS 4

static int lock = FREE;
static char used[PTHREAD_KEYS_MAX];
static void (*destructors[PTHREAD_KEYS_MAX])(void *);

int pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
{
    word_lock(&lock);
    pthread_key_t free_key = 0;
    while (free_key < PTHREAD_KEYS_MAX && used[free_key])
        free_key++;
    if (free_key < PTHREAD_KEYS_MAX) {
        used[free_key] = 1;
        destructors[free_key] = destructor;
        *key = free_key;
    }
    word_unlock(&lock);
    return free_key < PTHREAD_KEYS_MAX ? 0 : EAGAIN;
}

int pthread_key_delete(pthread_key_t key)
{
    if (key >= PTHREAD_KEYS_MAX || !used[key])
        return EINVAL;
    word_lock(&lock);
    used[key] = 0;
    destructors[key] = NULL;
    word_unlock(&lock);
    return 0;
}

void *pthread_getspecific(pthread_key_t key)
{
    return key < PTHREAD_KEYS_MAX ? current_thread()->values[key] : NULL;
}

int pthread_setspecific(pthread_key_t key, const void *value)
{
    if (key >= PTHREAD_KEYS_MAX || !used[key])
        return EINVAL;
    current_thread()->values[key] = (void *)value;
    return 0;
}

/* Runs each destructor that has a value; whether there was one. */
static int run_round(struct __pthread *thread)
{
    int any = 0;
    for (pthread_key_t key = 0; key < PTHREAD_KEYS_MAX; key++) {
        void *value = thread->values[key];
        thread->values[key] = NULL;
        if (value != NULL && destructors[key] != NULL) {
            destructors[key](value);
            any = 1;
        }
    }
    return any;
}

void __key_end(struct __pthread *thread)
{
    for (int round = 0; round < ROUNDS && run_round(thread); round++)
        continue;
}

/* States of a pthread_once_t. */
enum { NEVER, RUNNING, DONE };

int pthread_once(pthread_once_t *once, void (*initialise)(void))
{
    for (;;) {
        int state = NEVER;
        if (__atomic_compare_exchange_n(&once->state, &state, RUNNING, 0, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)) {
            initialise();
            __atomic_store_n(&once->state, DONE, __ATOMIC_RELEASE);
            futex_wake(&once->state, WAKE_ALL);
            return 0;
        }
        if (state == DONE)
            return 0;
        futex_wait(&once->state, RUNNING, NULL);
    }
}
