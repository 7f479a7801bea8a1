//! `event`: stops and what else happens to a process, in order.
//!
//! Decides what a handle is given: a controlling one each stop that is not collected yet, which it collects by reading (as
//! wait would), an observing one everything. Main type: [`Event`]. Neighbours: `ring` keeps the records, `server` completes
//! waiting reads when something is published, `ptrace::wait` collects.

use alloc::vec::Vec;

use proc_abi::event_record::{EVENT_SIZE, EventKind, EventRecord};
use proc_abi::id::Pid;
use ptrace::{Errno, Result};
use runtime::event::Readiness;
use zerocopy::IntoBytes;

use crate::errno::ESTALE;
use crate::files::{Files, Node, Subject};
use crate::request::{Answer, Request, effect};
use crate::ring::{Cursor, Next, Rings};
use crate::server::Server;
use crate::verbs::Verbs;

/// Whether reading collects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Opened for control.
    Tracer,
    /// Opened for reading only.
    Observer,
}

/// A read that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reader {
    tag: u64,
    records: usize,
}

/// An open `event` file.
#[derive(Debug)]
pub(crate) struct Event {
    cursor: Cursor,
    role: Role,
    readers: Vec<Reader>,
    /// Somebody asked to be told when there is something to read.
    watched: bool,
    /// Number of the latest stop by cause that it was told of.
    told_cause: u64,
    /// The process was somebody else's program before; what came after is not for this handle, not even its end.
    revoked: bool,
}

impl Event {
    /// An open file with its place in the ring.
    #[must_use]
    pub(crate) const fn new(cursor: Cursor, role: Role) -> Self {
        Self { cursor, role, readers: Vec::new(), watched: false, told_cause: 0, revoked: false }
    }

    /// Its place.
    #[must_use]
    pub(crate) const fn cursor(&self) -> &Cursor {
        &self.cursor
    }

    /// Whether it collects.
    #[must_use]
    pub(crate) const fn role(&self) -> Role {
        self.role
    }

    /// Number of the latest stop by cause that it was told of, 0 for none.
    pub(crate) const fn told_cause_mut(&mut self) -> &mut u64 {
        &mut self.told_cause
    }

    /// The same, to look at.
    #[must_use]
    pub(crate) const fn told_cause(&self) -> u64 {
        self.told_cause
    }

    /// Forgets a waiting read; true if it was here.
    pub(crate) fn cancel(&mut self, tag: u64) -> bool {
        let before = self.readers.len();
        self.readers.retain(|reader| reader.tag != tag);
        self.readers.len() != before
    }
}

/// What a handle has to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Record(EventRecord),
    Nothing,
    End,
}

/// Records that the tracer learns by wait as well, so that only one of the two tells them.
fn is_collected(record: &EventRecord) -> bool {
    matches!(record.kind(), Some(EventKind::TraceStop | EventKind::Exited | EventKind::Killed))
}

/// Somebody would see a stop of the process other than by being its tracer and asking for it. A watch on the tracer's own
/// file is told of stops that are not collected yet, which one that comes with the answer to a run never is.
#[must_use]
pub(crate) fn is_observed(rings: &Rings, files: &Files, target: Pid) -> bool {
    let Some(ring) = rings.of(target) else { return false };
    let idle = |number| match files.get(number).map(|open| &open.node) {
        Ok(Node::Event(_, event)) => event.role == Role::Tracer && event.readers.is_empty(),
        _ => true,
    };
    (0..).map_while(|index| rings.reader(ring, index)).any(|number| !idle(number))
}

impl<V: Verbs> Server<V> {
    /// A read of `event`.
    pub(crate) fn read_event(&mut self, number: u64, request: &Request<'_>) -> Result<Answer> {
        let records = request.length() / EVENT_SIZE;
        if records == 0 {
            return Err(Errno::EINVAL);
        }
        let reader = Reader { tag: request.tag(), records };
        if let Some(answer) = self.try_read(number, reader) {
            return answer;
        }
        if request.is_nonblocking() {
            return Err(Errno::EAGAIN);
        }
        let event = self.event_mut(number)?;
        event.readers.try_reserve(1).map_err(|_| Errno::ENOMEM)?;
        event.readers.push(reader);
        Ok(Answer::Later)
    }

    pub(crate) fn event_mut(&mut self, number: u64) -> Result<&mut Event> {
        match &mut self.files.get_mut(number)?.node {
            Node::Event(_, event) => Ok(event),
            _ => Err(Errno::EINVAL),
        }
    }

    /// Gives a reader what there is; none if it must wait.
    fn try_read(&mut self, number: u64, reader: Reader) -> Option<Result<Answer>> {
        let mut count = 0_usize;
        if let Err(errno) = self.check_event(number) {
            return Some(Err(errno));
        }
        while count < reader.records {
            let record = match self.next_event(number) {
                Found::Record(record) => record,
                Found::End if count == 0 => return Some(Ok(Answer::Value(0))),
                Found::Nothing | Found::End => break,
            };
            let offset = count.saturating_mul(EVENT_SIZE);
            if let Err(errno) = self.gate.verbs.copy_out(reader.tag, offset as u64, record.as_bytes()) {
                return Some(Err(errno));
            }
            count = count.saturating_add(1);
        }
        (count > 0).then(|| Ok(Answer::Value(count.saturating_mul(EVENT_SIZE))))
    }

    /// The handle still tells: its process is the program that it was opened on, and so is who opened it for control.
    pub(crate) fn check_event(&self, number: u64) -> Result<()> {
        let open = self.files.get(number)?;
        let Node::Event(subject, event) = &open.node else { return Err(Errno::EINVAL) };
        if event.revoked {
            return Err(ESTALE);
        }
        if event.role == Role::Tracer {
            self.commanding(open.opener)?;
        }
        self.check_judged(*subject)
    }

    /// The next record of a handle, taken.
    fn next_event(&mut self, number: u64) -> Found {
        if let Some(record) = self.unseen_cause(number) {
            self.note_told(number, &record);
            return Found::Record(record);
        }
        loop {
            let Ok(open) = self.files.get(number) else { return Found::End };
            let opener = open.opener.map(|opener| opener.pid);
            let Node::Event(subject, event) = &open.node else { return Found::End };
            let (subject, role, mut cursor) = (*subject, event.role, event.cursor);
            let found = self.rings.peek(&cursor);
            let tracer = opener.filter(|_| role == Role::Tracer);
            match found {
                Next::Record(record) => {
                    self.rings.advance(&mut cursor);
                    if let Ok(event) = self.event_mut(number) {
                        event.cursor = cursor;
                    }
                    self.note_told(number, &record);
                    let told =
                        is_collected(&record) && tracer.is_some_and(|tracer| self.has_told(tracer, subject, &cursor));
                    if !told {
                        return Found::Record(record);
                    }
                }
                Next::Nothing | Next::End => {
                    // A stop from before the file was opened.
                    if let Some(Collected::Now(record)) = tracer.map(|tracer| self.collect(tracer, subject)) {
                        return Found::Record(record);
                    }
                    return if found == Next::End { Found::End } else { Found::Nothing };
                }
            }
        }
    }

    /// What wait has told already, and a stop that is over, are no news to the tracer. A stop is over if another or the end
    /// came after it, which is collected in its turn; otherwise this collects.
    fn has_told(&mut self, tracer: Pid, subject: Subject, after: &Cursor) -> bool {
        let traces = self.subject(subject).is_ok_and(|process| process.parent == Some(tracer));
        if traces && self.rings.is_any_ahead(after, is_collected) {
            return true;
        }
        self.collect(tracer, subject) == Collected::Told
    }

    /// Collects what the tracer has not been told yet.
    fn collect(&mut self, tracer: Pid, subject: Subject) -> Collected {
        if self.subject(subject).is_err() {
            return Collected::NotTracer;
        }
        match self.turn().take_event(tracer, subject.pid) {
            Ok(Some(record)) => Collected::Now(record),
            Ok(None) => Collected::Told,
            Err(_) => Collected::NotTracer,
        }
    }

    /// Wakes the readers of one ring that has news; false if none has.
    pub(crate) fn wake_event_readers(&mut self) -> bool {
        let Some(ring) = self.rings.take_fresh() else { return false };
        let mut index = 0_usize;
        while let Some(number) = self.rings.reader(ring, index) {
            self.wake_readers_of(number);
            index = index.saturating_add(1);
        }
        true
    }

    fn wake_readers_of(&mut self, number: u64) {
        // The exec itself is news, so every handle that it revokes comes by here.
        if self.check_event(number).is_err()
            && let Ok(event) = self.event_mut(number)
        {
            event.revoked = true;
        }
        while let Some(reader) = self.event_mut(number).ok().and_then(|event| event.readers.first().copied()) {
            let Some(answer) = self.try_read(number, reader) else { break };
            if let Ok(event) = self.event_mut(number) {
                event.cancel(reader.tag);
            }
            if let Some(effect) = effect(reader.tag, answer) {
                self.send(effect);
            }
        }
        let watched = self.event_mut(number).is_ok_and(|event| event.watched);
        if watched && self.is_event_ready(number) {
            self.notify_readable(number);
        }
    }

    fn is_event_ready(&self, number: u64) -> bool {
        let Ok(open) = self.files.get(number) else { return false };
        let Node::Event(subject, event) = &open.node else { return false };
        let opener = open.opener.map(|opener| opener.pid);
        let fresh = event.role == Role::Tracer && self.has_uncollected_stop(opener, *subject);
        let told = self.rings.peek(&event.cursor) != Next::Nothing || self.unseen_cause(number).is_some();
        fresh || told || self.check_event(number).is_err()
    }

    /// What `event` is ready for; from now on its watchers are told when that changes.
    pub(crate) fn event_readiness(&mut self, number: u64, wanted: Readiness) -> Result<Readiness> {
        let ready = self.is_event_ready(number);
        let event = self.event_mut(number)?;
        event.watched = wanted.contains(Readiness::READ);
        Ok(if ready { Readiness::READ } else { Readiness::empty() })
    }
}

/// What became of an attempt to collect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Collected {
    /// This was news.
    Now(EventRecord),
    /// There is nothing that the tracer does not know.
    Told,
    /// The handle's opener does not trace the process.
    NotTracer,
}
