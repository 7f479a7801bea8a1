/* A debug target: threads, what they share and what they do not.
 *
 * Decides by what it prints whether mutexes exclude, conditions wake, once is once, and thread-local variables, keys and errno
 * are each thread's own. Neighbours: initfs/c/src/{thread,mutex,condition,key}.c; tests/qemu/tests/c.rs runs it.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS 4
#define ROUNDS 200

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turned = PTHREAD_COND_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static long counter;
static int turn;
static int initialised;
static int destroyed;
static _Thread_local int own = 5;

static void initialise(void)
{
    initialised++;
}

static void destroy(void *value)
{
    pthread_mutex_lock(&mutex);
    destroyed += *(int *)value;
    pthread_mutex_unlock(&mutex);
    free(value);
}

/* Each thread adds in its turn, so that every round needs every thread. */
static void count_in_turn(int number)
{
    for (int round = 0; round < ROUNDS; round++) {
        pthread_mutex_lock(&mutex);
        while (turn != number)
            pthread_cond_wait(&turned, &mutex);
        counter++;
        turn = (turn + 1) % THREADS;
        pthread_cond_broadcast(&turned);
        pthread_mutex_unlock(&mutex);
    }
}

static void *worker(void *argument)
{
    int number = (int)(long)argument;
    char name[20];
    snprintf(name, sizeof name, "worker-%d", number);
    pthread_setname_np(pthread_self(), name);
    pthread_once(&once, initialise);
    own += number;
    errno = number;
    int *value = malloc(sizeof *value);
    *value = number + 1;
    pthread_setspecific(key, value);
    count_in_turn(number);
    if (own != 5 + number || errno != number || pthread_getspecific(key) != value)
        return (void *)-1L;
    return (void *)(long)(number * number);
}

static void *detached(void *argument)
{
    pthread_mutex_lock(&mutex);
    *(int *)argument = 1;
    pthread_cond_signal(&turned);
    pthread_mutex_unlock(&mutex);
    return NULL;
}

static void run_detached(void)
{
    int done = 0;
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_create(&thread, &attributes, detached, &done);
    pthread_mutex_lock(&mutex);
    while (!done)
        pthread_cond_wait(&turned, &mutex);
    pthread_mutex_unlock(&mutex);
    printf("detached: %d\n", done);
}

/* A deadline that has passed ends a wait at once. */
static void wait_too_long(void)
{
    struct timespec past = { 1, 0 };
    pthread_mutex_lock(&mutex);
    int error = pthread_cond_timedwait(&turned, &mutex, &past);
    pthread_mutex_unlock(&mutex);
    printf("timed wait: %s\n", strerror(error));
}

static void lock_recursively(void)
{
    pthread_mutexattr_t attributes;
    pthread_mutex_t recursive, checked;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&recursive, &attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(&checked, &attributes);
    int twice = pthread_mutex_lock(&recursive) + pthread_mutex_lock(&recursive);
    twice += pthread_mutex_unlock(&recursive) + pthread_mutex_unlock(&recursive);
    pthread_mutex_lock(&checked);
    int again = pthread_mutex_lock(&checked);
    pthread_mutex_unlock(&checked);
    printf("recursive: %d, checked: %d %d\n", twice, again == EDEADLK, pthread_mutex_unlock(&checked) == EPERM);
}

int main(void)
{
    pthread_t threads[THREADS];
    pthread_key_create(&key, destroy);
    for (long number = 0; number < THREADS; number++)
        pthread_create(&threads[number], NULL, worker, (void *)number);
    long sum = 0;
    for (int number = 0; number < THREADS; number++) {
        void *result;
        pthread_join(threads[number], &result);
        sum += (long)result;
    }
    printf("counter %ld, sum %ld, once %d, destroyed %d, own %d\n", counter, sum, initialised, destroyed, own);
    run_detached();
    wait_too_long();
    lock_recursively();
    printf("self: %d\n", pthread_equal(pthread_self(), pthread_self()) && pthread_getthreadid_np() > 0);
    pthread_exit(NULL);
}
