/*
 * A debug target: one deed an argument, each something that a debugger is told of.
 *
 * `deeds vfork PROGRAM` has a vfork child run PROGRAM, `exec PROGRAM` runs it itself, `signals` sends itself two, `busy` makes
 * 10,000 calls and sends itself 1,000 signals, `victim` kills its child, `block` fills memory, `trap` steps itself by the trap
 * flag. Neighbours: tests/qemu/tests/gdb/deeds.rs and tests/qemu/tests/dbg.rs know its names.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* RFLAGS.TF (SDM vol. 3, section 17.3.1.4). */
#define TRAP_FLAG 0x100

static volatile int users, alarms, traps;
static int signal_code;
static unsigned char block[0x6000];

static void on_user(int number)
{
    users += number == SIGUSR1;
}

static void on_alarm(int number)
{
    alarms += number == SIGALRM;
}

static void on_trap(int number, siginfo_t *information, void *context)
{
    (void)context;
    traps += number == SIGTRAP;
    signal_code = information->si_code;
}

static void handled(void)
{
    printf("handled: %d users, %d alarms\n", users, alarms);
}

static int signals(void)
{
    signal(SIGUSR1, on_user);
    signal(SIGALRM, on_alarm);
    raise(SIGUSR1);
    raise(SIGALRM);
    handled();
    return 0;
}

static int busy(void)
{
    signal(SIGUSR1, on_user);
    for (int round = 0; round < 10000; round++) {
        getppid();
    }
    for (int round = 0; round < 1000; round++) {
        raise(SIGUSR1);
    }
    handled();
    return 0;
}

static void in_child(char **program)
{
    execve(program[0], program, environ);
    _exit(127);
}

static int waited(pid_t child)
{
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) {
        printf("signal %d ended the child\n", WTERMSIG(status));
        return 1;
    }
    printf("the child exited with status %d\n", WEXITSTATUS(status));
    return 0;
}

static int run_by_vfork(char **program)
{
    pid_t child = vfork();
    if (child == 0) {
        in_child(program);
    }
    return waited(child);
}

static void loop(void)
{
    for (;;) {
        pause();
    }
}

static int victim(void)
{
    pid_t child = fork();
    if (child == 0) {
        loop();
    }
    kill(child, SIGKILL);
    return waited(child);
}

static unsigned long sum(void)
{
    unsigned long total = 0;
    for (size_t index = 0; index < sizeof block; index++) {
        total = total * 31 + block[index];
    }
    return total;
}

static int fill(void)
{
    for (size_t index = 0; index < sizeof block; index++) {
        block[index] = (unsigned char)(index * 7 + (index >> 8));
    }
    printf("sum %lx\n", sum());
    return 0;
}

static void set_trap_flag(void)
{
    __asm__ volatile("pushfq\n\torq %0, (%%rsp)\n\tpopfq\n\tnop\n\tnop\n\tpushfq\n\tandq %1, (%%rsp)\n\tpopfq\n\tnop"
                     :
                     : "i"(TRAP_FLAG), "i"(~TRAP_FLAG)
                     : "memory", "cc");
}

static int trap(void)
{
    struct sigaction action = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO };
    sigaction(SIGTRAP, &action, NULL);
    set_trap_flag();
    printf("traps: %d, code %s\n", traps, signal_code == TRAP_TRACE ? "TRAP_TRACE" : "another");
    return 0;
}

int main(int argc, char **argv)
{
    const char *deed = argc > 1 ? argv[1] : "";
    if (strcmp(deed, "vfork") == 0 && argc > 2) {
        return run_by_vfork(argv + 2);
    }
    if (strcmp(deed, "exec") == 0 && argc > 2) {
        in_child(argv + 2);
    }
    if (strcmp(deed, "signals") == 0) {
        return signals();
    }
    if (strcmp(deed, "busy") == 0) {
        return busy();
    }
    if (strcmp(deed, "victim") == 0) {
        return victim();
    }
    if (strcmp(deed, "block") == 0) {
        return fill();
    }
    if (strcmp(deed, "trap") == 0) {
        return trap();
    }
    fprintf(stderr, "deeds: vfork PROGRAM, exec PROGRAM, signals, busy, victim, block or trap\n");
    return 2;
}
