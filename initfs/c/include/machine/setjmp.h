/* Where setjmp keeps registers, and sigsetjmp the mask as well.
 *
 * Decides the buffers: rbx, rbp, r12 to r15, rsp, rip, the floating point control words; behind them for sigsetjmp a word
 * that says whether the mask follows. Neighbours: src/setjmp.c; setjmp.h is newlib's.
 */
#ifndef _MACHINE_SETJMP_H_
#define _MACHINE_SETJMP_H_

#include <sys/cdefs.h>

#define _JBLEN 9
typedef long jmp_buf[_JBLEN];
typedef long sigjmp_buf[_JBLEN + 3];

__BEGIN_DECLS
/** Keeps the mask if asked to: the first half of sigsetjmp. */
void __sigsetjmp_mask(sigjmp_buf buffer, int save);
/** longjmp, with the mask that was kept. */
void siglongjmp(sigjmp_buf buffer, int value) __attribute__((__noreturn__));
int _setjmp(jmp_buf buffer) __attribute__((__returns_twice__));
void _longjmp(jmp_buf buffer, int value) __attribute__((__noreturn__));
__END_DECLS

/** setjmp, keeping the mask of signals if save is not 0. */
#define sigsetjmp(buffer, save) (__sigsetjmp_mask((buffer), (save)), _setjmp(buffer))

#endif
