# void *memcpy(void *to: rdi, const void *from: rsi, size_t length: rdx) and its five relatives, System V convention.
# Up to 64 bytes every load comes before the first store, so those paths serve memmove as well; the two ends of a range
# are read with loads that overlap, which needs no loop. Longer copies are REP MOVSQ, and the last bytes are stored apart.

    .section .text.memory, "ax", @progbits

    .globl runtime_memmove
    .type runtime_memmove, @function
    .balign 16
runtime_memmove:
    mov     rax, rdi
    sub     rax, rsi
    cmp     rax, rdx                # distance below length (unsigned): `to` starts inside `from`
    jae     runtime_memcpy
    cmp     rdx, 64
    jbe     runtime_memcpy
    mov     rax, rdi
    movups  xmm1, [rsi]             # the first 16 bytes, before the loop overwrites them
    lea     rcx, [rdx - 16]
.Lmove_down:                        # 16 bytes at a time from the end
    movups  xmm0, [rsi + rcx]
    movups  [rdi + rcx], xmm0
    sub     rcx, 16
    ja      .Lmove_down
    movups  [rdi], xmm1
    ret
    .size runtime_memmove, . - runtime_memmove

    .globl runtime_memcpy
    .type runtime_memcpy, @function
    .balign 16
runtime_memcpy:
    mov     rax, rdi
    cmp     rdx, 16
    ja      .Lcopy_above_16
    cmp     edx, 8
    jae     .Lcopy_8_to_16
    cmp     edx, 4
    jae     .Lcopy_4_to_7
    test    edx, edx
    je      .Lcopy_done
    movzx   ecx, byte ptr [rsi]
    movzx   r8d, byte ptr [rsi + rdx - 1]
    mov     r10d, edx
    shr     r10d, 1
    movzx   r9d, byte ptr [rsi + r10]   # of 1, 2 or 3 bytes: the middle one, or one of the two again
    mov     [rdi + r10], r9b
    mov     [rdi], cl
    mov     [rdi + rdx - 1], r8b
    ret
.Lcopy_4_to_7:
    mov     ecx, [rsi]
    mov     r8d, [rsi + rdx - 4]
    mov     [rdi], ecx
    mov     [rdi + rdx - 4], r8d
    ret
.Lcopy_8_to_16:
    mov     rcx, [rsi]
    mov     r8, [rsi + rdx - 8]
    mov     [rdi], rcx
    mov     [rdi + rdx - 8], r8
.Lcopy_done:
    ret
.Lcopy_above_16:
    movups  xmm0, [rsi]
    movups  xmm1, [rsi + rdx - 16]
    cmp     rdx, 32
    ja      .Lcopy_above_32
    movups  [rdi], xmm0
    movups  [rdi + rdx - 16], xmm1
    ret
.Lcopy_above_32:
    cmp     rdx, 64
    ja      .Lcopy_long
    movups  xmm2, [rsi + 16]
    movups  xmm3, [rsi + rdx - 32]
    movups  [rdi], xmm0
    movups  [rdi + 16], xmm2
    movups  [rdi + rdx - 32], xmm3
    movups  [rdi + rdx - 16], xmm1
    ret
.Lcopy_long:
    lea     r8, [rdi + rdx - 16]    # memmove comes here with `to` below `from` too: xmm1 was read before any store
    mov     rcx, rdx
    shr     rcx, 3
    rep movsq
    movups  [r8], xmm1
    ret
    .size runtime_memcpy, . - runtime_memcpy

    .globl runtime_memset
    .type runtime_memset, @function
    .balign 16
runtime_memset:
    mov     r8, rdi
    movzx   eax, sil
    mov     rcx, 0x0101010101010101
    imul    rax, rcx
    cmp     rdx, 16
    jae     .Lset_long
    cmp     edx, 8
    jae     .Lset_8_to_15
    cmp     edx, 4
    jae     .Lset_4_to_7
    test    edx, edx
    je      .Lset_done
    mov     [rdi], al
    mov     [rdi + rdx - 1], al
    shr     edx, 1
    mov     [rdi + rdx], al
.Lset_done:
    mov     rax, r8
    ret
.Lset_4_to_7:
    mov     [rdi], eax
    mov     [rdi + rdx - 4], eax
    mov     rax, r8
    ret
.Lset_8_to_15:
    mov     [rdi], rax
    mov     [rdi + rdx - 8], rax
    mov     rax, r8
    ret
.Lset_long:
    mov     [rdi + rdx - 8], rax    # the bytes that the quadwords leave over
    mov     rcx, rdx
    shr     rcx, 3
    rep stosq
    mov     rax, r8
    ret
    .size runtime_memset, . - runtime_memset

    .globl runtime_memcmp
    .type runtime_memcmp, @function
    .balign 16
runtime_memcmp:
    xor     ecx, ecx
.Lcompare_quadwords:
    lea     r8, [rcx + 8]
    cmp     r8, rdx
    ja      .Lcompare_bytes
    mov     rax, [rdi + rcx]
    mov     r9, [rsi + rcx]
    cmp     rax, r9
    jne     .Lcompare_differ
    mov     rcx, r8
    jmp     .Lcompare_quadwords
.Lcompare_differ:
    bswap   rax                     # lowest address decides: make it the highest byte
    bswap   r9
    cmp     rax, r9
    sbb     eax, eax                # -1 if below, else 0
    or      eax, 1
    ret
.Lcompare_bytes:
    cmp     rcx, rdx
    jae     .Lcompare_equal
    movzx   eax, byte ptr [rdi + rcx]
    movzx   r9d, byte ptr [rsi + rcx]
    inc     rcx
    sub     eax, r9d
    je      .Lcompare_bytes
    ret
.Lcompare_equal:
    xor     eax, eax
    ret
    .size runtime_memcmp, . - runtime_memcmp

    .globl runtime_strlen
    .type runtime_strlen, @function
    .balign 16
runtime_strlen:
    xor     eax, eax
.Lstrlen_next:
    cmp     byte ptr [rdi + rax], 0
    je      .Lstrlen_end
    inc     rax
    jmp     .Lstrlen_next
.Lstrlen_end:
    ret
    .size runtime_strlen, . - runtime_strlen
