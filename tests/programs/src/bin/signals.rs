//! A debug target: handlers, and signals in a known order.
//!
//! `signals` sends itself signals and prints each delivery; `signals wait` prints deliveries until SIGTERM comes. The handler
//! `on_signal` has a plain symbol. Neighbours: debuggers that pass or hide signals.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use core::sync::atomic::{AtomicBool, Ordering};
use proc_abi::siginfo::SigInfo;
use proc_abi::signal::{SIGTERM, SIGUSR1, SIGUSR2, SigSet, Signal};
use proc_abi::signal_frame::UserContext;
use runtime::signal::{self, SignalAction};
use runtime::{Result, environment, exported, println, process};

runtime::entry!(main);

exported!(on_signal(number: i32) -> i32 = tell);

static ENDED: AtomicBool = AtomicBool::new(false);

fn tell(number: i32) -> i32 {
    let name = Signal::new(number).and_then(Signal::name).unwrap_or("unknown");
    println!("signals: {name}");
    number
}

extern "C" fn handle(number: i32, _: &SigInfo, _: &UserContext) {
    if on_signal(number) == SIGTERM.number() {
        ENDED.store(true, Ordering::Relaxed);
    }
}

fn main() -> Result<()> {
    for signal in [SIGUSR1, SIGUSR2, SIGTERM] {
        signal::set_action(signal, SignalAction::handler(handle))?;
    }
    if environment::arguments().nth(1) == Some(b"wait") { wait_for_end() } else { send_all() }
}

fn send_all() -> Result<()> {
    process::kill(process::id(), Some(SIGUSR1))?;
    let old = signal::block(SigSet::of(SIGUSR1).union(SigSet::of(SIGUSR2)))?;
    process::kill(process::id(), Some(SIGUSR2))?;
    process::kill(process::id(), Some(SIGUSR1))?;
    println!("signals: two are blocked");
    signal::set_mask(old)?;
    process::kill(process::id(), Some(SIGTERM))?;
    println!("signals: done");
    Ok(())
}

/// Signals are blocked but while waiting, so that none comes between the look and the wait.
fn wait_for_end() -> Result<()> {
    let all = SigSet::of(SIGUSR1).union(SigSet::of(SIGUSR2)).union(SigSet::of(SIGTERM));
    let old = signal::block(all)?;
    println!("signals: ready");
    while !ENDED.load(Ordering::Relaxed) {
        signal::suspend(old);
    }
    println!("signals: done");
    Ok(())
}
