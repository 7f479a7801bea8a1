/* A thread's descriptor: what the FS segment begins with.
 *
 * Decides that thread-local variables lie right below the descriptor, as the x86-64 ELF ABI (variant II) has it, and that
 * the word `gone` is the last thing a thread touches. Neighbours: thread.c (life), tls.c (layout), key.c, reent.c.
 */
#ifndef PROCTOR_THREAD_H
#define PROCTOR_THREAD_H

#include <pthread.h>
#include <reent.h>

/* Bytes of a thread's name with its NUL (FreeBSD MAXCOMLEN + 1). */
#define NAME_SIZE 20

/* Who frees a thread's memory: its joiner, also after its end, or the next creation. */
enum keeper { KEPT_BY_JOINER, KEPT_AFTER_END, KEPT_BY_NOBODY };

struct __pthread {
    /* The ABI finds the descriptor's address at fs:0. */
    struct __pthread *self;
    struct _reent *reent;
    long tid;
    int gone;
    /* An enum keeper. */
    int keeper;
    void *(*body)(void *);
    void *argument;
    void *result;
    void *memory;
    size_t memory_size;
    struct __pthread *next;
    char name[NAME_SIZE];
    void *values[PTHREAD_KEYS_MAX];
    struct _reent own_reent;
};

static inline struct __pthread *current_thread(void)
{
    struct __pthread *self;
    __asm__("mov %%fs:0, %0" : "=r"(self));
    return self;
}

/* tls.c: bytes that a thread needs for its variables and its descriptor. */
size_t __tls_size(void);
/* tls.c: lays both out at the end of [start, start + size); the descriptor. */
struct __pthread *__tls_place(char *start, size_t size);
/* tls.c: learns where the program keeps the first values of its thread-local variables. */
void __tls_find(const unsigned long *auxiliary);
/* thread.c: makes the first thread. */
void __thread_begin(void);
/* thread.c: a child of fork has one thread. */
void __thread_after_fork(void);
/* key.c: runs the destructors. */
void __key_end(struct __pthread *thread);

#endif
