//! memcpy, memmove, memset, memcmp, bcmp and strlen: what compiled code calls by name.
//!
//! Decides that they are assembly: the target's prebuilt libraries expect them from a C library, and a loop in Rust would
//! be compiled into a call of itself. `bytes.S` holds the routines under names of their own, so that the host's tests can
//! link them beside the host's. Neighbours: every program, through the compiler.

core::arch::global_asm!(include_str!("bytes.S"));

#[cfg(target_os = "redox")]
core::arch::global_asm!(
    ".globl memcpy, memmove, memset, memcmp, bcmp, strlen",
    ".set memcpy, runtime_memcpy",
    ".set memmove, runtime_memmove",
    ".set memset, runtime_memset",
    ".set memcmp, runtime_memcmp",
    ".set bcmp, runtime_memcmp",
    ".set strlen, runtime_strlen",
);

#[cfg(test)]
mod tests;
