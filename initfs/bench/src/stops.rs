//! Letting a target run and waiting for its next stop.
//!
//! Decides that the ordinary row is what a debugger gets from the runtime, which picks the way; `_server` is the same by
//! ptrace(2) and wait4 with registers by their file, and `_files` by one call of `ctl`. Memory goes by its file. Main
//! function: [`measure`]. Neighbours: `debugger`, `target`.

use crate::bench::Bench;
use crate::debugger::{open_memory, open_of_thread, read_registers, run, run_by_files, write_exactly};
use crate::failure::{Failure, Verdict, expect};
use crate::rounds::ORDINARY;
use crate::target::{Target, call_for_ever, meet_breakpoints, spin};
use proc_abi::registers::Registers;
use proc_abi::request::Request;
use runtime::file::File;
use runtime::proc::Control;
use runtime::proc::run::{Mode, Runner};
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
    bench.measure("singlestep_round_trip_server", ORDINARY, || target.run(Request::Step))?;
    bench.measure("singlestep_getregs_server", ORDINARY, || {
        target.run(Request::Step)?;
        read_registers(&file, &mut registers)
    })?;
    let control = Control::open(target.pid())?;
    bench.measure("singlestep_getregs_files", ORDINARY, || run_by_files(&control, Request::Step))?;
    let runner = Runner::open(target.pid())?;
    bench.measure("singlestep_round_trip", ORDINARY, || run(&runner, Mode::Step))?;
    bench.measure("singlestep_getregs", ORDINARY, || run(&runner, Mode::Step))?;
    target.finish()
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
    bench.measure("breakpoint_round_trip_server", ORDINARY, || target.run(Request::Continue))?;
    let patched = Patched::new(&target)?;
    bench.measure("breakpoint_step_over_cycle_server", ORDINARY, || {
        patched.step_over(|| target.run(Request::Step), || target.run(Request::Continue))
    })?;
    let control = Control::open(target.pid())?;
    bench.measure("breakpoint_step_over_cycle_files", ORDINARY, || {
        patched.step_over(|| run_by_files(&control, Request::Step), || run_by_files(&control, Request::Continue))
    })?;
    let runner = Runner::open(target.pid())?;
    bench.measure("breakpoint_step_over_cycle", ORDINARY, || {
        patched.step_over(|| run(&runner, Mode::Step), || run(&runner, Mode::Continue))
    })?;
    bench.measure("breakpoint_round_trip", ORDINARY, || run(&runner, Mode::Continue))?;
    target.finish()
}

fn measure_calls(bench: &mut Bench) -> Verdict {
    let target = Target::traced(call_for_ever)?;
    let file = open_of_thread(&target, "regs")?;
    let mut registers = Registers::default();
    go_to_exit(&target, &file)?;
    bench.measure("syscall_traced_server", ORDINARY, || {
        target.run(Request::Syscall)?;
        target.run(Request::Syscall)
    })?;
    check_exit(&file)?;
    bench.measure("syscall_traced_getregs_server", ORDINARY, || {
        target.run(Request::Syscall)?;
        read_registers(&file, &mut registers)?;
        target.run(Request::Syscall)?;
        read_registers(&file, &mut registers)
    })?;
    let control = Control::open(target.pid())?;
    // The registers come with every stop, whoever wants them.
    for name in ["syscall_traced_files", "syscall_traced_getregs_files"] {
        bench.measure(name, ORDINARY, || {
            run_by_files(&control, Request::Syscall)?;
            run_by_files(&control, Request::Syscall)
        })?;
    }
    check_exit(&file)?;
    let runner = Runner::open(target.pid())?;
    for name in ["syscall_traced", "syscall_traced_getregs"] {
        bench.measure(name, ORDINARY, || {
            run(&runner, Mode::ToCall)?;
            run(&runner, Mode::ToCall)
        })?;
    }
    check_exit(&file)?;
    target.finish()
}

/// The target is at the exit of its getppid, as it was before.
fn check_exit(file: &File) -> Verdict {
    let mut registers = Registers::default();
    read_registers(file, &mut registers)?;
    expect("getppid's result", registers.rax, process::id() as u64)
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
