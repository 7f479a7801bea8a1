//! The combined call of `ctl`: records in, replies and the next event with registers out.
//!
//! Decides that nothing runs unless its reply has a place in the caller's buffer, that records which ran are always told and
//! never run again, and who is told of a stop that several wait for: a wait, then a read of `event`, then the oldest call
//! here. Main types: [`Combined`], [`CombinedCalls`]. Neighbours: `control` runs the records, `server` says when a target has
//! news, `ptrace::Turn::await_event` collects, `proc_abi::combined` has the layout.

use alloc::vec::Vec;

use kernel_abi::registers::{RegisterSet, Registers};
use proc_abi::combined::{COMBINED_HEAD, CombinedEnd, CombinedHead, ControlVerb};
use proc_abi::command::{Commands, ReplyHeader};
use proc_abi::event_record::EventRecord;
use proc_abi::id::{Pid, Tid};
use ptrace::{Awaited, Errno, Notice, Result};
use zerocopy::{FromZeros, IntoBytes};

use crate::errno::ENOBUFS;
use crate::files::Subject;
use crate::node::control::{Outcome, WRITE_MAX};
use crate::node::replies::Replies;
use crate::request::{Answer, Request, effect};
use crate::server::Server;
use crate::verbs::Verbs;

/// A call whose records have run.
#[derive(Debug)]
struct Combined {
    tag: u64,
    /// The open `ctl`.
    number: u64,
    target: Pid,
    /// A head that says nothing yet, and the replies.
    filled: Replies,
    /// Something happened to the target that this call has not looked at.
    due: bool,
}

/// The calls that wait, oldest first.
#[derive(Debug, Default)]
pub(crate) struct CombinedCalls(Vec<Combined>);

/// What a call ends with.
#[derive(Clone, Copy, Debug)]
struct Found {
    end: CombinedEnd,
    event: EventRecord,
    registers: Option<Registers>,
}

impl Found {
    fn no_event(end: CombinedEnd) -> Self {
        Self { end, event: EventRecord::default(), registers: None }
    }
}

impl CombinedCalls {
    /// Something happened to a process that calls may wait for.
    pub(crate) fn note(&mut self, notice: &Notice) {
        let pid = match notice {
            Notice::Happened(record) => record.pid,
            Notice::Gone(pid) => pid.raw(),
            Notice::Image(..) | Notice::NotRun(_) => return,
        };
        for call in self.0.iter_mut().filter(|call| call.target.raw() == pid) {
            call.due = true;
        }
    }

    /// Somebody waits for what becomes of this process.
    #[must_use]
    pub(crate) fn is_awaited(&self, target: Pid) -> bool {
        self.0.iter().any(|call| call.target == target)
    }

    fn is_waiting(&self, number: u64) -> bool {
        self.0.iter().any(|call| call.number == number)
    }

    fn take(&mut self, wanted: impl Fn(&Combined) -> bool) -> Option<Combined> {
        let index = self.0.iter().position(wanted)?;
        Some(self.0.remove(index))
    }
}

impl<V: Verbs> Server<V> {
    /// SYS_CALL on `ctl`.
    pub(crate) fn call_control(&mut self, number: u64, request: &Request<'_>) -> Result<Answer> {
        let (opener, subject) = self.commander(number)?;
        let length = records_length(request)?;
        if self.combined.is_waiting(number) {
            return Err(Errno::EBUSY);
        }
        self.combined.0.try_reserve(1).map_err(|_| Errno::ENOMEM)?;
        let mut records = Vec::new();
        records.try_reserve_exact(length).map_err(|_| Errno::ENOMEM)?;
        records.resize(length, 0);
        request.copy_in(&mut self.gate.verbs, &mut records)?;
        let mut filled = Replies::behind(COMBINED_HEAD, room_for_replies(&records, request.length())?)?;
        let outcome = self.run_every_record(opener, subject, &records, &mut filled);
        let call = Combined { tag: request.tag(), number, target: subject.pid, filled, due: false };
        let found = match outcome {
            Outcome::Failed => Some(Found::no_event(CombinedEnd::Failed)),
            Outcome::Succeeded => self.find_event(number),
        };
        let Some(found) = found else {
            self.combined.0.push(call);
            self.note_readers(subject.pid);
            return Ok(Answer::Later);
        };
        self.fill(call, &found)
    }

    /// Runs records up to the first that fails; one for which there is no memory has failed.
    fn run_every_record(&mut self, opener: Pid, subject: Subject, records: &[u8], replies: &mut Replies) -> Outcome {
        for command in Commands::new(records).flatten() {
            match self.run_record(opener, subject, &command, replies) {
                Ok((_, Outcome::Succeeded)) => {}
                Ok((_, Outcome::Failed)) => return Outcome::Failed,
                Err(errno) => {
                    replies.push(&command, Err(errno), &[]);
                    return Outcome::Failed;
                }
            }
        }
        Outcome::Succeeded
    }

    /// What there is to tell, collected; none as long as something may come.
    fn find_event(&mut self, number: u64) -> Option<Found> {
        let Ok((opener, subject)) = self.commander(number) else {
            return Some(Found::no_event(CombinedEnd::Nothing));
        };
        if self.subject(subject).is_err() {
            return Some(Found::no_event(CombinedEnd::Nothing));
        }
        match self.turn().await_event(opener, subject.pid) {
            Awaited::Now(event) => {
                let registers = Tid::new(event.tid).and_then(|tid| self.registers_of(subject.pid, tid));
                Some(Found { end: CombinedEnd::Event, event, registers })
            }
            Awaited::Later => None,
            Awaited::Never => Some(Found::no_event(CombinedEnd::Nothing)),
        }
    }

    fn registers_of(&mut self, pid: Pid, tid: Tid) -> Option<Registers> {
        let thread = self.table.get(pid)?.thread(tid)?.kernel;
        let mut registers = Registers::new_zeroed();
        let read = self.gate.verbs.get_registers(thread.0, RegisterSet::General, registers.as_mut_bytes());
        read.is_ok().then_some(registers)
    }

    /// Writes the caller's buffer in one piece. If that cannot be, the replies wait in the file.
    fn fill(&mut self, call: Combined, found: &Found) -> Result<Answer> {
        let Combined { tag, number, mut filled, .. } = call;
        let length = filled.bytes().len();
        let head = CombinedHead {
            end: found.end as u32,
            replies: u32::try_from(length.saturating_sub(COMBINED_HEAD)).unwrap_or(0),
            registers_size: found.registers.map_or(0, |_| size_of::<Registers>() as u32),
            reserved: 0,
            event: found.event,
            registers: found.registers.unwrap_or_default(),
        };
        if let Some(place) = filled.bytes_mut().get_mut(..COMBINED_HEAD) {
            place.copy_from_slice(head.as_bytes());
        }
        match self.gate.verbs.copy_out(tag, 0, filled.bytes()) {
            Ok(()) => Ok(Answer::Value(length)),
            Err(errno) => {
                let replies = filled.bytes().get(COMBINED_HEAD..).unwrap_or_default();
                self.control_mut(number)?.replies_mut().keep(replies)?;
                Err(errno)
            }
        }
    }

    /// Answers the calls whose target has news; false if there was none to look at.
    pub(crate) fn wake_combined(&mut self) -> bool {
        let Some(call) = self.combined.0.iter_mut().find(|call| call.due) else { return false };
        call.due = false;
        let (tag, number) = (call.tag, call.number);
        if let Some(found) = self.find_event(number) {
            self.end_combined(|call| call.tag == tag, &found);
        }
        true
    }

    fn end_combined(&mut self, wanted: impl Fn(&Combined) -> bool, found: &Found) -> bool {
        let Some(call) = self.combined.take(wanted) else { return false };
        self.note_readers(call.target);
        let tag = call.tag;
        let answer = self.fill(call, found);
        if let Some(effect) = effect(tag, answer) {
            self.send(effect);
        }
        true
    }

    /// The file is closed under a call that waits on it.
    pub(crate) fn close_combined(&mut self, number: u64) {
        let _waited = self.end_combined(|call| call.number == number, &Found::no_event(CombinedEnd::Nothing));
    }

    /// The client no longer wants to wait; true if it waited here. What ran is told. A call without records has done nothing,
    /// so it may be made again.
    pub(crate) fn cancel_combined(&mut self, tag: u64) -> bool {
        let is_bare = |call: &Combined| call.tag == tag && call.filled.bytes().len() == COMBINED_HEAD;
        if let Some(call) = self.combined.take(is_bare) {
            self.note_readers(call.target);
            if let Some(effect) = effect(tag, Err(Errno::EINTR)) {
                self.send(effect);
            }
            return true;
        }
        self.end_combined(|call| call.tag == tag, &Found::no_event(CombinedEnd::Interrupted))
    }
}

/// How many bytes of the payload are records.
fn records_length(request: &Request<'_>) -> Result<usize> {
    let [verb, length, reserved] = [0, 1, 2].map(|index| request.word(index));
    let length = usize::try_from(length).map_err(|_| Errno::EINVAL)?;
    let fits = length <= request.length() && length <= WRITE_MAX;
    if ControlVerb::from_raw(verb).is_some() && reserved == 0 && fits { Ok(length) } else { Err(Errno::EINVAL) }
}

/// Memory for the longest replies that these records can have. All are whole, and the caller's buffer can take it.
fn room_for_replies(records: &[u8], payload: usize) -> Result<usize> {
    let mut longest = 0_usize;
    let mut filled = COMBINED_HEAD;
    for command in Commands::new(records) {
        let command = command.map_err(|_| Errno::EINVAL)?;
        let room = usize::try_from(command.header.room).map_err(|_| Errno::EINVAL)?.max(command.payload.len());
        longest = longest.saturating_add(Replies::longest(room));
        filled = filled.saturating_add(size_of::<ReplyHeader>()).saturating_add(room.next_multiple_of(8));
    }
    if longest.saturating_add(COMBINED_HEAD) > WRITE_MAX {
        return Err(ENOBUFS);
    }
    if filled > payload { Err(Errno::EINVAL) } else { Ok(longest) }
}
