//! Requests on open files: which function answers which.
//!
//! Decides the answer of every opcode for every kind of node; an opcode that makes no sense here is EOPNOTSUPP, so no client
//! waits for ever. Neighbours: `open` (OpenAt), `node` (contents), `request` (what an answer becomes).

use alloc::vec::Vec;

use kernel_abi::effect::{Effect, EffectVerb};
use kernel_abi::message::Slot;
use kernel_abi::redox::schemev2::Opcode;
use proc_abi::id::Pid;
use proc_abi::path::{PROCESS_FILES, ProcessFile, THREAD_FILES, ThreadFile};
use ptrace::{Errno, Flags, Result};
use runtime::event::Readiness;
use runtime::file::status::{Kind, Status};
use zerocopy::IntoBytes;

use crate::errno::{EISDIR, EROFS, ESPIPE};
use crate::files::{Node, Subject};
use crate::node::control::Authority;
use crate::node::event::Role;
use crate::node::{directory, files, map, program, status, thread, threads};
use crate::request::{Answer, Request, effect};
use crate::server::Server;
use crate::text::Text;
use crate::verbs::Verbs;

impl<V: Verbs> Server<V> {
    /// Answers a request, now or later.
    pub(crate) fn serve_request(&mut self, slot: &Slot) {
        let request = Request::new(slot);
        let answer = self.answer(&request);
        // What the request has set off comes before its answer.
        self.settle();
        if let Some(effect) = effect(request.tag(), answer) {
            self.send(effect);
        }
    }

    fn answer(&mut self, request: &Request<'_>) -> Result<Answer> {
        let number = request.handle();
        match request.opcode() {
            Some(Opcode::OpenAt) => self.open(request),
            Some(Opcode::Read) => self.read(number, request),
            Some(Opcode::Write) => self.write(number, request),
            Some(Opcode::Call) if matches!(self.node(number)?, Node::Control(..)) => self.call_control(number, request),
            Some(Opcode::Call) if matches!(self.node(number)?, Node::Event(..)) => self.call_event(number, request),
            Some(Opcode::Getdents) => {
                let records =
                    directory::list(&self.table, self.node(number)?, request.word(0), request.length() as u64)?;
                request.answer_bytes(&mut self.gate.verbs, &records)
            }
            Some(Opcode::Fstat) => {
                let status = self.status(number)?;
                request.answer_bytes(&mut self.gate.verbs, status.as_bytes())
            }
            Some(Opcode::Fpath) => {
                let path = self.path(number)?;
                request.answer_bytes(&mut self.gate.verbs, &path)
            }
            Some(Opcode::Fsize) => self.size(number),
            Some(Opcode::Fevent) => self.readiness(number, request.word(0)),
            Some(Opcode::Ftruncate) => self.node(number).map(|_| Answer::Value(0)),
            Some(Opcode::Fsync | Opcode::Munmap) => Ok(Answer::Value(0)),
            Some(Opcode::UnlinkAt | Opcode::Frename) => Err(EROFS),
            Some(Opcode::Dup) => self.duplicate(request),
            Some(Opcode::Fcntl) => Err(Errno::EINVAL),
            _ => Err(Errno::EOPNOTSUPP),
        }
    }

    fn node(&self, number: u64) -> Result<&Node> {
        if number == 0 { Ok(&Node::Root) } else { self.files.get(number).map(|open| &open.node) }
    }

    fn read(&mut self, number: u64, request: &Request<'_>) -> Result<Answer> {
        match self.node(number)? {
            Node::Root | Node::Process(_) | Node::Threads(_) | Node::Thread(..) => Err(EISDIR),
            Node::Control(..) => self.read_control(number, request),
            Node::Event(..) => self.read_event(number, request),
            Node::ProcessText(..) | Node::ThreadText(..) => self.read_whole(number, request),
        }
    }

    /// Reads a piece of a file that is made as a whole; a read at its start makes it anew.
    fn read_whole(&mut self, number: u64, request: &Request<'_>) -> Result<Answer> {
        let offset = request.word(0);
        if offset == 0 || self.files.get(number)?.snapshot.is_none() {
            let content = self.content(number)?;
            self.files.get_mut(number)?.snapshot = Some(content);
        }
        let snapshot = self.files.get(number)?.snapshot.as_deref().unwrap_or_default();
        let rest = usize::try_from(offset).ok().and_then(|offset| snapshot.get(offset..)).unwrap_or_default();
        request.answer_bytes(&mut self.gate.verbs, rest)
    }

    fn content(&mut self, number: u64) -> Result<Vec<u8>> {
        match *self.node(number)? {
            Node::ProcessText(subject, file) => {
                if file.tells_secrets() {
                    self.check_judged(subject)?;
                }
                self.subject(subject)?;
                self.process_content(subject, file)
            }
            Node::ThreadText(subject, tid, file) => {
                if file != ThreadFile::Name {
                    self.check_judged(subject)?;
                }
                self.subject(subject)?;
                thread::content(self, subject.pid, tid, file)
            }
            _ => Err(Errno::EINVAL),
        }
    }

    fn process_content(&mut self, subject: Subject, file: ProcessFile) -> Result<Vec<u8>> {
        match file {
            ProcessFile::Status => status::render(self, subject.pid),
            ProcessFile::StatusRecord => status::binary(self, subject.pid),
            ProcessFile::Threads => threads::render(self, subject.pid),
            ProcessFile::ThreadRecords => threads::binary(self, subject.pid),
            ProcessFile::Map => map::render(&mut self.gate, subject.group),
            ProcessFile::MapRecords => map::binary(&mut self.gate, subject.group),
            ProcessFile::Files => files::render(self, subject.group),
            ProcessFile::FileRecords => files::binary(self, subject.group),
            ProcessFile::Executable | ProcessFile::CommandLine | ProcessFile::AuxiliaryVector => {
                // A process that has never been through exec has no such stack.
                let stack = self.stack_of(subject.pid).unwrap_or(0);
                program::content(&mut self.gate, subject.group, stack, file)
            }
            ProcessFile::Control | ProcessFile::Event | ProcessFile::Run | ProcessFile::Memory => Err(Errno::EINVAL),
        }
    }

    fn write(&mut self, number: u64, request: &Request<'_>) -> Result<Answer> {
        match self.node(number)? {
            Node::Root | Node::Process(_) | Node::Threads(_) | Node::Thread(..) => Err(EISDIR),
            Node::Control(..) => self.write_control(number, request),
            Node::Event(..) => Err(Errno::EINVAL),
            Node::ProcessText(..) | Node::ThreadText(..) => Err(crate::errno::EBADF),
        }
    }

    fn status(&self, number: u64) -> Result<Status> {
        let (kind, mode) = match self.node(number)? {
            Node::Root | Node::Process(_) | Node::Threads(_) | Node::Thread(..) => (Kind::Directory, 0o555),
            Node::Control(..) | Node::Event(..) => (Kind::Character, 0o600),
            Node::ProcessText(..) | Node::ThreadText(..) => (Kind::Regular, 0o444),
        };
        let mut status = Status::new(kind, mode, 0);
        if let Some(process) = self.node(number)?.subject().and_then(|subject| self.subject(subject).ok()) {
            (status.uid, status.gid) = (process.credentials.user.effective, process.credentials.group.effective);
            status.inode = u64::from(process.pid.raw().unsigned_abs());
        }
        Ok(status)
    }

    /// The length counts from what was read last; streams have none.
    fn size(&self, number: u64) -> Result<Answer> {
        match self.node(number)? {
            Node::Control(..) | Node::Event(..) => Err(ESPIPE),
            _ => {
                let snapshot = self.files.get(number).ok().and_then(|open| open.snapshot.as_ref());
                Ok(Answer::Value(snapshot.map_or(0, Vec::len)))
            }
        }
    }

    pub(crate) fn path(&self, number: u64) -> Result<Vec<u8>> {
        let mut text = Text::default();
        text.add(format_args!("proc:"));
        let node = self.node(number)?;
        if let Some(subject) = node.subject() {
            text.add(format_args!("{}", subject.pid.raw()));
        }
        match node {
            Node::Root | Node::Process(_) => {}
            Node::Threads(_) => text.add(format_args!("/lwp")),
            Node::Thread(_, tid) => text.add(format_args!("/lwp/{}", tid.raw())),
            Node::Control(..) => text.add(format_args!("/ctl")),
            Node::Event(..) => text.add(format_args!("/event")),
            Node::ProcessText(_, file) => {
                let name = PROCESS_FILES.iter().find(|row| row.0 == *file).map_or("", |row| row.1);
                text.add(format_args!("/{name}"));
            }
            Node::ThreadText(_, tid, file) => {
                let name = THREAD_FILES.iter().find(|row| row.0 == *file).map_or("", |row| row.1);
                text.add(format_args!("/lwp/{}/{name}", tid.raw()));
            }
        }
        text.finish()
    }

    fn readiness(&mut self, number: u64, wanted: u64) -> Result<Answer> {
        let wanted = Readiness::from_bits_truncate(usize::try_from(wanted).unwrap_or(0));
        let ready = match self.node(number)? {
            Node::Event(..) => self.event_readiness(number, wanted)?,
            _ => Readiness::READ | Readiness::WRITE,
        };
        Ok(Answer::Value((ready & wanted).bits()))
    }

    /// Tells those who wait for it that a file can be read.
    pub(crate) fn notify_readable(&mut self, number: u64) {
        let words = [Readiness::READ.bits() as u64, 0, 0, 0, 0, 0];
        self.send(Effect { verb: EffectVerb::Notify as u32, flags: 0, target: number, words });
    }

    /// A stop or death that this tracer has not been told of.
    pub(crate) fn has_uncollected_stop(&self, tracer: Option<Pid>, subject: Subject) -> bool {
        let Ok(process) = self.subject(subject) else { return false };
        let stopped = process.is(Flags::TRACED) && process.is(Flags::STOP_COMPLETE) && !process.is(Flags::WAITED);
        let dead = process.zombie().is_some() && !process.is(Flags::TOLD_TRACER);
        tracer.is_some() && process.parent == tracer && (stopped || dead)
    }

    /// The client no longer wants a call; true if it waits here.
    pub(crate) fn cancel_request(&mut self, tag: u64) -> bool {
        if self.cancel_combined(tag) || self.cancel_stop_wait(tag) {
            return true;
        }
        let mut start = 1;
        while let Some(number) = self.files.find(start, |open| matches!(open.node, Node::Event(..))) {
            start = number.saturating_add(1);
            let Ok(open) = self.files.get_mut(number) else { continue };
            let Node::Event(_, event) = &mut open.node else { continue };
            if event.cancel(tag) {
                if let Some(effect) = effect(tag, Err(Errno::EINTR)) {
                    self.send(effect);
                }
                return true;
            }
        }
        false
    }

    /// The last descriptor of an open file is gone.
    pub(crate) fn close(&mut self, number: u64) {
        self.close_combined(number);
        let Some(open) = self.files.remove(number) else { return };
        self.close_stop_event(number, &open.node);
        let subject = match open.node {
            Node::Control(subject, control) if control.authority() == Authority::Session => subject,
            Node::Event(subject, event) => {
                self.rings.close(event.cursor(), number);
                self.note_readers(subject.pid);
                if event.role() == Role::Observer {
                    return;
                }
                subject
            }
            _ => return,
        };
        if let Some(opener) = open.opener
            && self.subject(subject).is_ok()
            && self.subject(opener).is_ok()
        {
            self.turn().close_control(opener.pid, subject.pid);
        }
    }
}

impl Node {
    /// The process that the file is about.
    #[must_use]
    pub(crate) const fn subject(&self) -> Option<Subject> {
        match self {
            Self::Root => None,
            Self::Process(subject)
            | Self::Threads(subject)
            | Self::Thread(subject, _)
            | Self::ProcessText(subject, _)
            | Self::ThreadText(subject, ..)
            | Self::Control(subject, _)
            | Self::Event(subject, _) => Some(*subject),
        }
    }
}
