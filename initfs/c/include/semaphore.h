/* Counting semaphores between threads (POSIX).
 *
 * Decides that they have no names and are not shared between processes. Neighbours: src/semaphore.c, pthread.h.
 */
#ifndef _SEMAPHORE_H_
#define _SEMAPHORE_H_

#include <sys/cdefs.h>
#include <time.h>

#define SEM_VALUE_MAX 0x7fffffff

typedef struct {
    int value;
    int waiters;
} sem_t;

__BEGIN_DECLS
/** ENOSYS if it is to be shared between processes. */
int sem_init(sem_t *semaphore, int shared, unsigned int value);
int sem_destroy(sem_t *semaphore);
int sem_wait(sem_t *semaphore);
int sem_trywait(sem_t *semaphore);
/** Until a time of CLOCK_REALTIME. */
int sem_timedwait(sem_t *semaphore, const struct timespec *deadline);
int sem_post(sem_t *semaphore);
int sem_getvalue(sem_t *semaphore, int *value);
__END_DECLS

#endif
