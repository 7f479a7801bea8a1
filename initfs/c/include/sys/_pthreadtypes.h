/* The types of threads.
 *
 * Decides that a thread is a pointer to its descriptor, and that what waits is one futex word and its owner. Neighbours:
 * pthread.h, src/thread.h; sys/types.h (newlib's) includes this file.
 */
#ifndef _SYS__PTHREADTYPES_H_
#define _SYS__PTHREADTYPES_H_

#include <sys/sched.h>

typedef struct __pthread *pthread_t;

typedef struct {
    int type;
} pthread_mutexattr_t;

typedef struct {
    int word;
    int type;
    int depth;
    pthread_t owner;
} pthread_mutex_t;

typedef struct {
    unsigned long clock;
} pthread_condattr_t;

typedef struct {
    int sequence;
    unsigned long clock;
} pthread_cond_t;

typedef struct {
    int guard;
    int state;
    int sequence;
    pthread_t writer;
} pthread_rwlock_t;

typedef struct {
    int unused;
} pthread_rwlockattr_t;

typedef struct {
    int guard;
    unsigned int count;
    unsigned int arrived;
    int round;
} pthread_barrier_t;

typedef struct {
    int unused;
} pthread_barrierattr_t;

typedef struct {
    __SIZE_TYPE__ stack_size;
    int detached;
} pthread_attr_t;

typedef struct {
    int state;
} pthread_once_t;

typedef unsigned int pthread_key_t;

#endif
