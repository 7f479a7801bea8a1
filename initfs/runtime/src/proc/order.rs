//! What a debugger asks of a process that it lets run, and what it keeps in mind of it.
//!
//! Decides which request carries an order. Main types: [`Resume`], [`Extent`], [`Origin`], [`OwnStop`]. Neighbours: `change`
//! (what comes of it), `proc` ([`Control`]), the programs dbg and gdbserver.

use super::Control;
use crate::error::Result;
use proc_abi::id::Tid;
use proc_abi::request::Request;
use proc_abi::signal::Signal;

/// How far a process goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Until something stops it.
    Onward,
    /// One instruction of the named thread.
    OneInstruction,
}

impl Extent {
    /// The request that lets a process run so far.
    #[must_use]
    pub const fn request(self) -> Request {
        match self {
            Self::Onward => Request::Continue,
            Self::OneInstruction => Request::Step,
        }
    }
}

/// An order to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resume {
    /// The thread that `extent` and `signal` are about.
    pub thread: Tid,
    /// How far.
    pub extent: Extent,
    /// Signal to deliver.
    pub signal: Option<Signal>,
}

/// Where a process under a debugger came from: what becomes of it in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The debugger started it.
    Started,
    /// It ran already, or is the child of one that does.
    Attached,
}

/// A SIGSTOP that the debugger sent, so that nobody takes it for the program's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnStop {
    /// There is none.
    None,
    /// It will be the next stop, unless another comes first.
    Sent,
    /// Another stop came first: nobody waits for it any more.
    Stale,
}

impl Control {
    /// Makes a request that resumes where the process or the thread `id` is, with a signal or none.
    ///
    /// # Errors
    /// As [`Control::request`].
    pub fn resume(&self, request: Request, id: i32, signal: Option<Signal>) -> Result<()> {
        /// The `addr` that leaves the program counter alone (ptrace(2), PT_CONTINUE).
        const HERE: u64 = 1;
        self.request(request, id, HERE, signal.map_or(0, |signal| i64::from(signal.number()))).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::Extent;
    use proc_abi::request::Request;

    #[test]
    fn one_instruction_is_a_step() {
        assert_eq!(Extent::OneInstruction.request(), Request::Step);
        assert_eq!(Extent::Onward.request(), Request::Continue);
    }
}
