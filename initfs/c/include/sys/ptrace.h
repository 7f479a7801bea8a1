/* Tracing and debugging of processes: ptrace(2).
 *
 * Decides FreeBSD's requests and structures (sys/ptrace.h and x86/include/ptrace.h there); docs/ptrace.md says how each
 * request behaves. Neighbours: schemes/proc-abi/src/request.rs is the server's list, src/ptrace.c makes the call.
 */
#ifndef _SYS_PTRACE_H_
#define _SYS_PTRACE_H_

#include <machine/reg.h>
#include <sys/cdefs.h>
#include <sys/signal.h>
#include <sys/types.h>

#define PT_TRACE_ME 0
#define PT_READ_I 1
#define PT_READ_D 2
#define PT_WRITE_I 4
#define PT_WRITE_D 5
#define PT_CONTINUE 7
#define PT_KILL 8
#define PT_STEP 9
#define PT_ATTACH 10
#define PT_DETACH 11
#define PT_IO 12
#define PT_LWPINFO 13
#define PT_GETNUMLWPS 14
#define PT_GETLWPLIST 15
#define PT_CLEARSTEP 16
#define PT_SETSTEP 17
#define PT_SUSPEND 18
#define PT_RESUME 19
#define PT_TO_SCE 20
#define PT_TO_SCX 21
#define PT_SYSCALL 22
#define PT_FOLLOW_FORK 23
#define PT_LWP_EVENTS 24
#define PT_GET_EVENT_MASK 25
#define PT_SET_EVENT_MASK 26
#define PT_GET_SC_ARGS 27
#define PT_GET_SC_RET 28
#define PT_GETREGS 33
#define PT_SETREGS 34
#define PT_GETFPREGS 35
#define PT_SETFPREGS 36
#define PT_GETDBREGS 37
#define PT_SETDBREGS 38
#define PT_VM_TIMESTAMP 40
#define PT_VM_ENTRY 41
#define PT_GETREGSET 42
#define PT_SETREGSET 43
#define PT_SC_REMOTE 44
#define PT_GETXSTATE_INFO 68
#define PT_GETXSTATE 69
#define PT_SETXSTATE 70
#define PT_GETFSBASE 71
#define PT_SETFSBASE 72
#define PT_GETGSBASE 73
#define PT_SETGSBASE 74

/* This system's own. */
#define PT_SET_SC_RET 45
#define PT_GET_CHILDREN 46
#define PT_GET_CALL_SET 1000
#define PT_SET_CALL_SET 1001
#define PT_GET_SIGNAL_SET 1002
#define PT_SET_SIGNAL_SET 1003
#define PT_GET_FAULT_SET 1004
#define PT_SET_FAULT_SET 1005
#define PT_HOLD 1006
#define PT_RELEASE 1007
#define PT_ON_CLOSE 1008
#define PT_OPERATOR_STOP 1009
#define PT_OPERATOR_CONTINUE 1010

/* The data of PT_ON_CLOSE. */
#define PTCLOSE_RUN 0
#define PTCLOSE_KILL 1
#define PTCLOSE_STOP 2

#define PTRACE_EXEC 0x0001
#define PTRACE_SCE 0x0002
#define PTRACE_SCX 0x0004
#define PTRACE_SYSCALL (PTRACE_SCE | PTRACE_SCX)
#define PTRACE_FORK 0x0008
#define PTRACE_LWP 0x0010
#define PTRACE_VFORK 0x0020
#define PTRACE_DEFAULT PTRACE_EXEC

/** PT_IO: what to move, and where. */
struct ptrace_io_desc {
    int piod_op;
    void *piod_offs;
    void *piod_addr;
    size_t piod_len;
};
#define PIOD_READ_D 1
#define PIOD_WRITE_D 2
#define PIOD_READ_I 3
#define PIOD_WRITE_I 4

#define PL_EVENT_NONE 0
#define PL_EVENT_SIGNAL 1
#define PL_FLAG_SA 0x01
#define PL_FLAG_BOUND 0x02
#define PL_FLAG_SCE 0x04
#define PL_FLAG_SCX 0x08
#define PL_FLAG_EXEC 0x10
#define PL_FLAG_SI 0x20
#define PL_FLAG_FORKED 0x40
#define PL_FLAG_CHILD 0x80
#define PL_FLAG_BORN 0x100
#define PL_FLAG_EXITED 0x200
#define PL_FLAG_VFORKED 0x400
#define PL_FLAG_VFORK_DONE 0x800

/** PT_LWPINFO: a thread and why it stopped. */
struct ptrace_lwpinfo {
    int pl_lwpid;
    int pl_event;
    int pl_flags;
    sigset_t pl_sigmask;
    sigset_t pl_siglist;
    struct __siginfo pl_siginfo;
    char pl_tdname[20];
    pid_t pl_child_pid;
    unsigned int pl_syscall_code;
    unsigned int pl_syscall_narg;
};

/** PT_GET_SC_RET: what a call returned. */
struct ptrace_sc_ret {
    long sr_retval[2];
    int sr_error;
};

/** PT_SC_REMOTE: a call to make for the target; only the result is written back. */
struct ptrace_sc_remote {
    struct ptrace_sc_ret pscr_ret;
    unsigned int pscr_syscall;
    unsigned int pscr_nargs;
    unsigned long *pscr_args;
};

/** PT_VM_ENTRY: one entry of the address map. */
struct ptrace_vm_entry {
    int pve_entry;
    int pve_timestamp;
    unsigned long pve_start;
    unsigned long pve_end;
    unsigned long pve_offset;
    unsigned int pve_prot;
    unsigned int pve_pathlen;
    long pve_fileid;
    __uint32_t pve_fsid;
    char *pve_path;
};

_Static_assert(sizeof(struct ptrace_io_desc) == 32, "FreeBSD's struct ptrace_io_desc");
_Static_assert(sizeof(struct ptrace_lwpinfo) == 160, "FreeBSD's struct ptrace_lwpinfo");
_Static_assert(sizeof(struct ptrace_sc_remote) == 40, "FreeBSD's struct ptrace_sc_remote");
_Static_assert(sizeof(struct ptrace_vm_entry) == 64, "FreeBSD's struct ptrace_vm_entry");

__BEGIN_DECLS
/** Makes a request. PT_READ_I and PT_READ_D return the word, so errno tells errors apart: it is 0 after success. */
int ptrace(int request, pid_t pid, caddr_t address, int data);
__END_DECLS

#endif
