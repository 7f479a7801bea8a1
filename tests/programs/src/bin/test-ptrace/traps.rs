//! Traps of a traced process: breakpoints, single steps, a watchpoint.
//!
//! FreeBSD: amd64/trap.c, sys_process.c (PT_STEP, PT_SETDBREGS). Neighbours: `signals`, `registers` (what is refused).

use core::sync::atomic::{AtomicU64, Ordering};
use kernel_abi::registers::{DebugRegisters, RFLAGS_RF, Registers};
use proc_abi::io::IoOperation;
use proc_abi::request::Request;
use proc_abi::siginfo::{SigInfo, TRAP_BRKPT, TRAP_TRACE};
use proc_abi::signal::{SIGTRAP, SIGUSR1};
use proc_abi::signal_frame::UserContext;
use proc_abi::wait::WaitStatus;
use runtime::fault;
use runtime::process::ptrace::transfer;
use runtime::signal::{SignalAction, set_action};
use test_programs::failure::Verdict;
use test_programs::suite::Case;
use test_programs::tracee::{SAME_PLACE, Tracee};
use test_programs::{ensure, ensure_equal};

use crate::registers::{get, set};

pub(crate) const CASES: &[Case] = &[
    Case { name: "a breakpoint tells its code", run: a_breakpoint_tells_its_code },
    Case { name: "a step tells its code and moves", run: a_step_tells_its_code_and_moves },
    Case { name: "a step with a signal enters the handler", run: a_step_with_a_signal_enters_the_handler },
    Case { name: "setstep arms and clearstep disarms", run: setstep_arms_and_clearstep_disarms },
    Case { name: "a breakpoint is planted and taken away", run: a_breakpoint_is_planted_and_taken_away },
    Case { name: "a watchpoint stops at the write", run: a_watchpoint_stops_at_the_write },
    Case { name: "each debug register watches", run: each_debug_register_watches },
    Case { name: "a hardware breakpoint stops before its instruction", run: a_hardware_breakpoint_stops_before },
];

fn general(tracee: Tracee) -> Result<Registers, test_programs::failure::Failure> {
    let mut registers = Registers::default();
    get(Request::GetRegs, tracee, &mut registers)?;
    Ok(registers)
}

fn a_breakpoint_tells_its_code() -> Verdict {
    let tracee = Tracee::start(|| {
        fault::breakpoint();
        0
    })?;
    tracee.go()?;
    let info = tracee.stops(SIGTRAP)?;
    ensure_equal!((info.siginfo.signo, info.siginfo.code), (SIGTRAP.number(), TRAP_BRKPT));
    tracee.finishes(0)
}

fn a_step_tells_its_code_and_moves() -> Verdict {
    // A body of more instructions than are stepped, however well it is compiled.
    let tracee = Tracee::start(|| {
        for turn in 0..100 {
            let _ = core::hint::black_box(turn);
        }
        0
    })?;
    for _ in 0..20 {
        let before = general(tracee)?.rip;
        tracee.resume(Request::Step)?;
        let info = tracee.stops(SIGTRAP)?;
        ensure_equal!(info.siginfo.code, TRAP_TRACE);
        ensure!(general(tracee)?.rip != before, "a step stays at {before:#x}");
    }
    tracee.finishes(0)
}

static TAKEN: AtomicU64 = AtomicU64::new(0);

extern "C" fn count(_: i32, _: &SigInfo, _: &UserContext) {
    TAKEN.fetch_add(1, Ordering::Relaxed);
}

fn a_step_with_a_signal_enters_the_handler() -> Verdict {
    set_action(SIGUSR1, SignalAction::handler(count))?;
    let tracee = Tracee::start(|| i32::from(TAKEN.load(Ordering::Relaxed) != 1))?;
    let interrupted = general(tracee)?.rsp;
    tracee.ask(Request::Step, SAME_PLACE, SIGUSR1.number())?;
    let info = tracee.stops(SIGTRAP)?;
    ensure_equal!(info.siginfo.code, TRAP_TRACE);
    let inside = general(tracee)?;
    ensure_equal!(inside.rdi, u64::from(SIGUSR1.number().unsigned_abs()));
    ensure!(inside.rsp < interrupted, "the handler runs on a frame below");
    tracee.finishes(0)
}

fn setstep_arms_and_clearstep_disarms() -> Verdict {
    let tracee = Tracee::start(|| 0)?;
    tracee.ask(Request::SetStep, 0, 0)?;
    tracee.go()?;
    ensure_equal!(tracee.stops(SIGTRAP)?.siginfo.code, TRAP_TRACE);
    tracee.ask(Request::SetStep, 0, 0)?;
    tracee.ask(Request::ClearStep, 0, 0)?;
    tracee.finishes(0)
}

static VALUE: AtomicU64 = AtomicU64::new(0);

#[inline(never)]
extern "C" fn touch(value: u64) -> u64 {
    VALUE.fetch_add(core::hint::black_box(value), Ordering::SeqCst)
}

/// INT3.
const BREAKPOINT: u8 = 0xcc;

/// The target's text is its own once it is written: this process runs the same function unharmed.
fn a_breakpoint_is_planted_and_taken_away() -> Verdict {
    let tracee = Tracee::start(|| i32::from(touch(1) != 0))?;
    let address = (touch as *const ()).addr() as u64;
    let mut original = [0; 1];
    tracee.read(address, &mut original)?;
    transfer(IoOperation::WriteI, tracee.id(), address, &mut [BREAKPOINT])?;
    let mut planted = [0; 1];
    tracee.read(address, &mut planted)?;
    ensure_equal!(planted, [BREAKPOINT]);
    touch(0);
    tracee.go()?;
    ensure_equal!(tracee.stops(SIGTRAP)?.siginfo.code, TRAP_BRKPT);
    let registers = general(tracee)?;
    ensure_equal!(registers.rip, address.saturating_add(1));
    transfer(IoOperation::WriteI, tracee.id(), address, &mut original)?;
    // Back to where the instruction was, by the request that takes a new place.
    tracee.ask(Request::Continue, address, 0)?;
    tracee.ends(WaitStatus::Exited(0))
}

/// DR7: breakpoint 0 enabled locally, at writes of 8 bytes (SDM vol. 3, section 17.2.4).
const WRITES_OF_EIGHT: u64 = 0x9_0001;

fn a_watchpoint_stops_at_the_write() -> Verdict {
    let tracee = Tracee::start(|| i32::from(touch(5) != 0 || VALUE.load(Ordering::SeqCst) != 5))?;
    let mut registers = DebugRegisters::default();
    registers.dr[0] = core::ptr::from_ref(&VALUE).addr() as u64;
    registers.dr[7] = WRITES_OF_EIGHT;
    set(Request::SetDbRegs, tracee, &registers)?;
    tracee.go()?;
    ensure_equal!(tracee.stops(SIGTRAP)?.siginfo.code, TRAP_TRACE);
    let mut seen = DebugRegisters::default();
    get(Request::GetDbRegs, tracee, &mut seen)?;
    ensure_equal!(seen.dr[6] & 1, 1);
    let mut value = [0; 8];
    tracee.read(registers.dr[0], &mut value)?;
    ensure_equal!(u64::from_ne_bytes(value), 5);
    set(Request::SetDbRegs, tracee, &DebugRegisters::default())?;
    tracee.finishes(0)
}

static WATCHED: [AtomicU64; 4] = [const { AtomicU64::new(0) }; 4];

/// The target reads and writes each word; the read is seen by those that watch reads, too. DR7: kind 1 is writes, 3 is reads
/// and writes, length 2 is eight bytes, 3 is four (SDM vol. 3, section 17.2.4).
fn each_debug_register_watches() -> Verdict {
    let tracee = Tracee::start(|| {
        let sum: u64 = WATCHED.iter().map(|word| word.load(Ordering::SeqCst)).sum();
        for word in &WATCHED {
            word.store(sum.wrapping_add(1), Ordering::SeqCst);
        }
        i32::from(sum != 0)
    })?;
    let mut registers = DebugRegisters::default();
    for (address, word) in registers.dr.iter_mut().zip(&WATCHED) {
        *address = core::ptr::from_ref(word).addr() as u64;
    }
    let (writes_of_eight, any_of_four) = (0b1001, 0b1111);
    registers.dr[7] =
        0b0101_0101 | writes_of_eight << 16 | any_of_four << 20 | writes_of_eight << 24 | any_of_four << 28;
    set(Request::SetDbRegs, tracee, &registers)?;
    // Two reads are watched, then all four writes.
    for number in [1, 3, 0, 1, 2, 3] {
        tracee.go()?;
        ensure_equal!(tracee.stops(SIGTRAP)?.siginfo.code, TRAP_TRACE);
        let mut seen = DebugRegisters::default();
        get(Request::GetDbRegs, tracee, &mut seen)?;
        ensure_equal!(seen.dr[6] & 0xf, 1 << number);
        set(Request::SetDbRegs, tracee, &registers)?;
    }
    tracee.finishes(0)
}

fn a_hardware_breakpoint_stops_before() -> Verdict {
    let tracee = Tracee::start(|| i32::from(touch(1) != 0))?;
    let mut registers = DebugRegisters::default();
    registers.dr[2] = (touch as *const ()).addr() as u64;
    registers.dr[7] = 1 << 4;
    set(Request::SetDbRegs, tracee, &registers)?;
    tracee.go()?;
    tracee.stops(SIGTRAP)?;
    ensure_equal!(general(tracee)?.rip, registers.dr[2]);
    // It stops there again until the debugger sets the resume flag, which the instruction then uses up (SDM vol. 3, 17.3.1.1).
    tracee.go()?;
    tracee.stops(SIGTRAP)?;
    let mut stopped = general(tracee)?;
    ensure_equal!(stopped.rip, registers.dr[2]);
    stopped.rflags |= RFLAGS_RF;
    set(Request::SetRegs, tracee, &stopped)?;
    tracee.finishes(0)
}
