// enter_by_sysret, enter_by_iretq(rdi: end of the Registers) -> ZF: clear after SYSCALL, set after a trap
//
// The way into user mode and every way out of it. TSS.RSP0 holds the end of the running context's registers: the
// processor, or system_call_entry, pushes an exception frame there, the rest of `Registers` follows by PUSH, and
// `leave_user` returns to the caller of enter_by_*. Kernel data is at fixed addresses, so nothing here needs GS.
// Only rbx and rbp are kept on the kernel stack; the Rust caller declares every other register clobbered. ZF tells it how
// user mode was left: SYSCALL has cleared it (FMASK), and nothing on that path writes flags.

.macro push_general
    push rax
    push rcx
    push rdx
    push rbx
    push rbp
    push rsi
    push rdi
    push r8
    push r9
    push r10
    push r11
    push r12
    push r13
    push r14
    push r15
.endm

.macro pop_general
    pop r15
    pop r14
    pop r13
    pop r12
    pop r11
    pop r10
    pop r9
    pop r8
    pop rdi
    pop rsi
    pop rbp
    pop rbx
    pop rdx
    pop rcx
    pop rax
.endm

.macro leave_user
    mov rsp, [rip + kernel_stack_pointer]
    pop rbp
    pop rbx
    ret
.endm

.macro begin_user
    push rbx
    push rbp
    mov [rip + kernel_stack_pointer], rsp
    mov [rip + {tss} + {TSS_RSP0}], rdi
    lea rsp, [rdi - {REGISTERS_BYTES}]
    pop_general
.endm

.section .text.entry, "ax", @progbits
.balign 16
.global enter_by_sysret
.type enter_by_sysret, @function
enter_by_sysret:                    // the caller has checked rip = rcx and rflags = r11
    begin_user
    mov rsp, [rsp + {RSP_FROM_TRAPNO}]
    sysretq
.size enter_by_sysret, . - enter_by_sysret

.balign 16
.global enter_by_iretq
.type enter_by_iretq, @function
enter_by_iretq:
    begin_user
    add rsp, 16                     // over trapno and err
iretq_to_user:
    iretq
.size enter_by_iretq, . - enter_by_iretq

.macro push_system_call trapno
    mov [rip + user_stack_pointer], rsp
    mov rsp, [rip + {tss} + {TSS_RSP0}]
    push {USER_SS}
    push [rip + user_stack_pointer]
    push r11
    push {USER_CS}
    push rcx
    push 0
    push \trapno
    push_general
.endm

.balign 16
.global system_call_entry
.type system_call_entry, @function
system_call_entry:
    push_system_call 0
    leave_user
.size system_call_entry, . - system_call_entry

// Where a #DB that hits the first instruction of system_call_entry continues (MOV SS before SYSCALL).
.global system_call_entry_owing_debug
.type system_call_entry_owing_debug, @function
system_call_entry_owing_debug:
    push_system_call {SYSTEM_CALL_OWING_DEBUG}
    cmp eax, eax                    // ZF: this is a trap as well
    leave_user
.size system_call_entry_owing_debug, . - system_call_entry_owing_debug

.balign 16
.global trap_common
.type trap_common, @function
trap_common:                        // on the stack: trapno, err, rip, cs, rflags, rsp, ss
    test byte ptr [rsp + 24], 3
    jz trap_in_kernel
trap_from_user:
    push_general
    cld
    cmp eax, eax                    // ZF
    leave_user
trap_in_kernel:
    cmp qword ptr [rsp + 16], offset iretq_to_user
    jne trap_in_supervisor
    // IRETQ refused the frame. All user registers are live again, and the processor has pushed its frame over their
    // stored copies: with rsp at `rip` of the registers (8 modulo 16) it aligned down over `err` and pushed from there.
    // Move vector and code to where the user's trap would have put them and store the registers anew.
    pop [rsp + 40]
    pop [rsp + 40]
    lea rsp, [rsp + 32]
    jmp trap_from_user
.size trap_common, . - trap_common

// Traps on stacks of their own, and faults of the kernel itself: returns to where it came from, if it returns.
.balign 16
.type trap_in_supervisor, @function
trap_in_supervisor:
    push_general
    cld
    mov rdi, rsp
    call {supervisor_trap}
    pop_general
    add rsp, 16
    iretq
.size trap_in_supervisor, . - trap_in_supervisor

// #DB has its own stack: a frame from user mode moves to the context, as if pushed there (under QEMU it is there already, and
// moves onto itself).
.balign 16
.type trap_debug, @function
trap_debug:
    test byte ptr [rsp + 24], 3
    jz trap_debug_in_kernel
    mov [rip + debug_scratch], rax
    mov rax, rsp
    mov rsp, [rip + {tss} + {TSS_RSP0}]
    push [rax + 48]                 // ss
    push [rax + 40]                 // rsp
    push [rax + 32]                 // rflags
    push [rax + 24]                 // cs
    push [rax + 16]                 // rip
    push 0
    push 1
    mov rax, [rip + debug_scratch]
    jmp trap_from_user
trap_debug_in_kernel:
    // QEMU's second #DB of one instruction (idt.rs) comes at the first instruction of the stub that the first one, or a
    // fault of the same instruction, entered. DR6 holds the causes of both.
    cmp qword ptr [rsp + 16], offset trap_stubs
    jb trap_in_supervisor
    cmp qword ptr [rsp + 16], offset trap_stubs_end
    jae trap_in_supervisor
    push rax
    mov eax, {DEBUG_OFF}
    mov dr7, rax
    pop rax
    add rsp, 16
    iretq
.size trap_debug, . - trap_debug

// One stub of 16 bytes per vector; the mask names the vectors with an error code (SDM vol. 3, table 6-1).
.balign 16
.global trap_stubs
trap_stubs:
.set vector, 0
.rept 256
    .balign 16
    .if vector >= 32 || ((0x60227d00 >> vector) & 1) == 0
    push 0
    .endif
    push vector
    .if vector == 1
    jmp trap_debug
    .elseif vector == 2 || vector == 8 || vector == 18
    jmp trap_in_supervisor
    .else
    jmp trap_common
    .endif
    .set vector, vector + 1
.endr
trap_stubs_end:

// restore_extended(rdi: XSAVE image) -> eax: 0, or 1 when the processor refused the image
.balign 16
.global restore_extended
.type restore_extended, @function
restore_extended:
    mov eax, -1
    mov edx, -1
.global restore_extended_instruction
restore_extended_instruction:
    xrstor64 [rdi]
    xor eax, eax
    ret
.global restore_legacy
restore_legacy:
    fxrstor64 [rdi]
    xor eax, eax
    ret
.global restore_refused
restore_refused:
    mov eax, 1
    ret
.size restore_extended, . - restore_extended

.section .bss.trap, "aw", @nobits
    .balign 8
kernel_stack_pointer:
    .skip 8
user_stack_pointer:
    .skip 8
debug_scratch:
    .skip 8

.text
