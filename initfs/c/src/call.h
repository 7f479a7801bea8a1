/* System calls: their numbers, the instruction, and how a result becomes errno.
 *
 * Decides the convention of docs/abi.md for C. The numbers are kernel_abi::calls', whose tests
 * compare them. Neighbours: every file here that makes a call; initfs/runtime/src/system_call.rs is the same in Rust.
 */
#ifndef PROCTOR_CALL_H
#define PROCTOR_CALL_H

#include <errno.h>
#include <stddef.h>

#define CALL_READ 0x22000003
#define CALL_WRITE 0x21000004
#define CALL_CLOSE 0x20000006
#define CALL_LSEEK 0x20000013
#define CALL_FSTAT 0x2200001c
#define CALL_PREAD 0x22000023
#define CALL_FRENAME 0x23000026
#define CALL_GETDIRENTRIES 0x2200002b
#define CALL_PWRITE 0x2100002d
#define CALL_FCNTL 0x20000037
#define CALL_MUNMAP 0x2000005c
#define CALL_MMAP 0x21000384
#define CALL_UNLINKAT 0x10000107
#define CALL_OPENAT 0x101003da
#define CALL_DUP_INTO 0x201003dc
#define CALL_CALL 0x2300ca11
#define CALL_MPROTECT 125
#define CALL_SCHED_YIELD 158
#define CALL_NANOSLEEP 162
#define CALL_FUTEX 240
#define CALL_CLOCK_GETTIME 265

/* Calls of the process server carry FreeBSD's numbers. */
#define PROCESS_CALL 0x40000000
#define CALL_EXIT (PROCESS_CALL | 1)
#define CALL_FORK (PROCESS_CALL | 2)
#define CALL_WAIT4 (PROCESS_CALL | 7)
#define CALL_GETPID (PROCESS_CALL | 20)
#define CALL_SETUID (PROCESS_CALL | 23)
#define CALL_GETUID (PROCESS_CALL | 24)
#define CALL_GETEUID (PROCESS_CALL | 25)
#define CALL_PTRACE (PROCESS_CALL | 26)
#define CALL_KILL (PROCESS_CALL | 37)
#define CALL_GETPPID (PROCESS_CALL | 39)
#define CALL_GETEGID (PROCESS_CALL | 43)
#define CALL_GETGID (PROCESS_CALL | 47)
#define CALL_SIGALTSTACK (PROCESS_CALL | 53)
#define CALL_EXECVE (PROCESS_CALL | 59)
#define CALL_VFORK (PROCESS_CALL | 66)
#define CALL_GETPGRP (PROCESS_CALL | 81)
#define CALL_SETPGID (PROCESS_CALL | 82)
#define CALL_SETITIMER (PROCESS_CALL | 83)
#define CALL_GETITIMER (PROCESS_CALL | 86)
#define CALL_SETSID (PROCESS_CALL | 147)
#define CALL_SYSARCH (PROCESS_CALL | 165)
#define CALL_SETGID (PROCESS_CALL | 181)
#define CALL_GETRLIMIT (PROCESS_CALL | 194)
#define CALL_SETRLIMIT (PROCESS_CALL | 195)
#define CALL_GETPGID (PROCESS_CALL | 207)
#define CALL_GETSID (PROCESS_CALL | 310)
#define CALL_SIGPROCMASK (PROCESS_CALL | 340)
#define CALL_SIGSUSPEND (PROCESS_CALL | 341)
#define CALL_SIGPENDING (PROCESS_CALL | 343)
#define CALL_SIGTIMEDWAIT (PROCESS_CALL | 345)
#define CALL_SIGACTION (PROCESS_CALL | 416)
#define CALL_THR_EXIT (PROCESS_CALL | 431)
#define CALL_THR_SELF (PROCESS_CALL | 432)
#define CALL_THR_KILL (PROCESS_CALL | 433)
#define CALL_THR_NEW (PROCESS_CALL | 455)
#define CALL_SIGQUEUE (PROCESS_CALL | 456)
#define CALL_THR_SET_NAME (PROCESS_CALL | 464)
#define CALL_WAIT6 (PROCESS_CALL | 532)

/* FUTEX's operations. */
#define FUTEX_WAIT 0
#define FUTEX_WAKE 1

/* The directory that means the names of the process, and the target that means the lowest free descriptor. */
#define NAMESPACE ((long)-100)
#define LOWEST_FREE ((long)-1)

/* Results from here up are negated errors. */
#define LOWEST_ERROR (-4095UL)

/* Makes a call; the raw result. */
static inline long raw_call(long number, long a, long b, long c, long d, long e, long f)
{
    register long fourth __asm__("r10") = d;
    register long fifth __asm__("r8") = e;
    register long sixth __asm__("r9") = f;
    long result;
    /* fork gives a second result in rdx, so the third argument is lost too. */
    __asm__ volatile("syscall"
                     : "=a"(result), "+d"(c)
                     : "a"(number), "D"(a), "S"(b), "r"(fourth), "r"(fifth), "r"(sixth)
                     : "rcx", "r11", "memory");
    return result;
}

/* A raw result as C programs see it: the value, or -1 with errno set. */
static inline long finish(long result)
{
    if ((unsigned long)result >= LOWEST_ERROR) {
        errno = (int)-result;
        return -1;
    }
    return result;
}

#define CALL_6(number, a, b, c, d, e, f) \
    finish(raw_call(number, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f)))
#define CALL_5(number, a, b, c, d, e) CALL_6(number, a, b, c, d, e, 0)
#define CALL_4(number, a, b, c, d) CALL_6(number, a, b, c, d, 0, 0)
#define CALL_3(number, a, b, c) CALL_6(number, a, b, c, 0, 0, 0)
#define CALL_2(number, a, b) CALL_6(number, a, b, 0, 0, 0, 0)
#define CALL_1(number, a) CALL_6(number, a, 0, 0, 0, 0, 0)
#define CALL_0(number) CALL_6(number, 0, 0, 0, 0, 0, 0)

#endif
