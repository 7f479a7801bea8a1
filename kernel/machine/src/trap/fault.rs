//! The report of a fault in the kernel, which is a bug of the kernel and ends it.
//!
//! Decides what the report says: what happened, whether a stack ran over, all registers, and how the kernel got there.
//! Neighbours: `supervisor` (calls this), `panic` (backtrace and end).
#![expect(unsafe_code, reason = "reads CR2")]

use core::fmt::Write;
use kernel_abi::registers::Registers;
use x86::controlregs::cr2;

use super::stacks;
use crate::panic::{Report, end};

const DOUBLE_FAULT: u32 = 8;
const PAGE_FAULT: u32 = 14;

const NAMES: [&str; 22] = [
    "divide error",
    "debug exception",
    "NMI",
    "breakpoint",
    "overflow",
    "bound range exceeded",
    "invalid opcode",
    "device not available",
    "double fault",
    "coprocessor segment overrun",
    "invalid TSS",
    "segment not present",
    "stack fault",
    "general protection fault",
    "page fault",
    "reserved exception",
    "x87 error",
    "alignment check",
    "machine check",
    "SIMD error",
    "virtualization exception",
    "control protection exception",
];

/// Writes the report and ends the machine.
#[cold]
pub(super) fn report(registers: &Registers) -> ! {
    let mut report = Report::begin();
    // The report's writer cannot fail.
    let _ = describe(&mut report, registers);
    report.backtrace(registers.rip, registers.rbp);
    end()
}

fn describe(report: &mut Report, registers: &Registers) -> core::fmt::Result {
    let name = NAMES.get(registers.trapno as usize).copied().unwrap_or("unexpected interrupt");
    write!(report, "panic: {name} in the kernel (vector {}, code {:#x})", registers.trapno, registers.err)?;
    if matches!(registers.trapno, PAGE_FAULT | DOUBLE_FAULT) {
        // SAFETY: reading CR2 has no effect.
        let address = unsafe { cr2() as u64 };
        write!(report, ", address {address:#x}")?;
        if let Some(stack) = stacks::all().iter().find(|stack| stack.guards(address)) {
            write!(report, ": the {} stack ran over", stack.name)?;
        }
    }
    writeln!(report)?;
    describe_registers(report, registers)
}

fn describe_registers(report: &mut Report, registers: &Registers) -> core::fmt::Result {
    let rows = [
        [("rip", registers.rip), ("cs ", registers.cs), ("rfl", registers.rflags), ("rsp", registers.rsp)],
        [("rax", registers.rax), ("rbx", registers.rbx), ("rcx", registers.rcx), ("rdx", registers.rdx)],
        [("rsi", registers.rsi), ("rdi", registers.rdi), ("rbp", registers.rbp), ("r8 ", registers.r8)],
        [("r9 ", registers.r9), ("r10", registers.r10), ("r11", registers.r11), ("r12", registers.r12)],
        [("r13", registers.r13), ("r14", registers.r14), ("r15", registers.r15), ("ss ", registers.ss)],
    ];
    for row in rows {
        for (name, value) in row {
            write!(report, "  {name} {value:016x}")?;
        }
        writeln!(report)?;
    }
    Ok(())
}
