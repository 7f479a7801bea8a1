//! SYSCALL in, SYSRET or IRETQ out.
//!
//! Decides nothing. Neighbours: kernel/machine/src/run.rs, trap/entry.S.

use kernel_abi::registers::{RFLAGS_FIXED, RFLAGS_TF, Registers, USER_CS, USER_SS};
use kernel_core::seam::{Devices, Exit, Interrupt, USER_END};

use crate::bench::{Bench, CODE, STACK_TOP};
use crate::programs::{CLI, COUNT, NOPS, SYSCALL, SYSCALL_FOREVER};
use crate::verdict::{Verdict, equal, holds};

/// Carry, parity, adjust, zero, sign, overflow.
const STATUS_FLAGS: u64 = 0x8d5;
const DIRECTION: u64 = 1 << 10;
const NESTED_TASK: u64 = 1 << 14;
const ALIGNMENT_CHECK: u64 = 1 << 18;
const IDENTIFICATION: u64 = 1 << 21;
const IO_PRIVILEGE: u64 = 3 << 12;

fn patterned(registers: &Registers) -> Registers {
    Registers {
        r15: 0x1515_0000_0000_0001,
        r14: 0x1414_0000_0000_0002,
        r13: 0x1313_0000_0000_0003,
        r12: 0x1212_0000_0000_0004,
        r10: 0x1010_0000_0000_0005,
        r9: 0x0909_0000_0000_0006,
        r8: 0x0808_0000_0000_0007,
        rdi: 0xd1d1_0000_0000_0008,
        rsi: 0x5151_0000_0000_0009,
        rbp: 0xb9b9_0000_0000_000a,
        rbx: 0xbbbb_0000_0000_000b,
        rdx: 0xdddd_0000_0000_000c,
        rax: 0xaaaa_0000_0000_000d,
        rsp: 0x1234_5678_9abc_def0,
        ..*registers
    }
}

/// All but rcx and r11, which SYSCALL itself changes; ten times, so that the fast way back is among them.
pub(crate) fn registers_are_kept(bench: &mut Bench) -> Verdict {
    let mut thread = bench.thread(&SYSCALL_FOREVER)?;
    let set = patterned(&thread.context.registers);
    thread.context.registers = set;
    let flags = RFLAGS_FIXED | STATUS_FLAGS;
    thread.context.registers.rflags = flags;
    for _ in 0..10 {
        bench.expect(&mut thread, Exit::SystemCall)?;
        let after = CODE.wrapping_add(SYSCALL.len() as u64);
        let expected = Registers { rip: after, rcx: after, rflags: flags, r11: flags, ..set };
        equal("registers", thread.context.registers, expected)?;
    }
    bench.end(&thread);
    Ok(())
}

/// Every combination of the flags that user code can set, through SYSCALL and back.
pub(crate) fn flags_are_kept(bench: &mut Bench) -> Verdict {
    let mut thread = bench.thread(&SYSCALL_FOREVER)?;
    let single = [DIRECTION, NESTED_TASK, ALIGNMENT_CHECK, IDENTIFICATION, STATUS_FLAGS, RFLAGS_TF];
    for set in 0..1_u64 << single.len() {
        let flags = single.iter().zip(0..).fold(
            RFLAGS_FIXED,
            |flags, (flag, bit)| {
                if set >> bit & 1 != 0 { flags | flag } else { flags }
            },
        );
        thread.context.registers.rip = CODE;
        thread.context.registers.rflags = flags;
        bench.expect(&mut thread, Exit::SystemCall)?;
        equal("flags", thread.context.registers.rflags, flags)?;
    }
    bench.end(&thread);
    Ok(())
}

/// What the kernel writes into the registers of a waiting call arrives, by the fast way.
pub(crate) fn results_reach_user_registers(bench: &mut Bench) -> Verdict {
    let mut thread = bench.thread(&SYSCALL_FOREVER)?;
    bench.expect(&mut thread, Exit::SystemCall)?;
    for value in [0, 1, u64::MAX, 1 << 63] {
        thread.context.registers.rax = value;
        thread.context.registers.r15 = !value;
        bench.expect(&mut thread, Exit::SystemCall)?;
        equal("rax, r15", (thread.context.registers.rax, thread.context.registers.r15), (value, !value))?;
    }
    bench.end(&thread);
    Ok(())
}

/// Interrupted code that counts in rax finds all else as it was.
pub(crate) fn preemption_keeps_registers(bench: &mut Bench) -> Verdict {
    let mut thread = bench.thread(&COUNT)?;
    let set = Registers { rax: 0, rcx: 0xcc, r11: 0x11, ..patterned(&thread.context.registers) };
    thread.context.registers = set;
    for _ in 0..20 {
        let deadline = bench.machine.now().saturating_add(500_000);
        bench.machine.set_timer(Some(deadline));
        while bench.machine.run(&mut thread.context) != Exit::Interrupt(Interrupt::Timer) {}
        let Registers { rax, rip, rflags, trapno, .. } = thread.context.registers;
        let expected = Registers { rax, rip, rflags, trapno, ..set };
        equal("registers", thread.context.registers, expected)?;
        holds("rip is in the loop", rip == CODE || rip == CODE.wrapping_add(3))?;
    }
    holds("the loop has run", thread.context.registers.rax > 0)?;
    bench.end(&thread);
    Ok(())
}

/// rcx and r11 that are not what SYSCALL left need IRETQ, and get it without a flag being set.
pub(crate) fn edited_frame_is_restored_whole(bench: &mut Bench) -> Verdict {
    let mut thread = bench.thread(&NOPS)?;
    thread.context.full_restore = false;
    thread.context.registers.rcx = 0x77;
    thread.context.registers.r11 = 0x88;
    bench.expect(&mut thread, Exit::SystemCall)?;
    let after = CODE.wrapping_add(NOPS.len() as u64);
    equal("rip, rcx", (thread.context.registers.rip, thread.context.registers.rcx), (after, after))?;
    thread.context.registers.rip = CODE;
    thread.context.registers.rsp = STACK_TOP.wrapping_sub(64);
    bench.expect(&mut thread, Exit::SystemCall)?;
    equal("rsp", thread.context.registers.rsp, STACK_TOP.wrapping_sub(64))?;
    bench.end(&thread);
    Ok(())
}

/// Kernel selectors, IOPL and a clear IF in the frame do not take effect.
pub(crate) fn privilege_is_never_given(bench: &mut Bench) -> Verdict {
    let mut thread = bench.thread(&CLI)?;
    thread.context.registers.cs = 0x08;
    thread.context.registers.ss = 0x10;
    thread.context.registers.rflags = IO_PRIVILEGE | 2;
    bench.expect(&mut thread, Exit::Exception { vector: 13, code: 0, address: 0 })?;
    let registers = thread.context.registers;
    equal("cs, ss", (registers.cs, registers.ss), (USER_CS, USER_SS))?;
    equal("IF and IOPL", registers.rflags & (IO_PRIVILEGE | RFLAGS_FIXED), RFLAGS_FIXED)?;
    bench.end(&thread);
    Ok(())
}

/// By SYSRET (rcx = rip) and by IRETQ: the thread gets an exception, the kernel does not.
pub(crate) fn non_canonical_frames_come_back(bench: &mut Bench) -> Verdict {
    let mut thread = bench.thread(&NOPS)?;
    for rip in [1 << 47, u64::MAX >> 1, 0xffff_7fff_ffff_ffff, 0x8000_0000_0000_0000] {
        for full_restore in [false, true] {
            let flags = thread.context.registers.rflags;
            thread.context.registers = patterned(&thread.context.registers);
            thread.context.registers.rip = rip;
            thread.context.registers.rcx = rip;
            thread.context.registers.r11 = flags;
            thread.context.full_restore = full_restore;
            let before = thread.context.registers;
            bench.expect(&mut thread, Exit::Exception { vector: 13, code: 0, address: 0 })?;
            let expected = Registers { trapno: 13, err: 0, rflags: thread.context.registers.rflags, ..before };
            equal("registers", thread.context.registers, expected)?;
            thread.context.registers.rflags = flags;
        }
    }
    for rip in [USER_END, 0xffff_ffff_8020_0000, 0xffff_8000_0000_0000] {
        thread.context.registers.rip = rip;
        let exit = bench.run(&mut thread);
        // Fetch from user mode: not present, or present and the kernel's.
        let expected = |code| Exit::Exception { vector: 14, code, address: rip };
        if exit != expected(0x14) {
            equal("exit", exit, expected(0x15))?;
        }
    }
    bench.end(&thread);
    Ok(())
}
