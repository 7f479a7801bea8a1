/* Signals: numbers, sets, handlers, what comes with them.
 *
 * Decides FreeBSD's numbers and layouts (sys/signal.h there), which the process server uses too. Neighbours:
 * schemes/proc-abi/src/{signal,sigaction,siginfo,signal_frame}.rs, src/signal.c, src/signal_set.c; signal.h adds ISO C's.
 */
#ifndef _SYS_SIGNAL_H
#define _SYS_SIGNAL_H

#include <sys/cdefs.h>
#include <sys/_sigset.h>
#include <sys/_timespec.h>
#include <sys/types.h>

#if !defined(_SIGSET_T_DECLARED)
#define _SIGSET_T_DECLARED
typedef __sigset_t sigset_t;
#endif

#define SIGHUP 1
#define SIGINT 2
#define SIGQUIT 3
#define SIGILL 4
#define SIGTRAP 5
#define SIGABRT 6
#define SIGIOT SIGABRT
#define SIGEMT 7
#define SIGFPE 8
#define SIGKILL 9
#define SIGBUS 10
#define SIGSEGV 11
#define SIGSYS 12
#define SIGPIPE 13
#define SIGALRM 14
#define SIGTERM 15
#define SIGURG 16
#define SIGSTOP 17
#define SIGTSTP 18
#define SIGCONT 19
#define SIGCHLD 20
#define SIGTTIN 21
#define SIGTTOU 22
#define SIGIO 23
#define SIGXCPU 24
#define SIGXFSZ 25
#define SIGVTALRM 26
#define SIGPROF 27
#define SIGWINCH 28
#define SIGINFO 29
#define SIGUSR1 30
#define SIGUSR2 31
#define SIGTHR 32
#define SIGLIBRT 33
#define SIGRTMIN 65
#define SIGRTMAX 126
#define NSIG 32

union sigval {
    int sival_int;
    void *sival_ptr;
};

/** What comes with a signal; si_trapno holds for faults. */
typedef struct __siginfo {
    int si_signo;
    int si_errno;
    int si_code;
    pid_t si_pid;
    uid_t si_uid;
    int si_status;
    void *si_addr;
    union sigval si_value;
    int si_trapno;
    int si_overrun;
    long __spare[4];
} siginfo_t;

#define SI_USER 0x10001
#define SI_QUEUE 0x10002
#define SI_TIMER 0x10003
#define SI_ASYNCIO 0x10004
#define SI_MESGQ 0x10005
#define SI_KERNEL 0x10006
#define SI_LWP 0x10007

#define ILL_ILLOPC 1
#define ILL_PRVOPC 5
#define BUS_ADRALN 1
#define BUS_ADRERR 2
#define BUS_OBJERR 3
#define SEGV_MAPERR 1
#define SEGV_ACCERR 2
#define FPE_INTOVF 1
#define FPE_INTDIV 2
#define FPE_FLTDIV 3
#define FPE_FLTOVF 4
#define FPE_FLTUND 5
#define FPE_FLTRES 6
#define FPE_FLTINV 7
#define FPE_FLTSUB 8
#define TRAP_BRKPT 1
#define TRAP_TRACE 2
#define CLD_EXITED 1
#define CLD_KILLED 2
#define CLD_DUMPED 3
#define CLD_TRAPPED 4
#define CLD_STOPPED 5
#define CLD_CONTINUED 6

typedef void (*_sig_func_ptr)(int);

struct sigaction {
    union {
        void (*__sa_handler)(int);
        void (*__sa_sigaction)(int, siginfo_t *, void *);
    } __sigaction_u;
    int sa_flags;
    sigset_t sa_mask;
};
#define sa_handler __sigaction_u.__sa_handler
#define sa_sigaction __sigaction_u.__sa_sigaction

#define SA_ONSTACK 0x1
#define SA_RESTART 0x2
#define SA_RESETHAND 0x4
#define SA_NOCLDSTOP 0x8
#define SA_NODEFER 0x10
#define SA_NOCLDWAIT 0x20
#define SA_SIGINFO 0x40

#define SIG_BLOCK 1
#define SIG_UNBLOCK 2
#define SIG_SETMASK 3

typedef struct sigaltstack {
    void *ss_sp;
    size_t ss_size;
    int ss_flags;
} stack_t;

#define SS_ONSTACK 1
#define SS_DISABLE 4
#define MINSIGSTKSZ 2048
#define SIGSTKSZ 34816

/* newlib's time.h names it in a prototype; there are no POSIX timers here. */
struct sigevent;

__BEGIN_DECLS
/** Sends a signal to a process, or to a group if pid is not positive. */
int kill(pid_t pid, int signal);
/** Sends a signal to a process group. */
int killpg(pid_t group, int signal);
/** Chooses what a signal does. */
int sigaction(int signal, const struct sigaction *action, struct sigaction *old);
/** Changes the calling thread's mask. */
int sigprocmask(int how, const sigset_t *set, sigset_t *old);
/** The same, with the error as its result. */
int pthread_sigmask(int how, const sigset_t *set, sigset_t *old);
/** Waits for a handled signal with another mask. */
int sigsuspend(const sigset_t *mask);
/** Signals that wait because they are blocked. */
int sigpending(sigset_t *set);
/** Takes a signal of the set without its handler. */
int sigwait(const sigset_t *set, int *signal);
/** The same, with what came with it; the signal's number. */
int sigwaitinfo(const sigset_t *set, siginfo_t *information);
/** The same, for at most a time. */
int sigtimedwait(const sigset_t *set, siginfo_t *information, const struct timespec *timeout);
/** Sends a signal with a value. */
int sigqueue(pid_t pid, int signal, const union sigval value);
/** Sets or asks the alternate stack of handlers. */
int sigaltstack(const stack_t *stack, stack_t *old);
int sigemptyset(sigset_t *set);
int sigfillset(sigset_t *set);
int sigaddset(sigset_t *set, int signal);
int sigdelset(sigset_t *set, int signal);
int sigismember(const sigset_t *set, int signal);
__END_DECLS

#endif
