// start_pvh(ebx: address of hvm_start_info), start_multiboot2(eax: magic, ebx: address of the information) -> never
//
// Both loaders enter in 32-bit protected mode, paging off, at a physical address. This code builds the boot page tables
// (the first 4 GiB twice: identity, and the first GiB of it at KERNEL_BASE), enters long mode and calls
// start_kernel(protocol, information) on the kernel stack. No decision is taken here.

.set START_PVH, 1
.set START_MULTIBOOT2, 2
.set ENTRY_TABLE, 0x003             // present, writable
.set ENTRY_LARGE, 0x083             // present, writable, 2 MiB page

// The PVH entry note (Xen's elfnote.h, XEN_ELFNOTE_PHYS32_ENTRY = 18).
.section .note.Xen, "a", @note
    .balign 4
    .long 4, 8, 18
    .asciz "Xen"
    .balign 4
    .quad start_pvh_physical

.section .boot, "ax", @progbits
    .balign 8
multiboot2_header:
    .long 0xe85250d6, 0, multiboot2_header_end - multiboot2_header
    .long -(0xe85250d6 + (multiboot2_header_end - multiboot2_header))
    .short 6, 0                     // modules start on a page
    .long 8
    .short 3, 0                     // entry address
    .long 12
    .long start_multiboot2_physical
    .balign 8
    .short 0, 0                     // end of tags
    .long 8
multiboot2_header_end:

.code32
.global start_multiboot2
.set start_pvh_physical, start_pvh - {KERNEL_BASE}
.set start_multiboot2_physical, start_multiboot2 - {KERNEL_BASE}
.set boot_root_physical, boot_root - {KERNEL_BASE}
.set boot_low_physical, boot_low - {KERNEL_BASE}
.set boot_high_physical, boot_high - {KERNEL_BASE}
.set boot_pages_physical, boot_pages - {KERNEL_BASE}
.set boot_gdt_pointer_physical, boot_gdt_pointer - {KERNEL_BASE}
.set start_long_physical, start_long - {KERNEL_BASE}

.type start_pvh, @function
start_pvh:
    mov ebp, START_PVH
    jmp start_common
.size start_pvh, . - start_pvh

.type start_multiboot2, @function
start_multiboot2:
    xor ebp, ebp
    cmp eax, 0x36d76289
    jne start_common                // start_kernel refuses protocol 0
    mov ebp, START_MULTIBOOT2
.size start_multiboot2, . - start_multiboot2

.type start_common, @function
start_common:
    cli
    cld
    mov esi, ebx

    // Root: entry 0 leads to the identity map, entry 511 to KERNEL_BASE.
    mov edi, offset boot_root_physical
    mov eax, offset boot_low_physical
    or eax, ENTRY_TABLE
    mov [edi], eax
    mov eax, offset boot_high_physical
    or eax, ENTRY_TABLE
    mov [edi + 511 * 8], eax

    mov edi, offset boot_low_physical
    mov eax, offset boot_pages_physical
    or eax, ENTRY_TABLE
    mov [edi], eax
    mov [boot_high_physical + 510 * 8], eax
    add eax, 4096
    mov [edi + 8], eax
    add eax, 4096
    mov [edi + 16], eax
    add eax, 4096
    mov [edi + 24], eax

    mov edi, offset boot_pages_physical
    mov eax, ENTRY_LARGE
    mov ecx, 2048                   // 2,048 pages of 2 MiB: 4 GiB
1:  mov [edi], eax
    add eax, 0x200000
    add edi, 8
    dec ecx
    jnz 1b

    mov eax, 0x80000001             // no long mode, no NX: nothing to say and nobody to hear it
    cpuid
    and edx, 0x20100000
    cmp edx, 0x20100000
    jne 2f

    mov eax, cr4
    or eax, 0x20                    // PAE
    mov cr4, eax
    mov eax, offset boot_root_physical
    mov cr3, eax
    mov ecx, 0xc0000080             // EFER: LME, NXE
    rdmsr
    or eax, 0x900
    wrmsr
    mov eax, cr0
    or eax, 0x80010001              // PG, WP, PE
    mov cr0, eax
    lgdt [boot_gdt_pointer_physical]
    ljmp 0x08, offset start_long_physical
2:  hlt
    jmp 2b
.size start_common, . - start_common

.code64
.type start_long, @function
start_long:
    movabs rax, offset start_high   // from the identity map to the address the kernel is linked at
    jmp rax
start_high:
    mov eax, 0x10
    mov ss, eax
    mov ds, eax
    mov es, eax
    lea rsp, [rip + kernel_stack_top]
    mov edi, ebp
    mov esi, esi
    xor ebp, ebp                    // end of the frame-pointer chain
    call {start_kernel}
    ud2
.size start_long, . - start_long

    .balign 8
boot_gdt:
    .quad 0, 0x00af9b000000ffff, 0x00cf93000000ffff
boot_gdt_pointer:
    .short boot_gdt_pointer - boot_gdt - 1
    .long boot_gdt - {KERNEL_BASE}

.section .bss.boot_tables, "aw", @nobits
    .balign 4096
boot_root:
    .skip 4096
boot_low:
    .skip 4096
boot_high:
    .skip 4096
boot_pages:
    .skip 4 * 4096

// Each stack lies above a page that the final tables leave out, so that an overflow faults.
.section .stacks, "aw", @nobits
    .balign 4096
.macro stack name, bytes
    .global \name\()_guard
    .global \name\()_top
\name\()_guard:
    .skip 4096
    .skip \bytes
\name\()_top:
.endm

stack kernel_stack, {KERNEL_STACK_BYTES}
stack debug_stack, {TRAP_STACK_BYTES}
stack nmi_stack, {TRAP_STACK_BYTES}
stack double_fault_stack, {TRAP_STACK_BYTES}
stack machine_check_stack, {TRAP_STACK_BYTES}

.text
