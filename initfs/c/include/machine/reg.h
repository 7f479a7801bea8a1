/* Registers as ptrace gives and takes them.
 *
 * Decides FreeBSD's amd64 layouts (machine/reg.h there). Neighbours: sys/ptrace.h, kernel/abi/src/registers.rs.
 */
#ifndef _MACHINE_REG_H_
#define _MACHINE_REG_H_

#include <sys/types.h>

/** General registers, 176 bytes. */
struct reg {
    __int64_t r_r15;
    __int64_t r_r14;
    __int64_t r_r13;
    __int64_t r_r12;
    __int64_t r_r11;
    __int64_t r_r10;
    __int64_t r_r9;
    __int64_t r_r8;
    __int64_t r_rdi;
    __int64_t r_rsi;
    __int64_t r_rbp;
    __int64_t r_rbx;
    __int64_t r_rdx;
    __int64_t r_rcx;
    __int64_t r_rax;
    __uint32_t r_trapno;
    __uint16_t r_fs;
    __uint16_t r_gs;
    __uint32_t r_err;
    __uint16_t r_es;
    __uint16_t r_ds;
    __int64_t r_rip;
    __int64_t r_cs;
    __int64_t r_rflags;
    __int64_t r_rsp;
    __int64_t r_ss;
};

/** Floating point registers: the FXSAVE image, 512 bytes. */
struct fpreg {
    __uint64_t fpr_env[4];
    __uint8_t fpr_acc[8][16];
    __uint8_t fpr_xacc[16][16];
    __uint64_t fpr_spare[12];
};

/** Debug registers. */
struct dbreg {
    __uint64_t dr[16];
};

_Static_assert(sizeof(struct reg) == 176, "FreeBSD's struct reg");
_Static_assert(sizeof(struct fpreg) == 512, "FreeBSD's struct fpreg");

#endif
