/* Threads: birth, end, names.
 *
 * Decides that a thread's guard, stack, variables and descriptor are one mapping, unmapped by who joins it, or by the next
 * creation if nobody does. Neighbours: tls.c (layout), thread.h (the descriptor), attributes.c, the process server (thr_new).
 */
#include <reent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "futex.h"
#include "thread.h"

#define GUARD_SIZE 4096UL
#define STACK_SIZE (1UL << 20)

#define AMD64_SET_FSBASE 129

/* FreeBSD's struct thr_param. */
struct parameters {
    void (*start)(void *);
    void *argument;
    char *stack;
    size_t stack_size;
    void *tls;
    size_t tls_size;
    long *child_tid;
    long *parent_tid;
    int flags;
    void *priority;
    void *spare[3];
};
_Static_assert(sizeof(struct parameters) == 104, "FreeBSD's struct thr_param");

/* Not here unless the program uses streams. */
extern void __sinit(struct _reent *) __attribute__((weak));

static int count = 1;
static int corpses_lock = FREE;
/* Detached threads that have ended or are about to. */
static struct __pthread *corpses;

void __thread_begin(void)
{
    size_t size = __tls_size();
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct __pthread *thread = __tls_place(memory, (size + 4095) & ~4095UL);
    thread->reent = _GLOBAL_REENT;
    /* Nothing before this may touch errno. */
    raw_call(CALL_SYSARCH, AMD64_SET_FSBASE, (long)&thread, 0, 0, 0, 0);
    raw_call(CALL_THR_SELF, (long)&thread->tid, 0, 0, 0, 0, 0);
}

void __thread_after_fork(void)
{
    count = 1;
    raw_call(CALL_THR_SELF, (long)&current_thread()->tid, 0, 0, 0, 0, 0);
}

static void free_thread(struct __pthread *thread)
{
    if (thread->memory != NULL)
        munmap(thread->memory, thread->memory_size);
}

/* Frees detached threads that are gone. */
static void bury(void)
{
    word_lock(&corpses_lock);
    struct __pthread **place = &corpses;
    while (*place != NULL) {
        struct __pthread *thread = *place;
        if (__atomic_load_n(&thread->gone, __ATOMIC_ACQUIRE)) {
            *place = thread->next;
            free_thread(thread);
        } else {
            place = &thread->next;
        }
    }
    word_unlock(&corpses_lock);
}

/* The first function of a thread, called by thread_entry. */
__attribute__((used, noreturn)) static void run_thread(struct __pthread *thread)
{
    pthread_exit(thread->body(thread->argument));
}

/* Where the server starts a thread. rbp = 0 and the undefined rip end backtraces. */
extern void thread_entry(void *thread) __asm__("thread_entry");
/* Sets the word, wakes who waits for it, ends the thread; touches no stack, which may be gone as soon as the word is set. */
extern void end_thread(int *gone) __asm__("end_thread") __attribute__((noreturn));

#define STRING_OF(text) #text
#define VALUE_OF(macro) STRING_OF(macro)

__asm__(".type thread_entry, @function\n"
        "thread_entry:\n"
        "    .cfi_startproc\n"
        "    .cfi_undefined rip\n"
        "    xor %ebp, %ebp\n"
        "    and $-16, %rsp\n"
        "    call run_thread\n"
        "    ud2\n"
        "    .cfi_endproc\n"
        ".size thread_entry, . - thread_entry\n"
        ".type end_thread, @function\n"
        "end_thread:\n"
        "    movl $1, (%rdi)\n"
        "    mov $" VALUE_OF(FUTEX_WAKE) ", %esi\n"
        "    mov $" VALUE_OF(WAKE_ALL) ", %edx\n"
        "    xor %r10d, %r10d\n"
        "    xor %r8d, %r8d\n"
        "    mov $" VALUE_OF(CALL_FUTEX) ", %eax\n"
        "    syscall\n"
        "    xor %edi, %edi\n"
        "    mov $" VALUE_OF(PROCESS_CALL) " + 431, %eax\n"
        "    syscall\n"
        "    ud2\n"
        ".size end_thread, . - end_thread\n");

static struct __pthread *make_thread(const pthread_attr_t *attributes, struct parameters *parameters)
{
    size_t stack_size = attributes == NULL || attributes->stack_size == 0 ? STACK_SIZE : attributes->stack_size;
    size_t size = (GUARD_SIZE + stack_size + __tls_size() + 4095) & ~4095UL;
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return NULL;
    mprotect(memory, GUARD_SIZE, PROT_NONE);
    struct __pthread *thread = __tls_place(memory, size);
    thread->memory = memory;
    thread->memory_size = size;
    thread->keeper = attributes != NULL && attributes->detached ? KEPT_BY_NOBODY : KEPT_BY_JOINER;
    thread->reent = &thread->own_reent;
    _REENT_INIT_PTR(thread->reent);
    *parameters = (struct parameters){
        .start = thread_entry,
        .argument = thread,
        .stack = memory + GUARD_SIZE,
        .stack_size = stack_size & ~15UL,
        .tls = thread,
        .child_tid = &thread->tid,
    };
    return thread;
}

int pthread_create(pthread_t *place, const pthread_attr_t *attributes, void *(*body)(void *), void *argument)
{
    bury();
    /* exit flushes the streams of the first thread's structure, whoever used them. */
    if (__sinit != NULL && !_GLOBAL_REENT->__sdidinit)
        __sinit(_GLOBAL_REENT);
    struct parameters parameters;
    struct __pthread *thread = make_thread(attributes, &parameters);
    if (thread == NULL)
        return EAGAIN;
    thread->body = body;
    thread->argument = argument;
    __atomic_fetch_add(&count, 1, __ATOMIC_RELAXED);
    *place = thread;
    long result = raw_call(CALL_THR_NEW, (long)&parameters, sizeof parameters, 0, 0, 0, 0);
    if (result < 0) {
        __atomic_fetch_sub(&count, 1, __ATOMIC_RELAXED);
        free_thread(thread);
        return (int)-result;
    }
    return 0;
}

void pthread_exit(void *result)
{
    struct __pthread *self = current_thread();
    self->result = result;
    __key_end(self);
    if (__atomic_sub_fetch(&count, 1, __ATOMIC_ACQ_REL) == 0)
        exit(0);
    /* A handler would need the stack, which may be unmapped before the thread's last instruction. */
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    if (self->reent == &self->own_reent)
        _reclaim_reent(self->reent);
    word_lock(&corpses_lock);
    if (self->keeper == KEPT_BY_NOBODY) {
        self->next = corpses;
        corpses = self;
    } else {
        self->keeper = KEPT_AFTER_END;
    }
    word_unlock(&corpses_lock);
    end_thread(&self->gone);
}

int pthread_join(pthread_t thread, void **result)
{
    if (thread == current_thread())
        return EDEADLK;
    if (thread->keeper == KEPT_BY_NOBODY)
        return EINVAL;
    while (!__atomic_load_n(&thread->gone, __ATOMIC_ACQUIRE))
        futex_wait(&thread->gone, 0, NULL);
    if (result != NULL)
        *result = thread->result;
    free_thread(thread);
    return 0;
}

int pthread_detach(pthread_t thread)
{
    word_lock(&corpses_lock);
    int twice = thread->keeper == KEPT_BY_NOBODY;
    if (thread->keeper == KEPT_AFTER_END) {
        thread->next = corpses;
        corpses = thread;
    }
    thread->keeper = KEPT_BY_NOBODY;
    word_unlock(&corpses_lock);
    return twice ? EINVAL : 0;
}
