//! Threads: start, end, waiting for each other, signals to one of them.
//!
//! FreeBSD: kern_thr.c. Neighbours: `signals`, `main`.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicI32, AtomicU32, Ordering};
use proc_abi::siginfo::SigInfo;
use proc_abi::signal::{SIGSEGV, SIGUSR1};
use proc_abi::signal_frame::UserContext;
use proc_abi::wait::WaitStatus;
use runtime::signal::{SignalAction, set_action};
use runtime::sync::{self, Condition, Mutex};
use runtime::{Error, fault, process, thread, time};
use test_programs::children::run;
use test_programs::failure::{Failure, Verdict};
use test_programs::suite::Case;
use test_programs::{ensure, ensure_equal};

pub(crate) const CASES: &[Case] = &[
    Case { name: "threads return values", run: threads_return_values },
    Case { name: "threads exclude each other", run: threads_exclude_each_other },
    Case { name: "a condition wakes its waiters", run: a_condition_wakes },
    Case { name: "a signal reaches one thread", run: a_signal_reaches_one_thread },
    Case { name: "exit ends all threads", run: exit_ends_all_threads },
    Case { name: "a fault in a thread ends the process", run: a_fault_in_a_thread_ends_the_process },
    Case { name: "fork copies the calling thread alone", run: fork_copies_one_thread },
];

fn threads_return_values() -> Verdict {
    let mut handles = Vec::new();
    for number in 0..8_u64 {
        handles.push(thread::spawn(move || number.wrapping_mul(number))?);
    }
    for (number, handle) in (0..8_u64).zip(handles) {
        ensure_equal!(handle.join()?, number.wrapping_mul(number));
    }
    Ok(())
}

fn threads_exclude_each_other() -> Verdict {
    let counter = Arc::new(Mutex::new((0_u32, 0_u32)));
    let mut handles = Vec::new();
    for _ in 0..4 {
        let counter = Arc::clone(&counter);
        handles.push(thread::spawn(move || {
            for _ in 0..500 {
                let mut pair = counter.lock();
                pair.0 = pair.0.wrapping_add(1);
                if pair.0.is_multiple_of(50) {
                    time::yield_now();
                }
                pair.1 = pair.0;
            }
        })?);
    }
    for handle in handles {
        handle.join()?;
    }
    ensure_equal!(*counter.lock(), (2000, 2000));
    Ok(())
}

fn a_condition_wakes() -> Verdict {
    let shared = Arc::new((Mutex::new(0_u32), Condition::new()));
    let others = Arc::clone(&shared);
    let waiter = thread::spawn(move || {
        let mut value = others.0.lock();
        while *value == 0 {
            others.1.wait(&mut value);
        }
        *value
    })?;
    time::sleep_fully(core::time::Duration::from_millis(2));
    *shared.0.lock() = 9;
    shared.1.notify_all();
    ensure_equal!(waiter.join()?, 9);
    Ok(())
}

static HANDLED_BY: AtomicI32 = AtomicI32::new(0);

extern "C" fn note_thread(_: i32, _: &SigInfo, _: &UserContext) {
    HANDLED_BY.store(thread::current().map_or(-1, proc_abi::id::Tid::raw), Ordering::Release);
}

fn a_signal_reaches_one_thread() -> Verdict {
    set_action(SIGUSR1, SignalAction::handler(note_thread))?;
    let told = Arc::new(AtomicU32::new(0));
    let own = Arc::clone(&told);
    let worker = thread::spawn(move || {
        let tid = thread::current().map_or(0, proc_abi::id::Tid::raw);
        own.store(tid.unsigned_abs(), Ordering::Release);
        while HANDLED_BY.load(Ordering::Acquire) == 0 {
            time::yield_now();
        }
        tid
    })?;
    while told.load(Ordering::Acquire) == 0 {
        time::yield_now();
    }
    let number = i32::try_from(told.load(Ordering::Acquire)).unwrap_or(0);
    let tid = proc_abi::id::Tid::new(number).ok_or_else(|| Failure::new("the thread has no id"))?;
    thread::kill(tid, Some(SIGUSR1))?;
    ensure_equal!(worker.join()?, number);
    ensure_equal!(HANDLED_BY.load(Ordering::Acquire), number);
    ensure_equal!(thread::kill(tid, Some(SIGUSR1)), Err(Error::ESRCH));
    Ok(())
}

fn forever() {
    let word = AtomicU32::new(0);
    loop {
        sync::wait(&word, 0);
    }
}

fn exit_ends_all_threads() -> Verdict {
    let status = run(|| {
        let started = (0..3).all(|_| thread::spawn(forever).is_ok());
        if started { 12 } else { 1 }
    })?;
    ensure_equal!(status, WaitStatus::Exited(12));
    Ok(())
}

fn a_fault_in_a_thread_ends_the_process() -> Verdict {
    let status = run(|| {
        let started = thread::spawn(|| fault::read_null());
        if started.is_ok() {
            forever();
        }
        1
    })?;
    let expected = matches!(status, WaitStatus::Killed(signal) | WaitStatus::Dumped(signal) if signal == SIGSEGV);
    ensure!(expected, "the process ended with {status:?}");
    Ok(())
}

fn fork_copies_one_thread() -> Verdict {
    let count = Arc::new(AtomicU32::new(0));
    let own = Arc::clone(&count);
    thread::spawn(move || {
        loop {
            own.fetch_add(1, Ordering::Relaxed);
            time::yield_now();
        }
    })?;
    while count.load(Ordering::Relaxed) == 0 {
        time::yield_now();
    }
    let status = run(|| {
        let before = count.load(Ordering::Relaxed);
        time::sleep_fully(core::time::Duration::from_millis(5));
        let alone = count.load(Ordering::Relaxed) == before;
        let grows = thread::spawn(process::id).and_then(thread::JoinHandle::join);
        i32::from(!(alone && grows == Ok(process::id())))
    })?;
    ensure_equal!(status, WaitStatus::Exited(0));
    Ok(())
}
