/* Signals: handlers, masks, waiting, sending.
 *
 * Decides that signal() gives BSD's meaning: the handler stays, interrupted calls go on. The server makes the frame that a
 * handler runs on and the trampoline page returns from it, so nothing is restored here. Neighbours: sys/signal.h,
 * signal_set.c; schemes/ptrace/src/deliver.rs.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "call.h"
#include "thread.h"

_Static_assert(sizeof(struct sigaction) == 32, "FreeBSD's struct sigaction");
_Static_assert(sizeof(siginfo_t) == 80, "FreeBSD's siginfo_t");

int sigaction(int signal, const struct sigaction *action, struct sigaction *old)
{
    return (int)CALL_3(CALL_SIGACTION, signal, action, old);
}

_sig_func_ptr signal(int signal, _sig_func_ptr handler)
{
    struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART }, old;
    return sigaction(signal, &action, &old) < 0 ? SIG_ERR : old.sa_handler;
}

int sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
    return (int)CALL_3(CALL_SIGPROCMASK, how, set, old);
}

int pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
    return (int)-raw_call(CALL_SIGPROCMASK, how, (long)set, (long)old, 0, 0, 0);
}

int sigsuspend(const sigset_t *mask)
{
    return (int)CALL_1(CALL_SIGSUSPEND, mask);
}

int pause(void)
{
    sigset_t mask;
    sigprocmask(SIG_BLOCK, NULL, &mask);
    return sigsuspend(&mask);
}

int sigpending(sigset_t *set)
{
    return (int)CALL_1(CALL_SIGPENDING, set);
}

int sigtimedwait(const sigset_t *set, siginfo_t *information, const struct timespec *timeout)
{
    siginfo_t own;
    siginfo_t *place = information == NULL ? &own : information;
    return CALL_3(CALL_SIGTIMEDWAIT, set, place, timeout) < 0 ? -1 : place->si_signo;
}

int sigwaitinfo(const sigset_t *set, siginfo_t *information)
{
    return sigtimedwait(set, information, NULL);
}

int sigwait(const sigset_t *set, int *signal)
{
    int found;
    do {
        found = sigwaitinfo(set, NULL);
    } while (found < 0 && errno == EINTR);
    if (found < 0)
        return errno;
    *signal = found;
    return 0;
}

int sigqueue(pid_t pid, int signal, const union sigval value)
{
    return (int)CALL_3(CALL_SIGQUEUE, pid, signal, value.sival_ptr);
}

int sigaltstack(const stack_t *stack, stack_t *old)
{
    return (int)CALL_2(CALL_SIGALTSTACK, stack, old);
}

int kill(pid_t pid, int signal)
{
    return (int)CALL_2(CALL_KILL, pid, signal);
}

int killpg(pid_t group, int signal)
{
    return kill(-group, signal);
}

int raise(int signal)
{
    return (int)CALL_2(CALL_THR_KILL, current_thread()->tid, signal);
}

void psignal(int signal, const char *prefix)
{
    if (prefix != NULL && prefix[0] != 0)
        fprintf(stderr, "%s: ", prefix);
    fprintf(stderr, "%s\n", strsignal(signal));
}
