//! Threads under trace: birth and end, lists, holding one back, requests by tid, two events at once.
//!
//! FreeBSD: kern_thr.c (thr_new, kern_thr_exit), sys_process.c (PT_LWP_EVENTS, PT_GETLWPLIST, PT_SUSPEND). Neighbours:
//! `kills`, `control`.

use alloc::vec::Vec;
use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;
use proc_abi::event::EventFlags;
use proc_abi::request::Request;
use proc_abi::signal::SIGTRAP;
use proc_abi::wait::{WaitOptions, WaitStatus};
use runtime::process::ptrace::{Address, request};
use runtime::process::wait::{Who, wait};
use runtime::{Error, fault, thread, time};
use test_programs::failure::{Failure, Verdict};
use test_programs::suite::Case;
use test_programs::tracee::{Tracee, ask, information};
use test_programs::{ensure, ensure_equal};
use zerocopy::IntoBytes;

pub(crate) const CASES: &[Case] = &[
    Case { name: "a thread reports its birth and its end", run: a_thread_reports_its_birth_and_its_end },
    Case { name: "a new thread tells the call that made it", run: a_new_thread_tells_the_call_that_made_it },
    Case { name: "threads are listed and cut to the room", run: threads_are_listed_and_cut_to_the_room },
    Case { name: "a tid stands for its process", run: a_tid_stands_for_its_process },
    Case { name: "a held thread waits for its release", run: a_held_thread_waits_for_its_release },
    Case { name: "detach with two events pending", run: detach_with_two_events_pending },
];

/// Starts a thread that ends at once, and joins it.
fn one_thread() -> i32 {
    i32::from(thread::spawn(|| ()).map(thread::JoinHandle::join) != Ok(Ok(())))
}

fn a_thread_reports_its_birth_and_its_end() -> Verdict {
    let tracee = Tracee::start(one_thread)?;
    let first = tracee.information()?.lwpid;
    tracee.ask(Request::LwpEvents, 0, 1)?;
    tracee.go()?;
    let born = tracee.reports(EventFlags::BORN | EventFlags::SCX)?;
    ensure!(born.lwpid != first && born.lwpid >= 100_000, "the new thread is {}", born.lwpid);
    tracee.go()?;
    let info = tracee.reports(EventFlags::EXITED | EventFlags::SCE)?;
    ensure_equal!(info.lwpid, born.lwpid);
    tracee.finishes(0)
}

fn a_new_thread_tells_the_call_that_made_it() -> Verdict {
    let tracee = Tracee::start(one_thread)?;
    tracee.ask(Request::LwpEvents, 0, 1)?;
    tracee.go()?;
    let born = tracee.reports(EventFlags::BORN | EventFlags::SCX)?;
    ensure!(born.syscall_code != 0, "the code is 0");
    tracee.resume(Request::Detach)?;
    tracee.ends(WaitStatus::Exited(0))
}

/// A target with three threads: two sleep, one takes a breakpoint.
fn with_three_threads() -> Result<Tracee, Failure> {
    let tracee = Tracee::start(|| {
        for _ in 0..2 {
            if thread::spawn(|| time::sleep_fully(Duration::from_secs(60))).is_err() {
                return 1;
            }
        }
        fault::breakpoint();
        0
    })?;
    tracee.go()?;
    tracee.stops(SIGTRAP)?;
    Ok(tracee)
}

fn list(tracee: Tracee, room: usize) -> Result<Vec<i32>, Failure> {
    let mut ids = [0_i32; 8];
    let data = i32::try_from(room).unwrap_or(0);
    let count = request(Request::GetLwpList.raw(), tracee.id(), Address::Fill(ids.as_mut_bytes()), data)?;
    Ok(ids.get(..count).unwrap_or_default().to_vec())
}

fn threads_are_listed_and_cut_to_the_room() -> Verdict {
    let tracee = with_three_threads()?;
    ensure_equal!(tracee.ask(Request::GetNumLwps, 0, 0), Ok(3));
    let all = list(tracee, 8)?;
    ensure!(all.len() == 3 && all.is_sorted(), "the list is {all:?}");
    ensure_equal!(all.first(), Some(&tracee.information()?.lwpid));
    ensure_equal!(list(tracee, 2)?.as_slice(), all.get(..2).unwrap_or_default());
    for room in [0, -1] {
        ensure_equal!(tracee.ask(Request::GetLwpList, 0, room), Err(Error::EINVAL));
    }
    ensure_equal!(tracee.ask(Request::GetLwpList, 0, 1), Err(Error::EFAULT));
    tracee.finishes(0)
}

fn a_tid_stands_for_its_process() -> Verdict {
    let tracee = with_three_threads()?;
    for tid in list(tracee, 8)? {
        ensure_equal!(ask(Request::GetNumLwps, tid, 0, 0), Ok(3));
        ensure_equal!(information(tid)?.lwpid, tid);
    }
    ensure_equal!(ask(Request::GetNumLwps, i32::MAX, 0, 0), Err(Error::ESRCH));
    tracee.finishes(0)
}

static STEPS: AtomicU32 = AtomicU32::new(0);

/// The second thread counts as long as it runs; the first traps, sleeps, traps.
fn a_held_thread_waits_for_its_release() -> Verdict {
    let tracee = Tracee::start(|| {
        let counter = thread::spawn(|| {
            loop {
                STEPS.fetch_add(1, Ordering::Relaxed);
                time::yield_now();
            }
        });
        for _ in 0..3 {
            time::sleep_fully(Duration::from_millis(20));
            fault::breakpoint();
        }
        i32::from(counter.is_err())
    })?;
    tracee.go()?;
    tracee.stops(SIGTRAP)?;
    let Some(&other) = list(tracee, 8)?.get(1) else { return Err(Failure::new("there is no second thread")) };
    let before = steps(tracee)?;
    ask(Request::Suspend, other, 0, 0)?;
    tracee.go()?;
    tracee.stops(SIGTRAP)?;
    ensure_equal!(steps(tracee)?, before);
    ask(Request::Resume, other, 0, 0)?;
    ask(Request::Resume, other, 0, 0)?;
    ensure_equal!(steps(tracee)?, before);
    tracee.go()?;
    tracee.stops(SIGTRAP)?;
    ensure!(steps(tracee)? != before, "the released thread does not run");
    tracee.finishes(0)
}

fn steps(tracee: Tracee) -> Result<u32, Failure> {
    let mut word = [0; 4];
    tracee.read(core::ptr::from_ref(&STEPS).addr() as u64, &mut word)?;
    Ok(u32::from_ne_bytes(word))
}

/// Two threads trap at once: one reports, the other would at the next resume, but the tracer leaves.
fn detach_with_two_events_pending() -> Verdict {
    let tracee = Tracee::start(|| {
        let other = thread::spawn(|| time::sleep_fully(Duration::from_millis(1)));
        time::sleep_fully(Duration::from_millis(1));
        i32::from(other.map(thread::JoinHandle::join) != Ok(Ok(())))
    })?;
    tracee.ask(Request::LwpEvents, 0, 1)?;
    tracee.resume(Request::Syscall)?;
    for _ in 0..12 {
        let info = tracee.stops(SIGTRAP)?;
        if EventFlags::from_bits_retain(info.flags).contains(EventFlags::BORN) {
            tracee.resume(Request::Detach)?;
            return tracee.ends(WaitStatus::Exited(0));
        }
        tracee.resume(Request::Syscall)?;
    }
    let last = wait(Who::Process(tracee.0), WaitOptions::NOHANG)?;
    Err(Failure::new(format_args!("no thread was born, and {last:?}")))
}
