//! User code, as bytes: a case needs only a few instructions, and every byte of them matters.
//!
//! Decides nothing. RBX holds the address of the data page when a program starts. Neighbours: `cases`.

/// syscall
pub(crate) const SYSCALL: [u8; 2] = [0x0f, 0x05];
/// again: syscall; jmp again
pub(crate) const SYSCALL_FOREVER: [u8; 4] = [0x0f, 0x05, 0xeb, 0xfc];
/// jmp to itself
pub(crate) const SPIN: [u8; 2] = [0xeb, 0xfe];
/// inc rax; jmp back
pub(crate) const COUNT: [u8; 5] = [0x48, 0xff, 0xc0, 0xeb, 0xfb];
/// jmp far [rbx]; syscall
pub(crate) const FAR_JUMP: [u8; 4] = [0xff, 0x2b, 0x0f, 0x05];
/// nop; nop; nop; syscall
pub(crate) const NOPS: [u8; 5] = [0x90, 0x90, 0x90, 0x0f, 0x05];
/// int3
pub(crate) const INT3: [u8; 1] = [0xcc];
/// int 3, the long form
pub(crate) const INT_3: [u8; 2] = [0xcd, 0x03];
/// int 4
pub(crate) const INT_4: [u8; 2] = [0xcd, 0x04];
/// ud2
pub(crate) const UD2: [u8; 2] = [0x0f, 0x0b];
/// xor ecx, ecx; div ecx
pub(crate) const DIVIDE_BY_ZERO: [u8; 4] = [0x31, 0xc9, 0xf7, 0xf1];
/// hlt
pub(crate) const HLT: [u8; 1] = [0xf4];
/// cli
pub(crate) const CLI: [u8; 1] = [0xfa];
/// in al, 0x60
pub(crate) const IN: [u8; 2] = [0xe4, 0x60];
/// sysenter
pub(crate) const SYSENTER: [u8; 2] = [0x0f, 0x34];
/// rdfsbase rax
pub(crate) const RDFSBASE: [u8; 5] = [0xf3, 0x48, 0x0f, 0xae, 0xc0];
/// sgdt [rbx]
pub(crate) const SGDT: [u8; 3] = [0x0f, 0x01, 0x03];
/// mov rax, [rbx]; syscall; jmp back
pub(crate) const LOAD: [u8; 7] = [0x48, 0x8b, 0x03, 0x0f, 0x05, 0xeb, 0xf9];
/// mov [rbx], rax; syscall; jmp back
pub(crate) const STORE: [u8; 7] = [0x48, 0x89, 0x03, 0x0f, 0x05, 0xeb, 0xf9];
/// mov rax, fs:[0]; mov rcx, gs:[0] into rdx; syscall; jmp back
pub(crate) const LOAD_FS_GS: [u8; 22] = [
    0x64, 0x48, 0x8b, 0x04, 0x25, 0, 0, 0, 0, // mov rax, fs:[0]
    0x65, 0x48, 0x8b, 0x14, 0x25, 0, 0, 0, 0, // mov rdx, gs:[0]
    0x0f, 0x05, // syscall
    0xeb, 0xea, // jmp back to the first
];
/// mov eax, 0x23; mov fs, eax; mov gs, eax; mov ds, eax; mov es, eax; syscall
pub(crate) const LOAD_SELECTORS: [u8; 15] =
    [0xb8, 0x23, 0, 0, 0, 0x8e, 0xe0, 0x8e, 0xe8, 0x8e, 0xd8, 0x8e, 0xc0, 0x0f, 0x05];
/// movq xmm0, rax; fninit; fld1; syscall; movq rax, xmm0; fnstsw [rbx]; syscall
pub(crate) const KEEP_XMM0: [u8; 20] = [
    0x66, 0x48, 0x0f, 0x6e, 0xc0, // movq xmm0, rax
    0xdb, 0xe3, // fninit
    0xd9, 0xe8, // fld1
    0x0f, 0x05, // syscall
    0x66, 0x48, 0x0f, 0x7e, 0xc0, // movq rax, xmm0
    0xdd, 0x3b, // fnstsw [rbx]
    0x0f, 0x05, // syscall
];
/// movq rax, xmm0; fnstcw [rbx]; stmxcsr [rbx+8]; syscall
pub(crate) const READ_INITIAL: [u8; 13] =
    [0x66, 0x48, 0x0f, 0x7e, 0xc0, 0xd9, 0x3b, 0x0f, 0xae, 0x5b, 0x08, 0x0f, 0x05];
/// vpcmpeqd ymm7, ymm7, ymm7; syscall; vmovdqu [rbx], ymm7; syscall
pub(crate) const KEEP_YMM7: [u8; 12] = [0xc5, 0xc5, 0x76, 0xff, 0x0f, 0x05, 0xc5, 0xfe, 0x7f, 0x3b, 0x0f, 0x05];
/// mov ss, [rbx]; syscall (a watchpoint on rbx is owed to the kernel)
pub(crate) const MOV_SS_SYSCALL: [u8; 4] = [0x8e, 0x13, 0x0f, 0x05];
/// mov ss, [rbx]; int3
pub(crate) const MOV_SS_INT3: [u8; 3] = [0x8e, 0x13, 0xcc];
/// mov ss, [rbx]; nop; nop; syscall
pub(crate) const MOV_SS_NOP: [u8; 6] = [0x8e, 0x13, 0x90, 0x90, 0x0f, 0x05];
/// mov rdi, rbx; mov ecx, 4; rep stosb; syscall
pub(crate) const REP_STOSB: [u8; 12] = [0x48, 0x89, 0xdf, 0xb9, 4, 0, 0, 0, 0xf3, 0xaa, 0x0f, 0x05];
/// pushfq; pop rax; syscall
pub(crate) const PUSH_FLAGS: [u8; 4] = [0x9c, 0x58, 0x0f, 0x05];
/// int1
pub(crate) const ICEBP: [u8; 1] = [0xf1];
