/* A debug target that debugs: ptrace(2) from C, parent and child.
 *
 * Decides by what it prints whether the requests that any tracer begins with do what FreeBSD's do: the child asks to be traced
 * and stops, the parent steps, reads and writes it, and lets it go. Neighbours: initfs/c/src/ptrace.c; tests/qemu/tests/c.rs
 * runs it, docs/ptrace.md has the requests.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int watched = 7;

static void child(void)
{
    if (ptrace(PT_TRACE_ME, 0, NULL, 0) < 0)
        _exit(90);
    raise(SIGSTOP);
    _exit(watched);
}

static int wait_stop(pid_t pid)
{
    int status;
    if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
        return -1;
    return WSTOPSIG(status);
}

static void step(pid_t pid)
{
    struct reg before, after;
    ptrace(PT_GETREGS, pid, (caddr_t)&before, 0);
    ptrace(PT_STEP, pid, (caddr_t)1, 0);
    printf("step: signal %d\n", wait_stop(pid));
    ptrace(PT_GETREGS, pid, (caddr_t)&after, 0);
    printf("moved: %d, same stack page: %d\n", after.r_rip != before.r_rip, after.r_rsp >> 12 == before.r_rsp >> 12);
    struct ptrace_lwpinfo information;
    ptrace(PT_LWPINFO, pid, (caddr_t)&information, sizeof information);
    printf("lwpinfo: event %d, code %d\n", information.pl_event, information.pl_siginfo.si_code);
}

static void read_and_write(pid_t pid)
{
    int word = ptrace(PT_READ_D, pid, (caddr_t)&watched, 0);
    printf("read: %d, errno %d\n", word, errno);
    ptrace(PT_WRITE_D, pid, (caddr_t)&watched, 35);
    int copy = 0;
    struct ptrace_io_desc transfer = { PIOD_READ_D, (void *)&watched, &copy, sizeof copy };
    ptrace(PT_IO, pid, (caddr_t)&transfer, 0);
    printf("written: %d, %zu bytes, own: %d\n", copy, transfer.piod_len, watched);
    word = ptrace(PT_READ_D, pid, (caddr_t)16, 0);
    printf("nowhere: %d, %s\n", word, errno == ENOMEM ? "ENOMEM" : strerror(errno));
}

int main(void)
{
    pid_t pid = fork();
    if (pid == 0)
        child();
    printf("stopped: signal %d\n", wait_stop(pid));
    read_and_write(pid);
    step(pid);
    ptrace(PT_CONTINUE, pid, (caddr_t)1, 0);
    int status = 0;
    waitpid(pid, &status, 0);
    printf("exited: %d, status %d\n", WIFEXITED(status), WEXITSTATUS(status));
    int result = ptrace(PT_CONTINUE, pid, (caddr_t)1, 0);
    printf("gone: %d %s\n", result, errno == ESRCH ? "ESRCH" : strerror(errno));
    return 0;
}
