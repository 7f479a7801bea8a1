//! Single step, hardware breakpoints and watchpoints, and the #DBs that user code aims at the kernel.
//!
//! Decides nothing. Where emulators differ from hardware (research notes in docs) both outcomes are named. Neighbours:
//! kernel/machine/src/debug.rs, trap/supervisor.rs.

use kernel_abi::registers::{RFLAGS_RF, RFLAGS_TF, USER_SS};
use kernel_core::seam::{Exit, PhysicalMemory};

use crate::bench::{Bench, CODE, DATA, Thread};
use crate::programs::{
    ICEBP, MOV_SS_INT3, MOV_SS_NOP, MOV_SS_SYSCALL, NOPS, PUSH_FLAGS, REP_STOSB, STORE, SYSCALL, SYSCALL_FOREVER,
};
use crate::verdict::{Verdict, equal, holds};

const SINGLE_STEP: u64 = 1 << 14;
/// DR7: breakpoint 0 on, length 8, on data writes.
const WATCH_WRITES: u64 = 1 | 1 << 16 | 2 << 18;
/// DR7: breakpoint 0 on, length 2, on data reads and writes.
const WATCH_ACCESS: u64 = 1 | 3 << 16 | 1 << 18;
/// DR7: breakpoint 0 on, on execution.
const BREAK: u64 = 1;

const STEP: Exit = Exit::Debug { dr6: SINGLE_STEP, system_call: false };
const HIT: Exit = Exit::Debug { dr6: 1, system_call: false };

fn offset(thread: &Thread) -> u64 {
    thread.context.registers.rip.wrapping_sub(CODE)
}

fn set(thread: &mut Thread, address: u64, control: u64) {
    thread.context.debug.dr[0] = address;
    thread.context.debug.dr[7] = control;
}

/// One trap for each instruction, TF stays in the frame.
pub(crate) fn step_reports_every_instruction(bench: &mut Bench) -> Verdict {
    let mut thread = bench.thread(&NOPS)?;
    thread.context.registers.rflags |= RFLAGS_TF;
    for expected in 1..=3 {
        bench.expect(&mut thread, STEP)?;
        equal("rip", offset(&thread), expected)?;
        holds("TF stays in the frame", thread.context.registers.rflags & RFLAGS_TF != 0)?;
    }
    bench.end(&thread);

    let mut thread = bench.thread(&PUSH_FLAGS)?;
    thread.context.registers.rflags |= RFLAGS_TF;
    for expected in [1, 2] {
        bench.expect(&mut thread, STEP)?;
        equal("rip", offset(&thread), expected)?;
    }
    bench.end(&thread);
    Ok(())
}

/// The kernel is entered without a trap in it (Bochs would give one), and the frame says that TF was set.
pub(crate) fn step_over_system_call_enters_clean(bench: &mut Bench) -> Verdict {
    let mut thread = bench.thread(&SYSCALL_FOREVER)?;
    thread.context.registers.rflags |= RFLAGS_TF;
    bench.expect(&mut thread, Exit::SystemCall)?;
    holds("TF is in the frame", thread.context.registers.rflags & RFLAGS_TF != 0)?;
    equal("rip", offset(&thread), SYSCALL.len() as u64)?;
    bench.expect(&mut thread, STEP)?;
    equal("rip after the jump", offset(&thread), 0)?;
    for _ in 0..1000 {
        bench.expect(&mut thread, Exit::SystemCall)?;
        bench.expect(&mut thread, STEP)?;
    }
    bench.end(&thread);
    Ok(())
}

/// A string instruction traps after each iteration.
pub(crate) fn step_counts_string_iterations(bench: &mut Bench) -> Verdict {
    let mut thread = bench.thread(&REP_STOSB)?;
    thread.context.registers.rflags |= RFLAGS_TF;
    for expected in [3, 8, 8, 8, 8] {
        bench.expect(&mut thread, STEP)?;
        equal("rip", offset(&thread), expected)?;
    }
    bench.expect(&mut thread, STEP)?;
    if bench.counts_instructions && offset(&thread) == 8 {
        // QEMU's counting mode looks at RCX = 0 in a step of its own.
        bench.expect(&mut thread, STEP)?;
    }
    equal("rip behind the loop", offset(&thread), 10)?;
    bench.end(&thread);
    Ok(())
}

/// A store of the program hits, after it is done; a copy by the kernel to the same frame does not.
pub(crate) fn watchpoint_hits_user_but_not_kernel(bench: &mut Bench) -> Verdict {
    let mut thread = bench.thread(&STORE)?;
    set(&mut thread, DATA, WATCH_WRITES);
    for value in 1..=3_u64 {
        thread.context.registers.rax = value;
        thread.context.registers.rip = CODE;
        bench.expect(&mut thread, HIT)?;
        equal("rip", offset(&thread), 3)?;
        let mut word = [0; 8];
        bench.machine.read(thread.data, 0, &mut word);
        equal("stored", u64::from_le_bytes(word), value)?;
        bench.machine.write(thread.data, 0, &[0; 8]);
        bench.expect(&mut thread, Exit::SystemCall)?;
    }
    set(&mut thread, DATA, 0);
    thread.context.registers.rip = CODE;
    bench.expect(&mut thread, Exit::SystemCall)?;
    bench.end(&thread);
    Ok(())
}

/// An instruction that is stepped and hits reports both in one trap, with its own frame.
pub(crate) fn step_and_watchpoint_report_together(bench: &mut Bench) -> Verdict {
    let mut thread = bench.thread(&STORE)?;
    set(&mut thread, DATA, WATCH_WRITES);
    thread.context.registers.rflags |= RFLAGS_TF;
    let stack = thread.context.registers.rsp;
    for value in 1..=100_u64 {
        thread.context.registers.rax = value;
        thread.context.registers.rip = CODE;
        bench.expect(&mut thread, Exit::Debug { dr6: 1 << 14 | 1, system_call: false })?;
        equal("rip", offset(&thread), 3)?;
        equal("rsp", thread.context.registers.rsp, stack)?;
        equal("rax", thread.context.registers.rax, value)?;
        holds("TF stays in the frame", thread.context.registers.rflags & RFLAGS_TF != 0)?;
        let mut word = [0; 8];
        bench.machine.read(thread.data, 0, &mut word);
        equal("stored", u64::from_le_bytes(word), value)?;
    }
    bench.end(&thread);
    Ok(())
}

/// Without RF it hits again and again, with RF the instruction executes.
pub(crate) fn code_breakpoint_passes_with_resume_flag(bench: &mut Bench) -> Verdict {
    let mut thread = bench.thread(&NOPS)?;
    set(&mut thread, CODE.wrapping_add(1), BREAK);
    for _ in 0..3 {
        bench.expect(&mut thread, HIT)?;
        equal("rip", offset(&thread), 1)?;
        thread.context.registers.rflags &= !RFLAGS_RF;
    }
    thread.context.registers.rflags |= RFLAGS_RF;
    bench.expect(&mut thread, Exit::SystemCall)?;
    bench.end(&thread);
    Ok(())
}

/// Another thread with the same addresses never meets them.
pub(crate) fn breakpoints_stay_with_their_thread(bench: &mut Bench) -> Verdict {
    let mut watched = bench.thread(&STORE)?;
    let mut free = bench.thread(&STORE)?;
    set(&mut watched, DATA, WATCH_WRITES);
    for _ in 0..100 {
        bench.expect(&mut watched, HIT)?;
        bench.expect(&mut free, Exit::SystemCall)?;
        bench.expect(&mut watched, Exit::SystemCall)?;
        bench.expect(&mut free, Exit::SystemCall)?;
    }
    bench.end(&watched);
    bench.end(&free);
    Ok(())
}

/// CVE-2018-8897: MOV SS holds a watchpoint back until the next instruction, here one that enters the kernel. Hardware
/// and Bochs deliver the #DB in ring 0, QEMU before the instruction.
pub(crate) fn delayed_watchpoint_never_panics(bench: &mut Bench) -> Verdict {
    for code in [&MOV_SS_SYSCALL[..], &MOV_SS_NOP] {
        for _ in 0..100 {
            let mut thread = delayed(bench, code)?;
            let exit = bench.run(&mut thread);
            let owed = exit == Exit::Debug { dr6: 1, system_call: true };
            if owed {
                equal("rip", offset(&thread), MOV_SS_SYSCALL.len() as u64)?;
            } else {
                equal("exit", exit, HIT)?;
                bench.expect(&mut thread, Exit::SystemCall)?;
            }
            bench.end(&thread);
        }
    }
    let mut thread = delayed(bench, &MOV_SS_INT3)?;
    let exit = bench.run(&mut thread);
    if exit == HIT {
        bench.expect(&mut thread, Exit::Exception { vector: 3, code: 0, address: 0 })?;
    } else {
        equal("exit", exit, Exit::Exception { vector: 3, code: 0, address: 0 })?;
    }
    bench.end(&thread);
    Ok(())
}

fn delayed(bench: &mut Bench, code: &[u8]) -> Result<Thread, alloc::string::String> {
    let mut thread = bench.thread(code)?;
    bench.machine.write(thread.data, 0, &USER_SS.to_le_bytes());
    set(&mut thread, DATA, WATCH_ACCESS);
    Ok(thread)
}

/// #DB on hardware and Bochs, #UD on QEMU.
pub(crate) fn int1_never_panics(bench: &mut Bench) -> Verdict {
    let (thread, exit) = bench.run_code(&ICEBP)?;
    bench.end(&thread);
    let trap = Exit::Debug { dr6: 0, system_call: false };
    holds("INT1 is a trap of the thread", exit == trap || exit == Exit::Exception { vector: 6, code: 0, address: 0 })
}
