//! Signals: handlers, masks, queued values, faults, interrupted calls.
//!
//! FreeBSD: kern_sig.c. Neighbours: `jobs` (stops), `main`.

use core::sync::atomic::{AtomicI32, AtomicU64, Ordering};
use proc_abi::sigaction::ActionFlags;
use proc_abi::siginfo::SigInfo;
use proc_abi::signal::{
    SIGALRM, SIGBUS, SIGCHLD, SIGFPE, SIGILL, SIGINT, SIGKILL, SIGSEGV, SIGSTOP, SIGTERM, SIGTRAP, SIGUSR1, SIGUSR2,
    SigSet, Signal,
};
use proc_abi::signal_frame::UserContext;
use proc_abi::wait::{WaitOptions, WaitStatus};
use runtime::file::pipe;
use runtime::signal::{self, SignalAction, set_action};
use runtime::{Error, fault, process};
use test_programs::children::{next_change, run, start};
use test_programs::failure::{Failure, Verdict};
use test_programs::suite::Case;
use test_programs::{ensure, ensure_equal};

pub(crate) const CASES: &[Case] = &[
    Case { name: "a handler runs and the program goes on", run: a_handler_runs },
    Case { name: "default actions kill", run: default_actions_kill },
    Case { name: "ignored signals do nothing", run: ignored_signals_do_nothing },
    Case { name: "blocked signals wait", run: blocked_signals_wait },
    Case { name: "a handler blocks its signal and its mask", run: a_handler_blocks },
    Case { name: "sigsuspend waits for a handler", run: sigsuspend_waits },
    Case { name: "queued values arrive in order", run: queued_values_arrive },
    Case { name: "faults are signals", run: faults_are_signals },
    Case { name: "a fault in a handled signal tells its address", run: a_fault_tells_its_address },
    Case { name: "a handler interrupts a read, or the read goes on", run: a_handler_interrupts_a_read },
    Case { name: "handlers run on the alternate stack", run: handlers_run_on_the_alternate_stack },
    Case { name: "a child's end is told by SIGCHLD", run: a_childs_end_is_told },
    Case { name: "registers survive a handler", run: registers_survive_a_handler },
    Case { name: "bad signals are refused", run: bad_signals_are_refused },
];

/// Signals handled so far, as decimal digits of their order.
static ORDER: AtomicU64 = AtomicU64::new(0);
static CODE: AtomicI32 = AtomicI32::new(0);
static VALUE: AtomicU64 = AtomicU64::new(0);
static PLACE: AtomicU64 = AtomicU64::new(0);

extern "C" fn note(number: i32, information: &SigInfo, _: &UserContext) {
    let seen = ORDER.load(Ordering::Relaxed);
    ORDER.store(seen.wrapping_mul(100).wrapping_add(u64::from(number.unsigned_abs())), Ordering::Relaxed);
    CODE.store(information.code, Ordering::Relaxed);
    VALUE.store(information.value, Ordering::Relaxed);
    PLACE.store(core::ptr::from_ref(information).addr() as u64, Ordering::Relaxed);
}

fn own(signal: Signal) -> Result<(), Error> {
    process::kill(process::id(), Some(signal))
}

fn seen() -> u64 {
    ORDER.swap(0, Ordering::Relaxed)
}

fn a_handler_runs() -> Verdict {
    set_action(SIGUSR1, SignalAction::handler(note))?;
    own(SIGUSR1)?;
    ensure_equal!(seen(), 30);
    own(SIGUSR1)?;
    own(SIGUSR1)?;
    ensure_equal!(seen(), 3030);
    Ok(())
}

fn default_actions_kill() -> Verdict {
    for signal in [SIGTERM, SIGINT, SIGKILL, SIGUSR1, SIGALRM] {
        let status = run(|| {
            let _ = own(signal);
            3
        })?;
        ensure_equal!(status, WaitStatus::Killed(signal));
    }
    Ok(())
}

fn ignored_signals_do_nothing() -> Verdict {
    set_action(SIGTERM, SignalAction::Ignore)?;
    own(SIGTERM)?;
    own(SIGCHLD)?;
    ensure_equal!(signal::pending()?, SigSet::EMPTY);
    Ok(())
}

fn blocked_signals_wait() -> Verdict {
    for signal in [SIGUSR1, SIGUSR2] {
        set_action(signal, SignalAction::handler(note))?;
    }
    let both = SigSet::of(SIGUSR1).union(SigSet::of(SIGUSR2));
    let old = signal::block(both)?;
    own(SIGUSR2)?;
    own(SIGUSR1)?;
    own(SIGUSR1)?;
    ensure_equal!(seen(), 0);
    ensure_equal!(signal::pending()?, both);
    signal::set_mask(old)?;
    // Two frames are made before a handler runs: the last one made, for the higher number, runs first. The second SIGUSR1
    // is not merged with the first (FreeBSD queues both); it waits until that one's handler has returned.
    let order = seen();
    ensure!(order == 31_3030, "handlers ran as {order}");
    ensure_equal!(signal::pending()?, SigSet::EMPTY);
    Ok(())
}

extern "C" fn nest(number: i32, information: &SigInfo, context: &UserContext) {
    if number == SIGUSR1.number() {
        // Both stay pending until this handler returns.
        let _ = own(SIGUSR1).and_then(|()| own(SIGUSR2));
        if ORDER.load(Ordering::Relaxed) != 0 {
            return;
        }
        let _ = set_action(SIGUSR1, SignalAction::handler(note));
    }
    note(number, information, context);
}

fn a_handler_blocks() -> Verdict {
    set_action(SIGUSR1, SignalAction::Handle(nest, ActionFlags::empty(), SigSet::of(SIGUSR2)))?;
    set_action(SIGUSR2, SignalAction::handler(note))?;
    own(SIGUSR1)?;
    let order = seen();
    ensure!(order == 30_3031 || order == 30_3130, "handlers ran as {order}");
    Ok(())
}

fn sigsuspend_waits() -> Verdict {
    set_action(SIGUSR1, SignalAction::handler(note))?;
    let old = signal::block(SigSet::of(SIGUSR1))?;
    let parent = process::id();
    let child = start(|| i32::from(process::kill(parent, Some(SIGUSR1)).is_err()))?;
    signal::suspend(old);
    ensure_equal!(seen(), 30);
    ensure!(signal::mask()?.contains(SIGUSR1), "the mask did not come back");
    ensure_equal!(next_change(child, WaitOptions::empty())?, WaitStatus::Exited(0));
    Ok(())
}

fn queued_values_arrive() -> Verdict {
    let signal = Signal::new(proc_abi::signal::SIGRTMIN).ok_or_else(|| Failure::new("no SIGRTMIN"))?;
    signal::block(SigSet::of(signal))?;
    for value in [11, 22, 33] {
        signal::queue(process::id(), signal, value)?;
    }
    for value in [11, 22, 33] {
        let information = signal::wait(SigSet::of(signal), None)?;
        ensure_equal!((information.signo, information.value), (signal.number(), value));
        ensure_equal!(information.pid, process::id());
    }
    let timeout = Some(core::time::Duration::from_millis(1));
    ensure_equal!(signal::wait(SigSet::of(signal), timeout).err(), Some(Error::EAGAIN));
    Ok(())
}

fn dies_by(signal: Signal, body: impl FnOnce() -> i32) -> Verdict {
    match run(body)? {
        WaitStatus::Killed(found) | WaitStatus::Dumped(found) if found == signal => Ok(()),
        other => Err(Failure::new(format_args!("{other:?} instead of signal {}", signal.number()))),
    }
}

fn faults_are_signals() -> Verdict {
    dies_by(SIGSEGV, || fault::read_null())?;
    dies_by(SIGFPE, || fault::divide_by_zero())?;
    dies_by(SIGILL, || fault::invalid_instruction())?;
    // FreeBSD: trap_pfault and T_PROTFLT in amd64/amd64/trap.c.
    dies_by(SIGBUS, || fault::privileged_instruction())?;
    dies_by(SIGSEGV, || fault::overflow_stack())?;
    dies_by(SIGTRAP, || {
        fault::breakpoint();
        0
    })
}

extern "C" fn leave(_: i32, information: &SigInfo, _: &UserContext) {
    process::exit(if information.addr == 0 { 21 } else { 22 })
}

fn a_fault_tells_its_address() -> Verdict {
    let status = run(|| {
        if set_action(SIGSEGV, SignalAction::handler(leave)).is_err() {
            return 1;
        }
        fault::read_null()
    })?;
    ensure_equal!(status, WaitStatus::Exited(21));
    Ok(())
}

fn a_handler_interrupts_a_read() -> Verdict {
    for (flags, expected) in [(ActionFlags::empty(), Err(Error::EINTR)), (ActionFlags::RESTART, Ok(1))] {
        set_action(SIGUSR1, SignalAction::Handle(note, flags, SigSet::EMPTY))?;
        let (reader, writer) = pipe::pair()?;
        let parent = process::id();
        let child = start(|| {
            runtime::time::sleep_fully(core::time::Duration::from_millis(5));
            let sent = process::kill(parent, Some(SIGUSR1));
            runtime::time::sleep_fully(core::time::Duration::from_millis(5));
            i32::from(sent.and_then(|()| writer.write_all(b"x")).is_err())
        })?;
        let mut byte = [0];
        ensure_equal!(reader.read(&mut byte), expected);
        ensure_equal!(seen(), 30);
        ensure_equal!(next_change(child, WaitOptions::empty())?, WaitStatus::Exited(0));
    }
    Ok(())
}

fn handlers_run_on_the_alternate_stack() -> Verdict {
    let stack = runtime::memory::Memory::anonymous(32 << 10)?;
    let (start, end) = (stack.address() as u64, (stack.address() as u64).wrapping_add(stack.length() as u64));
    signal::set_alternate_stack(stack)?;
    for (flags, inside) in [(ActionFlags::ONSTACK, true), (ActionFlags::empty(), false)] {
        set_action(SIGUSR1, SignalAction::Handle(note, flags, SigSet::EMPTY))?;
        own(SIGUSR1)?;
        let place = PLACE.load(Ordering::Relaxed);
        ensure_equal!((start..end).contains(&place), inside);
    }
    Ok(())
}

fn a_childs_end_is_told() -> Verdict {
    signal::block(SigSet::of(SIGCHLD))?;
    set_action(SIGCHLD, SignalAction::handler(note))?;
    let child = start(|| 6)?;
    let information = signal::wait(SigSet::of(SIGCHLD), None)?;
    ensure_equal!((information.pid, information.status), (child.raw(), 6));
    ensure_equal!(next_change(child, WaitOptions::empty())?, WaitStatus::Exited(6));
    Ok(())
}

extern "C" fn spoil(_: i32, _: &SigInfo, _: &UserContext) {
    // Uses general and vector registers, so that unrestored ones show.
    let mut values = [1.5_f64; 16];
    for value in core::hint::black_box(&mut values) {
        *value = *value * 3.25 + 1.0;
    }
    core::hint::black_box(values);
    ORDER.fetch_add(1, Ordering::Relaxed);
}

fn registers_survive_a_handler() -> Verdict {
    set_action(SIGUSR1, SignalAction::handler(spoil))?;
    let parent = process::id();
    let child = start(|| {
        for _ in 0..20 {
            runtime::time::sleep_fully(core::time::Duration::from_millis(1));
            let _ = process::kill(parent, Some(SIGUSR1));
        }
        0
    })?;
    let (mut sum, mut product) = (0_u64, 1.0_f64);
    let mut rounds = 0_u64;
    while ORDER.load(Ordering::Relaxed) < 20 {
        rounds = rounds.wrapping_add(1);
        sum = core::hint::black_box(sum.wrapping_add(rounds));
        product = core::hint::black_box(product * 1.0);
    }
    ORDER.store(0, Ordering::Relaxed);
    ensure_equal!(next_change(child, WaitOptions::empty())?, WaitStatus::Exited(0));
    let expected = u128::from(rounds).wrapping_mul(u128::from(rounds).wrapping_add(1)) / 2;
    ensure_equal!(u128::from(sum), expected & u128::from(u64::MAX));
    ensure!((product - 1.0).abs() < f64::EPSILON, "a vector register changed");
    Ok(())
}

fn bad_signals_are_refused() -> Verdict {
    ensure_equal!(set_action(SIGKILL, SignalAction::Ignore).err(), Some(Error::EINVAL));
    ensure_equal!(set_action(SIGSTOP, SignalAction::handler(note)).err(), Some(Error::EINVAL));
    ensure_equal!(process::kill(99_998, Some(SIGTERM)), Err(Error::ESRCH));
    ensure_equal!(process::kill(1, Some(SIGKILL)), Err(Error::EPERM));
    Ok(())
}
