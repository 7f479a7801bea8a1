//! What a random target does: threads, children, programs, traps and signals, in an order of its own.
//!
//! Decides its course from its dice, and that nothing in it waits for a time. Main function: [`run`]. Neighbour: `chance`.

use proc_abi::signal::SIGUSR1;
use runtime::process::wait::wait_for_death;
use runtime::process::{self, Fork};
use runtime::signal::{SignalAction, set_action};
use runtime::{fault, thread, time};
use test_programs::tracee::raise;

use super::Dice;
use crate::programs::become_seven;

/// Things that a target does before it exits.
const ROUNDS: usize = 40;

fn yields(turns: usize) {
    for _ in 0..turns {
        time::yield_now();
    }
}

/// The whole course; the status of its exit.
pub(crate) fn run(mut dice: Dice) -> i32 {
    if set_action(SIGUSR1, SignalAction::Ignore).is_err() {
        return 98;
    }
    for _ in 0..ROUNDS {
        match dice.roll(24) {
            0..=6 => yields(dice.roll(8)),
            7..=10 => drop(process::parent_id()),
            11..=13 => one_thread(&mut dice),
            14 | 15 => one_child(&mut dice),
            16 => vfork_one(),
            17..=20 => drop(raise(SIGUSR1)),
            21 | 22 => fault::breakpoint(),
            _ if dice.roll(3) == 0 => return become_seven(),
            _ => {}
        }
    }
    0
}

/// A thread, which may be joined or left to itself.
fn one_thread(dice: &mut Dice) {
    let turns = dice.roll(6);
    if let Ok(handle) = thread::spawn(move || yields(turns))
        && dice.roll(2) == 0
    {
        let _ = handle.join();
    }
}

fn one_child(dice: &mut Dice) {
    match process::fork() {
        Ok(Fork::Child) => {
            yields(dice.roll(6));
            process::exit(0)
        }
        Ok(Fork::Parent(pid)) if dice.roll(2) == 0 => drop(wait_for_death(pid)),
        Ok(Fork::Parent(_)) | Err(_) => {}
    }
}

fn vfork_one() {
    if let Ok(pid) = process::vfork(&mut || 0) {
        let _ = wait_for_death(pid);
    }
}
