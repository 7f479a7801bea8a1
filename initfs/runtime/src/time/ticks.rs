//! The processor's time-stamp counter: how benches measure.
//!
//! Decides that the counter is read as it is, without a fence: under QEMU's `-icount shift=0` one tick is one instruction,
//! and there a fence would only be counted as well. Main functions: [`ticks`], [`count_down`]. Neighbours: `initfs/bench`;
//! `time` has the clocks that everything else uses.

/// Ticks since the processor was started.
#[inline(always)]
#[must_use]
pub fn ticks() -> u64 {
    let (low, high): (u64, u64);
    // SAFETY: RDTSC sets EAX and EDX and changes nothing else. Without `nomem` the compiler keeps memory accesses on the
    // side of it where they were written.
    unsafe {
        core::arch::asm!("rdtsc", out("rax") low, out("rdx") high, options(nostack, preserves_flags));
    }
    high << 32 | low
}

/// Executes two instructions for each round, which is at least one: what shows how many ticks an instruction takes.
#[inline(always)]
pub fn count_down(rounds: u64) {
    // SAFETY: the loop changes one register, which it gives back, and the flags.
    unsafe {
        core::arch::asm!("2: dec {0}", "jnz 2b", inout(reg) rounds.max(1) => _, options(nomem, nostack));
    }
}
