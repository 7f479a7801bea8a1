//! Time and the serial ports.
//!
//! Decides nothing. Neighbours: kernel/machine/src/device/.

use kernel_core::seam::{Devices, Exit, Interrupt, SerialPort};

use crate::bench::Bench;
use crate::programs::SPIN;
use crate::verdict::{Verdict, equal, holds};

const MILLISECOND: u64 = 1_000_000;
/// 1 January 2025 and 2100.
const SENSIBLE_DATES: core::ops::Range<u64> = 1_735_689_600..4_102_444_800;
/// More spurious interrupts than any wait here explains.
const PATIENCE: u32 = 1000;

/// Waits for the timer; the time when it came.
fn wait_for_timer(bench: &mut Bench) -> Result<u64, alloc::string::String> {
    for _ in 0..PATIENCE {
        if bench.machine.wait() == Interrupt::Timer {
            return Ok(bench.machine.now());
        }
    }
    Err("the timer never came".into())
}

/// Code that never enters the kernel is interrupted, at the same place, and goes on.
pub(crate) fn timer_preempts_user_code(bench: &mut Bench) -> Verdict {
    let mut thread = bench.thread(&SPIN)?;
    for _ in 0..5 {
        let deadline = bench.machine.now().saturating_add(MILLISECOND);
        bench.machine.set_timer(Some(deadline));
        let mut exit = bench.machine.run(&mut thread.context);
        for _ in 0..PATIENCE {
            if exit == Exit::Interrupt(Interrupt::Timer) {
                break;
            }
            equal("exit before the deadline", exit, Exit::Interrupt(Interrupt::Spurious))?;
            exit = bench.machine.run(&mut thread.context);
        }
        equal("exit", exit, Exit::Interrupt(Interrupt::Timer))?;
        holds("the deadline has passed", bench.machine.now() >= deadline)?;
        equal("rip", thread.context.registers.rip, crate::bench::CODE)?;
    }
    bench.end(&thread);
    Ok(())
}

/// The processor sleeps and wakes.
pub(crate) fn timer_ends_a_wait(bench: &mut Bench) -> Verdict {
    for _ in 0..5 {
        let deadline = bench.machine.now().saturating_add(2 * MILLISECOND);
        bench.machine.set_timer(Some(deadline));
        let came = wait_for_timer(bench)?;
        holds("the deadline has passed", came >= deadline)?;
    }
    Ok(())
}

/// The 8254 counts 55 ms at most.
pub(crate) fn timer_waits_longer_than_its_counter(bench: &mut Bench) -> Verdict {
    let deadline = bench.machine.now().saturating_add(130 * MILLISECOND);
    bench.machine.set_timer(Some(deadline));
    let came = wait_for_timer(bench)?;
    holds("the deadline has passed", came >= deadline)
}

/// And a later one replaces an earlier, and none means none.
pub(crate) fn earlier_deadline_replaces_later(bench: &mut Bench) -> Verdict {
    let now = bench.machine.now();
    bench.machine.set_timer(Some(now.saturating_add(10_000 * MILLISECOND)));
    let deadline = now.saturating_add(3 * MILLISECOND);
    bench.machine.set_timer(Some(deadline));
    let came = wait_for_timer(bench)?;
    holds("the early deadline counts", came >= deadline && came < now.saturating_add(9_000 * MILLISECOND))?;

    let now = bench.machine.now();
    bench.machine.set_timer(Some(now.saturating_add(MILLISECOND)));
    bench.machine.set_timer(Some(now.saturating_add(20 * MILLISECOND)));
    let came = wait_for_timer(bench)?;
    holds("the late deadline counts", came >= now.saturating_add(20 * MILLISECOND))?;

    bench.machine.set_timer(Some(0));
    wait_for_timer(bench)?;
    bench.machine.set_timer(Some(bench.machine.now().saturating_add(MILLISECOND)));
    bench.machine.set_timer(None);
    equal("an interrupt without a deadline", bench.machine.wait(), Interrupt::Spurious)
}

/// And does go on.
pub(crate) fn clock_never_goes_back(bench: &mut Bench) -> Verdict {
    let first = bench.machine.now();
    let mut last = first;
    for _ in 0..10_000 {
        let now = bench.machine.now();
        holds("time does not go back", now >= last)?;
        last = now;
    }
    holds("time passes", last > first)
}

/// COM1: output is taken, and its end is announced by an interrupt, each time it is asked for.
pub(crate) fn serial_port_says_when_it_is_writable(bench: &mut Bench) -> Verdict {
    for _ in 0..3 {
        holds("the port takes bytes", bench.machine.serial_write(SerialPort::Console, b"machine\n") > 0)?;
        bench.machine.serial_notify_writable(SerialPort::Console);
        let came = (0..PATIENCE).any(|_| bench.machine.wait() == Interrupt::Serial(SerialPort::Console));
        holds("the port interrupts when it can send", came)?;
        // The harness types the end of its input.
        while bench.machine.serial_read(SerialPort::Console).is_some() {}
    }
    equal("input of COM2", bench.machine.serial_read(SerialPort::Debugger), None)
}

/// The CMOS clock is read rightly, or this test is out of date.
pub(crate) fn date_is_of_this_century(bench: &mut Bench) -> Verdict {
    let date = bench.machine.boot_time();
    holds("the date makes sense", SENSIBLE_DATES.contains(&date))
}
