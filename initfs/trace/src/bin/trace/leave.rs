//! The signals that end the tracing and not what is traced.
//!
//! Decides that such a signal becomes a byte in a pipe, so that one that comes just before a wait ends that wait too. Main
//! type: [`Leave`]. Neighbours: `tracer` waits for it beside the event files, `start` gives a child the default back.

use core::sync::atomic::{AtomicUsize, Ordering};
use proc_abi::sigaction::ActionFlags;
use proc_abi::siginfo::SigInfo;
use proc_abi::signal::{SIGHUP, SIGINT, SIGTERM, SigSet, Signal};
use proc_abi::signal_frame::UserContext;
use runtime::Result;
use runtime::file::{CloseOnExec, File, pipe};
use runtime::signal::{SignalAction, set_action};

/// What is caught.
pub(crate) const CAUGHT: [Signal; 3] = [SIGHUP, SIGINT, SIGTERM];
/// No descriptor: nothing listens, or the byte is in the pipe already.
const NONE: usize = usize::MAX;

static BELL: AtomicUsize = AtomicUsize::new(NONE);

extern "C" fn ring(_: i32, _: &SigInfo, _: &UserContext) {
    let descriptor = BELL.swap(NONE, Ordering::Relaxed);
    if descriptor != NONE {
        let bell = File::from_descriptor(descriptor);
        // An empty pipe takes one byte; there is nobody to tell if it does not.
        let _ = bell.write(&[0]);
        let _ = bell.into_descriptor();
    }
}

/// The end of the pipe that becomes readable.
#[derive(Debug)]
pub(crate) struct Leave(File);

impl Leave {
    /// Catches the signals from now on.
    pub(crate) fn listen() -> Result<Self> {
        let (heard, bell) = pipe::pair()?;
        for end in [&heard, &bell] {
            end.set_close_on_exec(CloseOnExec::Yes)?;
        }
        BELL.store(bell.into_descriptor(), Ordering::Relaxed);
        for signal in CAUGHT {
            set_action(signal, SignalAction::Handle(ring, ActionFlags::empty(), SigSet::EMPTY))?;
        }
        Ok(Self(heard))
    }

    /// What to wait for.
    pub(crate) const fn file(&self) -> &File {
        &self.0
    }
}
