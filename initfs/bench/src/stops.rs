//! Letting a target run and waiting for its next stop.
//!
//! Decides that the ordinary row is controlled by ptrace(2) and wait4, that `_files` is the same by `ctl` and `event`, and
//! `_delegated` by `run`, where registers come with the stop; otherwise registers and memory go by their files. Main function:
//! [`measure`]. Neighbours: `debugger`, `target`.

use crate::bench::Bench;
use crate::debugger::{Command, Debugger, open_memory, open_of_thread, read_registers, write_exactly};
use crate::failure::{Failure, Verdict, expect};
use crate::rounds::ORDINARY;
use crate::target::{Target, call_for_ever, meet_breakpoints, spin};
use proc_abi::registers::Registers;
use proc_abi::request::Request;
use proc_abi::signal::SIGTRAP;
use runtime::file::File;
use runtime::proc::run::{Mode, Outcome, Runner, Way};
use runtime::process;
use zerocopy::IntoBytes;

/// INT3, and what stands in its place while the target steps over it.
const BREAKPOINT: u8 = 0xcc;
const NO_OPERATION: u8 = 0x90;

/// All of this family.
pub(crate) fn measure(bench: &mut Bench) -> Verdict {
    measure_steps(bench)?;
    measure_breakpoints(bench)?;
    measure_calls(bench)
}

fn measure_steps(bench: &mut Bench) -> Verdict {
    let target = Target::traced(spin)?;
    let file = open_of_thread(&target, "regs")?;
    let mut registers = Registers::default();
    bench.measure("singlestep_round_trip", ORDINARY, || target.run(Request::Step))?;
    bench.measure("singlestep_getregs", ORDINARY, || {
        target.run(Request::Step)?;
        read_registers(&file, &mut registers)
    })?;
    let debugger = Debugger::open(&target)?;
    let step = Command::resuming(Request::Step)?;
    bench.measure("singlestep_getregs_files", ORDINARY, || {
        debugger.run(&step)?;
        read_registers(&file, &mut registers)
    })?;
    let runner = Runner::open(target.pid())?;
    bench.measure("singlestep_getregs_delegated", ORDINARY, || delegated(&runner, Mode::Step))?;
    target.finish()
}

/// Lets a target run without the server to its next stop, whose registers come along.
#[inline(always)]
fn delegated(runner: &Runner, mode: Mode) -> Verdict {
    match runner.run_delegated(mode)? {
        Outcome::Stopped(record, registers, Way::Delegated) if registers.rip != 0 => {
            expect("a stop's signal", record.signal as u64, SIGTRAP.number() as u64)
        }
        _ => Err(Failure::new("a delegated stop", 0)),
    }
}

/// The files and the place of a breakpoint.
struct Patched {
    registers: File,
    memory: File,
    address: u64,
}

impl Patched {
    fn new(target: &Target) -> Verdict<Self> {
        let (registers, memory) = (open_of_thread(target, "regs")?, open_memory(target)?);
        let mut stopped = Registers::default();
        read_registers(&registers, &mut stopped)?;
        let address = stopped.rip.wrapping_sub(1);
        let mut byte = [0];
        expect("bytes read", memory.read_at(&mut byte, address)? as u64, 1)?;
        let [byte] = byte;
        expect("the instruction before the stop", u64::from(byte), u64::from(BREAKPOINT))?;
        Ok(Self { registers, memory, address })
    }

    /// What a debugger does to pass a breakpoint: looks where it is, puts the instruction back and the target onto it,
    /// steps, puts the breakpoint in again and lets it run.
    #[inline(always)]
    fn step_over(&self, step: impl FnOnce() -> Verdict, go_on: impl FnOnce() -> Verdict) -> Verdict {
        let mut registers = Registers::default();
        read_registers(&self.registers, &mut registers)?;
        expect("the breakpoint's address", registers.rip, self.address.wrapping_add(1))?;
        write_exactly(&self.memory, &[NO_OPERATION], self.address)?;
        registers.rip = self.address;
        write_exactly(&self.registers, registers.as_bytes(), 0)?;
        step()?;
        write_exactly(&self.memory, &[BREAKPOINT], self.address)?;
        go_on()
    }
}

fn measure_breakpoints(bench: &mut Bench) -> Verdict {
    let target = Target::traced(meet_breakpoints)?;
    bench.measure("breakpoint_round_trip", ORDINARY, || target.run(Request::Continue))?;
    let patched = Patched::new(&target)?;
    bench.measure("breakpoint_step_over_cycle", ORDINARY, || {
        patched.step_over(|| target.run(Request::Step), || target.run(Request::Continue))
    })?;
    let debugger = Debugger::open(&target)?;
    let (step, go_on) = (Command::resuming(Request::Step)?, Command::resuming(Request::Continue)?);
    bench.measure("breakpoint_step_over_cycle_files", ORDINARY, || {
        patched.step_over(|| debugger.run(&step), || debugger.run(&go_on))
    })?;
    let runner = Runner::open(target.pid())?;
    bench.measure("breakpoint_step_over_cycle_delegated", ORDINARY, || {
        patched.step_over(|| delegated(&runner, Mode::Step), || delegated(&runner, Mode::Continue))
    })?;
    target.finish()
}

fn measure_calls(bench: &mut Bench) -> Verdict {
    let target = Target::traced(call_for_ever)?;
    let file = open_of_thread(&target, "regs")?;
    let mut registers = Registers::default();
    go_to_exit(&target, &file)?;
    bench.measure("syscall_traced", ORDINARY, || {
        target.run(Request::Syscall)?;
        target.run(Request::Syscall)
    })?;
    read_registers(&file, &mut registers)?;
    expect("getppid's result", registers.rax, process::id() as u64)?;
    bench.measure("syscall_traced_getregs", ORDINARY, || {
        target.run(Request::Syscall)?;
        read_registers(&file, &mut registers)?;
        target.run(Request::Syscall)?;
        read_registers(&file, &mut registers)
    })?;
    let debugger = Debugger::open(&target)?;
    let command = Command::resuming(Request::Syscall)?;
    bench.measure("syscall_traced_files", ORDINARY, || {
        debugger.run(&command)?;
        debugger.run(&command)
    })?;
    read_registers(&file, &mut registers)?;
    expect("getppid's result", registers.rax, process::id() as u64)?;
    let runner = Runner::open(target.pid())?;
    bench.measure("syscall_traced_delegated", ORDINARY, || {
        delegated(&runner, Mode::ToCall)?;
        delegated(&runner, Mode::ToCall)
    })?;
    read_registers(&file, &mut registers)?;
    expect("getppid's result", registers.rax, process::id() as u64)?;
    target.finish()
}

/// Goes on to the exit of a getppid, whatever stop comes first: its result is this program's pid.
fn go_to_exit(target: &Target, file: &File) -> Verdict {
    const STOPS: usize = 4;
    let mut registers = Registers::default();
    for _ in 0..STOPS {
        target.run(Request::Syscall)?;
        read_registers(file, &mut registers)?;
        if registers.rax == process::id() as u64 {
            return Ok(());
        }
    }
    Err(Failure::new("rax at a stop of a system call", registers.rax))
}
