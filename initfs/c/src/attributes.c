/* What is asked of a thread before it starts, and about one that runs.
 *
 * Decides that names are cut at 19 bytes, as FreeBSD's kernel cuts them. Neighbours: thread.c.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "call.h"
#include "thread.h"

int pthread_attr_init(pthread_attr_t *attributes)
{
    *attributes = (pthread_attr_t){ 0 };
    return 0;
}

int pthread_attr_destroy(pthread_attr_t *attributes)
{
    (void)attributes;
    return 0;
}

int pthread_attr_setstacksize(pthread_attr_t *attributes, size_t size)
{
    if (size < PTHREAD_STACK_MIN)
        return EINVAL;
    attributes->stack_size = size;
    return 0;
}

int pthread_attr_getstacksize(const pthread_attr_t *attributes, size_t *size)
{
    *size = attributes->stack_size;
    return 0;
}

int pthread_attr_setdetachstate(pthread_attr_t *attributes, int state)
{
    if (state != PTHREAD_CREATE_JOINABLE && state != PTHREAD_CREATE_DETACHED)
        return EINVAL;
    attributes->detached = state;
    return 0;
}

int pthread_attr_getdetachstate(const pthread_attr_t *attributes, int *state)
{
    *state = attributes->detached;
    return 0;
}

pthread_t pthread_self(void)
{
    return current_thread();
}

int pthread_equal(pthread_t one, pthread_t other)
{
    return one == other;
}

int pthread_getthreadid_np(void)
{
    return (int)current_thread()->tid;
}

int pthread_kill(pthread_t thread, int signal)
{
    return (int)-raw_call(CALL_THR_KILL, thread->tid, signal, 0, 0, 0, 0);
}

int pthread_setname_np(pthread_t thread, const char *name)
{
    strlcpy(thread->name, name, sizeof thread->name);
    return (int)-raw_call(CALL_THR_SET_NAME, thread->tid, (long)thread->name, 0, 0, 0, 0);
}

int pthread_getname_np(pthread_t thread, char *name, size_t size)
{
    return strlcpy(name, thread->name, size) < size ? 0 : ERANGE;
}

void pthread_set_name_np(pthread_t thread, const char *name)
{
    pthread_setname_np(thread, name);
}
