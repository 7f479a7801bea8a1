//! Threads as the protocol names them: `pPID.TID`, or `TID` for clients that know one process only.
//!
//! Decides the grammar; minus one means all, zero any, `pPID` alone all threads of one. Main types: [`ThreadId`], [`Which`].
//! Neighbours: every packet that names a thread; `report` writes names.

use crate::text::{Reader, Text};
use proc_abi::id::{Pid, Tid};

/// One, any or all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which<T> {
    /// Every one.
    All,
    /// Whichever.
    Any,
    /// This one.
    One(T),
}

impl<T: PartialEq> Which<T> {
    /// Whether `id` is meant.
    pub(crate) fn covers(&self, id: &T) -> bool {
        match self {
            Self::All | Self::Any => true,
            Self::One(one) => one == id,
        }
    }
}

/// What a name of the protocol stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ThreadId {
    /// Of which process.
    pub(crate) process: Which<Pid>,
    /// Which of its threads.
    pub(crate) thread: Which<Tid>,
}

impl ThreadId {
    /// Every thread there is.
    pub(crate) const ALL: Self = Self { process: Which::All, thread: Which::All };

    /// Reads a name.
    pub(crate) fn parse(reader: &mut Reader<'_>) -> Option<Self> {
        if reader.take("p").is_none() {
            return Some(Self { process: Which::Any, thread: part(reader, Tid::new)? });
        }
        let process = part(reader, Pid::new)?;
        let thread = if reader.take(".").is_some() { part(reader, Tid::new)? } else { Which::All };
        Some(Self { process, thread })
    }

    /// Whether this thread is meant.
    pub(crate) fn covers(&self, pid: Pid, tid: Tid) -> bool {
        self.process.covers(&pid) && self.thread.covers(&tid)
    }
}

fn part<T>(reader: &mut Reader<'_>, make: impl Fn(i32) -> Option<T>) -> Option<Which<T>> {
    if reader.take("-1").is_some() {
        return Some(Which::All);
    }
    match reader.number()? {
        0 => Some(Which::Any),
        number => Some(Which::One(make(i32::try_from(number).ok()?)?)),
    }
}

/// Whether names carry the process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Naming {
    /// `TID`.
    #[default]
    Thread,
    /// `pPID.TID`.
    ProcessAndThread,
}

impl Naming {
    /// Adds a thread's name.
    pub(crate) fn add(self, text: &mut Text, pid: Pid, tid: Tid) {
        if self == Self::ProcessAndThread {
            text.add_text("p").add_number(pid.raw().unsigned_abs().into()).add_text(".");
        }
        text.add_number(tid.raw().unsigned_abs().into());
    }
}

#[cfg(test)]
mod tests {
    use super::{ThreadId, Which};
    use crate::text::Reader;
    use proc_abi::id::{Pid, Tid};

    #[test]
    fn names_are_read() {
        let parse = |text: &str| ThreadId::parse(&mut Reader::new(text.as_bytes()));
        let (pid, tid) = (Pid::new(7).unwrap(), Tid::new(0x186a0).unwrap());
        assert_eq!(parse("p7.186a0"), Some(ThreadId { process: Which::One(pid), thread: Which::One(tid) }));
        assert_eq!(parse("p7"), Some(ThreadId { process: Which::One(pid), thread: Which::All }));
        assert_eq!(parse("-1"), Some(ThreadId { process: Which::Any, thread: Which::All }));
        assert_eq!(parse("p-1.-1"), Some(ThreadId::ALL));
        assert_eq!(parse("p0.0").unwrap().thread, Which::Any);
        for wrong in ["", "p", "p7.", "x", "7", "p186a0.1", "pffffffffffffffffff"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
