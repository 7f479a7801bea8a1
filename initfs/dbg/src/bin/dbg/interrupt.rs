//! Ctrl-C: noticed, not obeyed.
//!
//! Decides that SIGINT only ends the wait it arrives in. Main functions: [`listen`], [`pressed`]. Neighbours: `process`
//! waits for stops, `lines` for commands. The other signals of the keyboard are for the program, which shares the terminal.

use core::sync::atomic::{AtomicBool, Ordering};
use proc_abi::sigaction::ActionFlags;
use proc_abi::siginfo::SigInfo;
use proc_abi::signal::{SIGINT, SIGTSTP, SigSet, Signal};
use proc_abi::signal_frame::UserContext;
use runtime::signal::{self, SignalAction};

/// Set by the handler, so that a SIGINT just before a wait is not lost.
static PRESSED: AtomicBool = AtomicBool::new(false);

/// Signals that a program under the debugger shall have by default, whatever the debugger does with them.
pub(crate) const CHANGED: [Signal; 2] = [SIGINT, SIGTSTP];

extern "C" fn note(_signal: i32, _information: &SigInfo, _context: &UserContext) {
    PRESSED.store(true, Ordering::Relaxed);
}

/// Handles SIGINT from now on, without restarting the call it interrupts.
pub(crate) fn listen() -> runtime::Result<()> {
    signal::set_action(SIGINT, SignalAction::Handle(note, ActionFlags::empty(), SigSet::EMPTY))?;
    signal::set_action(SIGTSTP, SignalAction::Ignore).map(drop)
}

/// Ctrl-C was pressed since somebody last asked.
pub(crate) fn pressed() -> bool {
    PRESSED.swap(false, Ordering::Relaxed)
}
