//! Stops by cause as `event` gives them: FreeBSD's ioctls of the process file system, by SYS_CALL.
//!
//! Decides which of them need a handle for control, when one who waits is told, and which stop a reader still has to be. Main types: [`StopWaits`]. Neighbours:
//! `ptrace::stop_event` (what stops, what goes on), `proc_abi::stop_event` (numbers and layouts), `event` (the records),
//! `serve` says when the last file for control is closed. FreeBSD: procfs_ioctl.c of 2004.

use alloc::vec::Vec;

use proc_abi::event_record::{EventKind, EventRecord};
use proc_abi::id::Pid;
use proc_abi::stop_event::{StopRequest, StopStatus};
use ptrace::{CauseChange, Errno, Life, Notice, Result};
use zerocopy::IntoBytes;

use crate::errno::{EBADF, ENOTTY};
use crate::files::{Node, Subject};
use crate::node::control::Authority;
use crate::node::event::Role;
use crate::request::{Answer, Request, effect};
use crate::server::Server;
use crate::verbs::Verbs;

/// A PIOCWAIT.
#[derive(Clone, Copy, Debug)]
struct StopWait {
    tag: u64,
    /// The open `event`.
    number: u64,
    target: Pid,
    /// Something happened to the target that this call has not looked at.
    due: bool,
}

/// Those that wait, oldest first.
#[derive(Debug, Default)]
pub(crate) struct StopWaits(Vec<StopWait>);

impl StopWaits {
    /// Something happened to a process that somebody may wait for.
    pub(crate) fn note(&mut self, notice: &Notice) {
        let pid = match notice {
            Notice::Gone(pid) => pid.raw(),
            Notice::Happened(record) if is_awaited(record.kind()) => record.pid,
            Notice::Happened(_) | Notice::Image(..) | Notice::NotRun(_) => return,
        };
        for wait in self.0.iter_mut().filter(|wait| wait.target.raw() == pid) {
            wait.due = true;
        }
    }

    fn take(&mut self, wanted: impl Fn(&StopWait) -> bool) -> Option<StopWait> {
        let index = self.0.iter().position(wanted)?;
        Some(self.0.remove(index))
    }
}

const fn is_awaited(kind: Option<EventKind>) -> bool {
    matches!(kind, Some(EventKind::CauseStop | EventKind::Exited | EventKind::Killed))
}

fn is_cause(record: &EventRecord) -> bool {
    record.kind() == Some(EventKind::CauseStop)
}

impl<V: Verbs> Server<V> {
    /// SYS_CALL on `event`.
    pub(crate) fn call_event(&mut self, number: u64, request: &Request<'_>) -> Result<Answer> {
        self.check_event(number)?;
        let asked = StopRequest::from_raw(request.word(0)).ok_or(ENOTTY)?;
        let Node::Event(subject, event) = &self.files.get(number)?.node else { return Err(Errno::EINVAL) };
        let (subject, role) = (*subject, event.role());
        match asked {
            StopRequest::Set | StopRequest::Clear | StopRequest::SetFlags | StopRequest::Continue => {
                if role == Role::Observer {
                    return Err(EBADF);
                }
                let opener = self.commanding(self.files.get(number)?.opener)?;
                self.subject(subject)?;
                self.order_stops(asked, opener, subject, request.word(1))
            }
            StopRequest::GetFlags => {
                let flags = self.subject(subject)?.stop_flags().bits();
                answer_whole(self, request, flags.as_bytes())
            }
            StopRequest::Status => {
                let status = self.subject(subject)?.stop_status();
                answer_whole(self, request, status.as_bytes())
            }
            StopRequest::Wait => self.wait_for_cause(number, subject, request),
        }
    }

    fn order_stops(&mut self, asked: StopRequest, opener: Pid, subject: Subject, argument: u64) -> Result<Answer> {
        let bits = u32::try_from(argument).map_err(|_| Errno::EINVAL)?;
        let mut turn = self.turn();
        let target = subject.pid;
        match asked {
            StopRequest::Set => turn.watch(opener, target, CauseChange::Add(bits))?,
            StopRequest::Clear => turn.watch(opener, target, CauseChange::Remove(bits))?,
            StopRequest::SetFlags => turn.set_stop_flags(opener, target, bits)?,
            StopRequest::Continue => turn.continue_cause_stop(opener, target, bits.cast_signed())?,
            StopRequest::Wait | StopRequest::Status | StopRequest::GetFlags => return Err(Errno::EINVAL),
        }
        Ok(Answer::Value(0))
    }

    fn wait_for_cause(&mut self, number: u64, subject: Subject, request: &Request<'_>) -> Result<Answer> {
        if let Some(status) = self.told_cause(subject)? {
            return answer_whole(self, request, status.as_bytes());
        }
        if request.length() < size_of::<StopStatus>() {
            return Err(Errno::EINVAL);
        }
        self.waits.0.try_reserve(1).map_err(|_| Errno::ENOMEM)?;
        self.waits.0.push(StopWait { tag: request.tag(), number, target: subject.pid, due: false });
        Ok(Answer::Later)
    }

    /// The status of a process that stands by a cause or ends; none as long as it does neither.
    fn told_cause(&self, subject: Subject) -> Result<Option<StopStatus>> {
        let process = self.subject(subject)?;
        let ends = matches!(process.life, Life::Exiting(_) | Life::Zombie(_));
        Ok((ends || process.is_stopped_by_cause()).then(|| process.stop_status()))
    }

    /// Answers those whose target has news; false if there was none to look at.
    pub(crate) fn wake_stop_waits(&mut self) -> bool {
        let Some(wait) = self.waits.0.iter_mut().find(|wait| wait.due) else { return false };
        wait.due = false;
        let wait = *wait;
        let told = match self.files.get(wait.number).map(|open| &open.node) {
            Ok(Node::Event(subject, _)) => self.check_event(wait.number).and_then(|()| self.told_cause(*subject)),
            _ => Err(EBADF),
        };
        let status = match told {
            Ok(None) => return true,
            Ok(Some(status)) => Ok(status),
            Err(errno) => Err(errno),
        };
        self.waits.take(|other| other.tag == wait.tag);
        let size = size_of::<StopStatus>();
        let answer = status
            .and_then(|status| self.gate.verbs.copy_out(wait.tag, 0, status.as_bytes()).map(|()| Answer::Value(size)));
        if let Some(effect) = effect(wait.tag, answer) {
            self.send(effect);
        }
        true
    }

    /// The stop by cause that is present, if the handle was not told of it and will not be by the ring: one from before it
    /// was opened, or whose record was lost.
    pub(crate) fn unseen_cause(&self, number: u64) -> Option<EventRecord> {
        let Node::Event(subject, event) = &self.files.get(number).ok()?.node else { return None };
        let record = self.subject(*subject).ok()?.cause_record()?;
        let comes = self.rings.is_any_ahead(event.cursor(), is_cause);
        (record.sequence > event.told_cause() && !comes).then_some(record)
    }

    /// The handle is given this record.
    pub(crate) fn note_told(&mut self, number: u64, record: &EventRecord) {
        if let Ok(event) = self.event_mut(number)
            && is_cause(record)
        {
            *event.told_cause_mut() = record.sequence;
        }
    }

    fn end_stop_wait(&mut self, wanted: impl Fn(&StopWait) -> bool, errno: Errno) -> bool {
        let Some(wait) = self.waits.take(wanted) else { return false };
        if let Some(effect) = effect(wait.tag, Err(errno)) {
            self.send(effect);
        }
        true
    }

    /// The client no longer wants to wait; true if it waited here.
    pub(crate) fn cancel_stop_wait(&mut self, tag: u64) -> bool {
        self.end_stop_wait(|wait| wait.tag == tag, Errno::EINTR)
    }

    /// A file is closed: who waits by it is sent away, and the causes go with the last file for control.
    pub(crate) fn close_stop_event(&mut self, number: u64, node: &Node) {
        while self.end_stop_wait(|wait| wait.number == number, EBADF) {}
        let Some(subject) = controlled(node) else { return };
        let watched = self.subject(subject).is_ok_and(ptrace::Process::is_watched);
        if watched && self.files.find(1, |open| is_of(controlled(&open.node), subject)).is_none() {
            self.turn().stop_watching(subject.pid);
        }
    }
}

/// The process that a file for control is about.
fn controlled(node: &Node) -> Option<Subject> {
    match node {
        Node::Control(subject, control) if control.authority() == Authority::Session => Some(*subject),
        Node::Event(subject, event) if event.role() == Role::Tracer => Some(*subject),
        _ => None,
    }
}

fn is_of(controlled: Option<Subject>, subject: Subject) -> bool {
    controlled.is_some_and(|controlled| controlled.group == subject.group)
}

/// A structure goes out as a whole or not at all.
fn answer_whole<V: Verbs>(server: &mut Server<V>, request: &Request<'_>, bytes: &[u8]) -> Result<Answer> {
    if request.length() < bytes.len() {
        return Err(Errno::EINVAL);
    }
    request.answer_bytes(&mut server.gate.verbs, bytes)
}
