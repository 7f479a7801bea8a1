/* A debug target: handlers, masks, waiting for signals, leaving a handler by a jump.
 *
 * Decides by what it prints whether siginfo, the mask and the alternate stack are as FreeBSD has them. Neighbours:
 * initfs/c/src/{signal,signal_set,setjmp}.c; tests/qemu/tests/c.rs runs it.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

static volatile sig_atomic_t count;
static volatile sig_atomic_t from_self;
static sigjmp_buf back;
static void *volatile fault;

static void on_user(int signal, siginfo_t *information, void *context)
{
    (void)context;
    count += signal == SIGUSR1;
    from_self = information->si_pid == getpid() && information->si_signo == SIGUSR1;
}

static void on_fault(int signal, siginfo_t *information, void *context)
{
    (void)context;
    fault = information->si_addr;
    siglongjmp(back, signal);
}

static void handle_and_mask(void)
{
    struct sigaction action = { .sa_sigaction = on_user, .sa_flags = SA_SIGINFO };
    sigset_t set, old, pending;
    sigaction(SIGUSR1, &action, NULL);
    kill(getpid(), SIGUSR1);
    printf("handled: %d, from self: %d\n", (int)count, (int)from_self);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, &old);
    raise(SIGUSR1);
    sigpending(&pending);
    printf("blocked: %d, pending: %d\n", (int)count, sigismember(&pending, SIGUSR1));
    sigset_t open = old;
    int interrupted = sigsuspend(&open) < 0 && errno == EINTR;
    printf("suspend: %s, handled: %d\n", interrupted ? "EINTR" : "?", (int)count);
    sigprocmask(SIG_SETMASK, &old, NULL);
}

static void catch_a_fault(void)
{
    static char stack[SIGSTKSZ];
    stack_t alternate = { .ss_sp = stack, .ss_size = sizeof stack };
    struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK };
    sigset_t mask;
    sigaltstack(&alternate, NULL);
    sigaction(SIGSEGV, &action, NULL);
    int signal = sigsetjmp(back, 1);
    if (signal == 0)
        *(volatile int *)0x1230 = 1;
    sigprocmask(SIG_BLOCK, NULL, &mask);
    printf("signal %d at %p, blocked now: %d\n", signal, fault, sigismember(&mask, SIGSEGV));
}

static void wait_for_one(void)
{
    sigset_t set;
    siginfo_t information;
    union sigval value = { .sival_int = 42 };
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, NULL);
    sigqueue(getpid(), SIGUSR2, value);
    int signal = sigwaitinfo(&set, &information);
    printf("waited: %d, value %d\n", signal == SIGUSR2, information.si_value.sival_int);
}

static void on_alarm(int signal)
{
    count = -signal;
}

static void set_an_alarm(void)
{
    struct itimerval soon = { .it_value = { 0, 1000 } };
    sigset_t set, old;
    signal(SIGALRM, on_alarm);
    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    sigprocmask(SIG_BLOCK, &set, &old);
    setitimer(ITIMER_REAL, &soon, NULL);
    while (count != -SIGALRM)
        sigsuspend(&old);
    printf("alarm: %s\n", strsignal(SIGALRM));
}

int main(void)
{
    handle_and_mask();
    catch_a_fault();
    wait_for_one();
    set_an_alarm();
    printf("ignored: %d\n", signal(SIGTERM, SIG_IGN) == SIG_DFL && raise(SIGTERM) == 0);
    return 0;
}
