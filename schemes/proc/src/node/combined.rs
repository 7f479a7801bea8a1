//! The combined call of `ctl`: records in, replies and the next event with registers out.
//!
//! Decides that nothing runs unless its reply has a place in the caller's buffer, that records which ran are always told and
//! never run again, and who is told of a stop that several wait for: a wait, then a read of `event`, then the oldest call
//! here. Main types: [`Combined`], [`CombinedCalls`]. Neighbours: `control` runs the records, `server` says when a target has
//! news, `ptrace::Turn::await_event` collects, `proc_abi::combined` has the layout.

use alloc::vec::Vec;

use kernel_abi::effect::{Effect, EffectVerb};
use kernel_abi::registers::Registers;
use proc_abi::combined::{COMBINED_HEAD, CombinedEnd, CombinedHead, ControlVerb};
use proc_abi::command::{Commands, ReplyHeader};
use proc_abi::event_record::EventRecord;
use proc_abi::id::{Pid, Tid};
use ptrace::{Awaited, Errno, KernelThread, Notice, Result};
use zerocopy::{FromZeros, IntoBytes};

use crate::errno::ENOBUFS;
use crate::files::{Files, Node, Subject};
use crate::node::control::{Outcome, WRITE_MAX};
use crate::node::replies::Replies;
use crate::request::{Answer, Fill, Request, effect};
use crate::server::Server;
use crate::verbs::Verbs;

/// A call whose records have run.
#[derive(Debug)]
struct Combined {
    tag: u64,
    /// The open `ctl`.
    number: u64,
    target: Pid,
    replies: Replies,
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
    /// The thread whose registers are told.
    stands: Option<KernelThread>,
}

impl Found {
    fn no_event(end: CombinedEnd) -> Self {
        Self { end, event: EventRecord::default(), stands: None }
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
        let mut copied = Vec::new();
        let records = match request.inline(length) {
            Some(records) => records,
            None => {
                copied.try_reserve_exact(length).map_err(|_| Errno::ENOMEM)?;
                copied.resize(length, 0);
                request.copy_in(&mut self.gate.verbs, &mut copied)?;
                &copied
            }
        };
        let mut replies = Replies::with_room(room_for_replies(records, request.length())?)?;
        let outcome = self.run_every_record(opener, subject, records, &mut replies);
        let call = Combined { tag: request.tag(), number, target: subject.pid, replies, due: false };
        let found = match outcome {
            Outcome::Failed => Some(Found::no_event(CombinedEnd::Failed)),
            Outcome::Succeeded => self.find_event(number),
        };
        let Some(found) = found else {
            self.combined.0.push(call);
            self.note_readers(subject.pid);
            return Ok(Answer::Later);
        };
        self.fill(&call, &found)
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
                let stands = Tid::new(event.tid).and_then(|tid| self.table.get(subject.pid)?.thread(tid));
                let stands = stands.map(|thread| thread.kernel);
                Some(Found { end: CombinedEnd::Event, event, stands })
            }
            Awaited::Later => None,
            Awaited::Never => Some(Found::no_event(CombinedEnd::Nothing)),
        }
    }

    /// The answer, whose bytes fill the caller's buffer in one piece; [`not_filled`] is told if that cannot be.
    fn fill(&mut self, call: &Combined, found: &Found) -> Result<Answer> {
        let replies = call.replies.bytes();
        let length = COMBINED_HEAD.saturating_add(replies.len());
        if self.outgoing.try_reserve(length).is_err() {
            self.control_mut(call.number)?.replies_mut().keep(replies)?;
            return Err(Errno::ENOMEM);
        }
        let head = CombinedHead {
            end: found.end as u32,
            replies: u32::try_from(replies.len()).unwrap_or(0),
            registers_size: found.stands.map_or(0, |_| size_of::<Registers>() as u32),
            reserved: 0,
            event: found.event,
            registers: Registers::new_zeroed(),
        };
        let offset = self.outgoing.len();
        self.outgoing.extend_from_slice(head.as_bytes());
        self.outgoing.extend_from_slice(replies);
        let thread = found.stands.map_or(0, |thread| thread.0);
        let registers = (thread, core::mem::offset_of!(CombinedHead, registers));
        Ok(Answer::Filled(Fill { length, offset, registers, number: call.number }))
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
        let answer = self.fill(&call, found);
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
        let is_bare = |call: &Combined| call.tag == tag && call.replies.bytes().is_empty();
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

/// What takes the place of an answer whose bytes the kernel could not put into the caller's buffer: an error, and the replies
/// wait in the file.
pub(crate) fn not_filled(files: &mut Files, refused: &Effect, bytes: &[u8], errno: Errno) -> Option<Effect> {
    if refused.verb != EffectVerb::ReplyFill as u32 {
        return None;
    }
    let [length, offset, _, _, number, _] = refused.words;
    let [length, offset] = [length, offset].map(|word| usize::try_from(word).unwrap_or(usize::MAX));
    let replies = bytes.get(offset..).and_then(|bytes| bytes.get(COMBINED_HEAD..length)).unwrap_or_default();
    let kept = match files.get_mut(number).map(|open| &mut open.node) {
        Ok(Node::Control(_, control)) => control.replies_mut().keep(replies),
        _ => Ok(()),
    };
    effect(refused.target, Err(kept.err().unwrap_or(errno)))
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
