//! The first and the last instructions of a thread.
//!
//! Decides that the end needs no stack: once the word is set, whoever joins may unmap it. The server sets the word and wakes
//! the joiner (FreeBSD kern_thr.c, sys_thr_exit). Neighbours: `thread`, the calls' numbers in `kernel_abi`.

use super::{THR_EXIT, run};
use core::arch::naked_asm;
use kernel_abi::calls::PROCESS_CALL;

/// Where the server starts a thread: its argument in rdi, rsp at the end of its stack. The stack is aligned as the C ABI
/// wants it before a call, and rbp = 0 ends backtraces by frame pointers.
#[unsafe(naked)]
pub(super) extern "C" fn thread_entry() {
    naked_asm!("xor ebp, ebp", "and rsp, -16", "call {run}", "ud2", run = sym run)
}

/// Ends the calling thread, which has the word set to 1 and wakes who waits for it; touches no other memory.
///
/// # Safety
/// The word must live until it is set. Signals must be blocked: a handler's frame would touch the stack.
#[unsafe(naked)]
pub(super) unsafe extern "C" fn end_thread(word: *mut u64) -> ! {
    naked_asm!(
        "mov eax, {exit}",
        "syscall",
        "ud2",
        exit = const PROCESS_CALL | THR_EXIT,
    )
}
