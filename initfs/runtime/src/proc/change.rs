//! What a traced process does by itself, as its debugger is told: a complete stop, or the end.
//!
//! Decides which records of `event` are changes, and that a stop which no thread reports is the oldest one's: so it is when
//! all threads slept as it came. Main types: [`Change`], [`Stop`]. Neighbours: `proc_abi::event_record`, `order` (what a
//! debugger asks for in turn), the programs dbg and gdbserver.

use super::state::oldest_thread;
use crate::error::{Error, Result};
use proc_abi::event::EventFlags;
use proc_abi::event_record::{EventKind, EventRecord};
use proc_abi::id::{Pid, Tid};
use proc_abi::siginfo::SigInfo;
use proc_abi::signal::Signal;
use proc_abi::wait::WaitStatus;

/// A complete stop of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// The thread that reports it.
    pub thread: Tid,
    /// Its signal; SIGTRAP for events, SIGSTOP for a new child.
    pub signal: Signal,
    /// Which event, if it is one.
    pub flags: EventFlags,
    /// Where the signal came from, if it is one.
    pub info: Option<SigInfo>,
    /// The new child, with the flag FORKED.
    pub child: Option<Pid>,
    /// The system call it is in, as debuggers are shown it.
    pub call: u32,
}

/// What a process does by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It stopped.
    Stopped(Stop),
    /// It exited with this status.
    Exited(i32),
    /// A signal killed it.
    Killed(Signal),
}

impl Change {
    /// What a record of the process `pid` means to its debugger, if anything.
    ///
    /// # Errors
    /// EPROTO for a record that makes no sense; as the threads are refused.
    pub fn read(pid: Pid, record: &EventRecord) -> Result<Option<Self>> {
        Self::decode(record, || oldest_thread(pid))
    }

    fn decode(record: &EventRecord, oldest: impl FnOnce() -> Result<Tid>) -> Result<Option<Self>> {
        Ok(match record.kind() {
            Some(EventKind::TraceStop) => Some(Self::Stopped(Stop::decode(record, oldest)?)),
            Some(EventKind::Exited | EventKind::Killed) => match WaitStatus::decode(record.wait_status) {
                Some(WaitStatus::Exited(status)) => Some(Self::Exited(status)),
                Some(WaitStatus::Killed(signal) | WaitStatus::Dumped(signal)) => Some(Self::Killed(signal)),
                Some(WaitStatus::Stopped(_) | WaitStatus::Continued) | None => return Err(Error::EPROTO),
            },
            _ => None,
        })
    }
}

impl Stop {
    fn decode(record: &EventRecord, oldest: impl FnOnce() -> Result<Tid>) -> Result<Self> {
        let flags = EventFlags::from_bits_retain(record.pl_flags);
        Ok(Self {
            thread: Tid::new(record.tid).map_or_else(oldest, Ok)?,
            signal: Signal::new(record.signal).ok_or(Error::EPROTO)?,
            flags,
            info: flags.contains(EventFlags::SI).then_some(record.siginfo),
            child: Pid::new(record.child_pid),
            call: record.syscall_code,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Change, Stop};
    use crate::error::{Error, Result};
    use proc_abi::event::EventFlags;
    use proc_abi::event_record::{EventKind, EventRecord};
    use proc_abi::id::{Pid, Tid};
    use proc_abi::signal::{SIGKILL, SIGTRAP};
    use proc_abi::wait::WaitStatus;
    use zerocopy::FromZeros;

    fn oldest() -> Result<Tid> {
        Tid::new(100_001).ok_or(Error::ESRCH)
    }

    fn record(kind: EventKind) -> EventRecord {
        EventRecord { kind: kind as u32, ..EventRecord::new_zeroed() }
    }

    #[test]
    fn a_stop_has_its_thread_signal_event_and_child() {
        let flags = EventFlags::FORKED;
        let told = EventRecord {
            tid: 100_007,
            signal: SIGTRAP.number(),
            pl_flags: flags.bits(),
            child_pid: 9,
            syscall_code: 2,
            ..record(EventKind::TraceStop)
        };
        let thread = Tid::new(100_007).expect("a thread");
        let stop = Stop { thread, signal: SIGTRAP, flags, info: None, child: Pid::new(9), call: 2 };
        assert_eq!(Change::decode(&told, oldest), Ok(Some(Change::Stopped(stop))));
        let with_origin = EventRecord { pl_flags: EventFlags::SI.bits(), ..told };
        let Ok(Some(Change::Stopped(stop))) = Change::decode(&with_origin, oldest) else { panic!("a stop") };
        assert_eq!(stop.info, Some(told.siginfo));
    }

    #[test]
    fn a_stop_that_nobody_reports_is_the_oldest_threads() {
        let told = EventRecord { signal: SIGTRAP.number(), ..record(EventKind::TraceStop) };
        let Ok(Some(Change::Stopped(stop))) = Change::decode(&told, oldest) else { panic!("a stop") };
        assert_eq!(Ok(stop.thread), oldest());
        assert_eq!(Change::decode(&told, || Err(Error::ESRCH)), Err(Error::ESRCH));
    }

    #[test]
    fn ends_are_told_by_their_status() {
        let with = |kind, status: WaitStatus| EventRecord { wait_status: status.encode(), ..record(kind) };
        let exited = with(EventKind::Exited, WaitStatus::Exited(3));
        assert_eq!(Change::decode(&exited, oldest), Ok(Some(Change::Exited(3))));
        for status in [WaitStatus::Killed(SIGKILL), WaitStatus::Dumped(SIGKILL)] {
            assert_eq!(Change::decode(&with(EventKind::Killed, status), oldest), Ok(Some(Change::Killed(SIGKILL))));
        }
        let nonsense = with(EventKind::Exited, WaitStatus::Continued);
        assert_eq!(Change::decode(&nonsense, oldest), Err(Error::EPROTO));
    }

    #[test]
    fn records_that_are_no_change_and_signals_that_are_none_are_told_apart() {
        assert_eq!(Change::decode(&record(EventKind::Continued), oldest), Ok(None));
        let nonsense = EventRecord { signal: 0, ..record(EventKind::TraceStop) };
        assert_eq!(Change::decode(&nonsense, oldest), Err(Error::EPROTO));
    }
}
