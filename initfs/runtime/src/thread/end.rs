//! The first and the last instructions of a thread.
//!
//! Decides that the end needs no stack: once the word is set, whoever joins may unmap it. Neighbours: `thread`, the calls'
//! numbers in `kernel_abi`.

use super::{GONE, THR_EXIT, run};
use core::arch::naked_asm;
use kernel_abi::calls::PROCESS_CALL;
use kernel_abi::redox::flag::FUTEX_WAKE;
use kernel_abi::redox::number::SYS_FUTEX;

/// Where the server starts a thread: its argument in rdi, rsp at the end of its stack. The stack is aligned as the C ABI
/// wants it before a call, and rbp = 0 ends backtraces by frame pointers.
#[unsafe(naked)]
pub(super) extern "C" fn thread_entry() {
    naked_asm!("xor ebp, ebp", "and rsp, -16", "call {run}", "ud2", run = sym run)
}

/// Sets the word, wakes who waits for it, and ends the calling thread; touches no other memory.
///
/// # Safety
/// The word must live until it is set. Signals must be blocked: a handler's frame would touch the stack.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn end_thread(word: *mut u32) -> ! {
    naked_asm!(
        "mov dword ptr [rdi], {gone}",
        "mov esi, {wake}",
        "mov edx, 0x7fffffff",
        "xor r10d, r10d",
        "xor r8d, r8d",
        "mov eax, {futex}",
        "syscall",
        "xor edi, edi",
        "mov eax, {exit}",
        "syscall",
        "ud2",
        gone = const GONE,
        wake = const FUTEX_WAKE,
        futex = const SYS_FUTEX,
        exit = const PROCESS_CALL | THR_EXIT,
    )
}
