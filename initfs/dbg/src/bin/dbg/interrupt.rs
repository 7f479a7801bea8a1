//! Ctrl-C: noticed, not obeyed.
//!
//! Decides that SIGINT only ends the wait it arrives in or just before: the handler writes to a pipe, which is waited for
//! together with the target's events. One that comes between two waits is
//! kept for the second. Main functions: [`listen`], [`watch`], [`pressed`]. Neighbours: `process` waits for
//! stops, `lines` for commands. The other signals of the keyboard are for the program, which shares the terminal.

use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use proc_abi::sigaction::ActionFlags;
use proc_abi::siginfo::SigInfo;
use proc_abi::signal::{SIGINT, SIGTSTP, SigSet, Signal};
use proc_abi::signal_frame::UserContext;
use runtime::event::{EventQueue, Readiness};
use runtime::file::{CloseOnExec, OpenFlags, pipe};
use runtime::io::borrow;
use runtime::signal::{self, SignalAction};

/// Set by the handler.
static PRESSED: AtomicBool = AtomicBool::new(false);

/// The pipe of the handler: where it writes, and what a wait looks at.
static WRITER: AtomicUsize = AtomicUsize::new(usize::MAX);
static READER: AtomicUsize = AtomicUsize::new(usize::MAX);

/// Signals that a program under the debugger shall have by default, whatever the debugger does with them.
pub(crate) const CHANGED: [Signal; 2] = [SIGINT, SIGTSTP];

extern "C" fn note(_signal: i32, _information: &SigInfo, _context: &UserContext) {
    note_press();
}

fn note_press() {
    PRESSED.store(true, Ordering::Relaxed);
    // A pipe that is full says so already.
    let _ = borrow(WRITER.load(Ordering::Relaxed)).write(&[1]);
}

/// Handles SIGINT from now on, without restarting the call it interrupts.
pub(crate) fn listen() -> runtime::Result<()> {
    let (reader, writer) = pipe::pair()?;
    for end in [&reader, &writer] {
        end.set_close_on_exec(CloseOnExec::Yes)?;
        end.set_flags(OpenFlags::NONBLOCK)?;
    }
    READER.store(reader.into_descriptor(), Ordering::Relaxed);
    WRITER.store(writer.into_descriptor(), Ordering::Relaxed);
    signal::set_action(SIGINT, SignalAction::Handle(note, ActionFlags::empty(), SigSet::EMPTY))?;
    signal::set_action(SIGTSTP, SignalAction::Ignore).map(drop)
}

/// Has `queue` tell of a Ctrl-C, too.
pub(crate) fn watch(queue: &EventQueue) -> runtime::Result<()> {
    queue.subscribe(&borrow(READER.load(Ordering::Relaxed)), Readiness::READ, 0)
}

/// A Ctrl-C that came while nobody could obey it is for the next wait.
pub(crate) fn put_back() {
    note_press();
}

/// Ctrl-C was pressed, and the next wait will say so.
pub(crate) fn is_pressed() -> bool {
    PRESSED.load(Ordering::Relaxed)
}

/// Ctrl-C was pressed since somebody last asked.
pub(crate) fn pressed() -> bool {
    // Emptied first: a SIGINT in between leaves a byte too many, never one too few.
    let reader = borrow(READER.load(Ordering::Relaxed));
    while reader.read(&mut [0; 16]).is_ok_and(|count| count > 0) {}
    PRESSED.swap(false, Ordering::Relaxed)
}
