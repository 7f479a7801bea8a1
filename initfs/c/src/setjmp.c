/* setjmp and longjmp, with and without the mask of signals.
 *
 * Decides what a jump restores: the registers that a function must keep, the rounding modes, the stack, the place. Neighbours:
 * machine/setjmp.h has the buffers' layout.
 */
#include <setjmp.h>
#include <signal.h>

/* The word behind the registers that says whether a mask was kept. */
#define MASK_KEPT _JBLEN
#define MASK (_JBLEN + 1)

/* longjmp's 0 becomes 1, because setjmp has returned 0 already (C17 7.13.2.1). */
__asm__(".globl setjmp, _setjmp\n"
        ".type setjmp, @function\n"
        ".type _setjmp, @function\n"
        "setjmp:\n"
        "_setjmp:\n"
        "    .cfi_startproc\n"
        "    mov %rbx, (%rdi)\n"
        "    mov %rbp, 8(%rdi)\n"
        "    mov %r12, 16(%rdi)\n"
        "    mov %r13, 24(%rdi)\n"
        "    mov %r14, 32(%rdi)\n"
        "    mov %r15, 40(%rdi)\n"
        "    lea 8(%rsp), %rax\n"
        "    mov %rax, 48(%rdi)\n"
        "    mov (%rsp), %rax\n"
        "    mov %rax, 56(%rdi)\n"
        "    stmxcsr 64(%rdi)\n"
        "    fnstcw 68(%rdi)\n"
        "    xor %eax, %eax\n"
        "    ret\n"
        "    .cfi_endproc\n"
        ".size setjmp, . - setjmp\n"
        ".size _setjmp, . - _setjmp\n"
        ".globl longjmp, _longjmp\n"
        ".type longjmp, @function\n"
        ".type _longjmp, @function\n"
        "longjmp:\n"
        "_longjmp:\n"
        "    .cfi_startproc\n"
        "    mov %esi, %eax\n"
        "    test %eax, %eax\n"
        "    jnz 1f\n"
        "    inc %eax\n"
        "1:  mov (%rdi), %rbx\n"
        "    mov 8(%rdi), %rbp\n"
        "    mov 16(%rdi), %r12\n"
        "    mov 24(%rdi), %r13\n"
        "    mov 32(%rdi), %r14\n"
        "    mov 40(%rdi), %r15\n"
        "    ldmxcsr 64(%rdi)\n"
        "    fldcw 68(%rdi)\n"
        "    mov 48(%rdi), %rsp\n"
        "    jmp *56(%rdi)\n"
        "    .cfi_endproc\n"
        ".size longjmp, . - longjmp\n"
        ".size _longjmp, . - _longjmp\n");

void __sigsetjmp_mask(sigjmp_buf buffer, int save)
{
    buffer[MASK_KEPT] = save;
    if (save)
        sigprocmask(SIG_BLOCK, NULL, (sigset_t *)&buffer[MASK]);
}

void siglongjmp(sigjmp_buf buffer, int value)
{
    if (buffer[MASK_KEPT])
        sigprocmask(SIG_SETMASK, (sigset_t *)&buffer[MASK], NULL);
    longjmp(buffer, value);
}
