/* New processes: fork and vfork.
 *
 * Decides that vfork takes its return address off the stack before the call, because the child returns first and writes
 * there. Neighbours: thread.c (a child of fork has one thread), execute.c; initfs/runtime/src/process.rs is the same in Rust.
 */
#include <unistd.h>

#include "call.h"
#include "thread.h"

pid_t fork(void)
{
    pid_t pid = (pid_t)CALL_0(CALL_FORK);
    if (pid == 0)
        __thread_after_fork();
    return pid;
}

/* What vfork jumps to with a raw result: finish as a function, returning to vfork's caller. */
__attribute__((used)) static pid_t finish_vfork(long result)
{
    return (pid_t)finish(result);
}

#define STRING_OF(text) #text
#define VALUE_OF(macro) STRING_OF(macro)

/* Registers but rax, rcx, rdx and r11 come back unchanged, in both processes. */
__asm__(".globl vfork\n"
        ".type vfork, @function\n"
        "vfork:\n"
        "    .cfi_startproc\n"
        "    pop %rsi\n"
        "    .cfi_adjust_cfa_offset -8\n"
        "    .cfi_register rip, rsi\n"
        "    mov $" VALUE_OF(PROCESS_CALL) " + 66, %eax\n"
        "    syscall\n"
        "    push %rsi\n"
        "    .cfi_adjust_cfa_offset 8\n"
        "    .cfi_offset rip, -8\n"
        "    mov %rax, %rdi\n"
        "    jmp finish_vfork\n"
        "    .cfi_endproc\n"
        ".size vfork, . - vfork\n");
