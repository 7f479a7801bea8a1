//! Opening: from a path and flags to a node, or to a handle of the kernel's own.
//!
//! Decides who may open what, in this order: the name, the kind of file, the right. Opening for writing is opening for
//! control: the debug right is judged, the opener's session holds the handle, and with `O_EXCL` nobody else's may. Main
//! function: [`Server::open`]. Neighbours: `proc_abi::path` (names), `ptrace::files` (rights and sessions), `files` (the table).

use kernel_abi::effect::{NEED_COLLECTED, NEED_STOPPED, ObjectKind, RIGHT_READ, RIGHT_WRITE};
use proc_abi::id::{Pid, Tid};
use proc_abi::path::{self, Path, ProcessFile, ThreadFile};
use ptrace::{Errno, Life, Result, Sharing};
use runtime::file::OpenFlags;

use crate::errno::{EEXIST, EISDIR, ENOTDIR};
use crate::files::{Node, Open, Subject};
use crate::node::control::{Authority, Control};
use crate::node::event::{Event, Role};
use crate::request::{Answer, Position, Request};
use crate::server::Server;
use crate::verbs::Verbs;

/// Longer than any path that names something.
const LONGEST: usize = 64;

/// How the opener wants to use a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    Read,
    /// For control, perhaps reading as well.
    Write {
        read: bool,
        sharing: Sharing,
    },
}

impl Access {
    fn of(flags: OpenFlags) -> Self {
        if flags.contains(OpenFlags::WRITE) {
            let exclusive = flags.contains(OpenFlags::EXCLUSIVE);
            let sharing = if exclusive { Sharing::Exclusive } else { Sharing::Shared };
            Self::Write { read: flags.contains(OpenFlags::READ), sharing }
        } else {
            Self::Read
        }
    }
}

/// A path below an open directory: text in a fixed place.
struct Name {
    bytes: [u8; LONGEST],
    length: usize,
}

impl core::fmt::Write for Name {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        let end = self.length.checked_add(text.len()).ok_or(core::fmt::Error)?;
        let place = self.bytes.get_mut(self.length..end).ok_or(core::fmt::Error)?;
        place.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

impl<V: Verbs> Server<V> {
    /// OpenAt.
    pub(crate) fn open(&mut self, request: &Request<'_>) -> Result<Answer> {
        let flags = request.open_flags();
        let path = self.named(request)?;
        let caller = request.caller();
        if flags.contains(OpenFlags::CREATE | OpenFlags::EXCLUSIVE) {
            return Err(EEXIST);
        }
        let access = Access::of(flags);
        let node = match path {
            Path::Root => Node::Root,
            Path::Process(process) => Node::Process(self.find(process, caller)?),
            Path::Threads(process) => Node::Threads(self.find(process, caller)?),
            Path::Thread(process, tid) => Node::Thread(self.find_thread(process, tid, caller)?, tid),
            Path::ProcessFile(process, file) => {
                refuse_directory(flags)?;
                let subject = self.find(process, caller)?;
                return self.open_process_file(subject, file, access, caller);
            }
            Path::ThreadFile(process, tid, file) => {
                refuse_directory(flags)?;
                let subject = self.find_thread(process, tid, caller)?;
                return self.open_thread_file(subject, tid, file, access, caller);
            }
        };
        if access != Access::Read {
            return Err(EISDIR);
        }
        self.add(node, caller, Position::Kept)
    }

    fn add(&mut self, node: Node, opener: Option<Pid>, position: Position) -> Result<Answer> {
        self.insert(node, opener.and_then(|pid| self.table.get(pid)).map(Subject::new), position)
    }

    /// Adds a file that was opened by this program.
    pub(crate) fn insert(&mut self, node: Node, opener: Option<Subject>, position: Position) -> Result<Answer> {
        let number = self.files.add(Open { node, opener, snapshot: None })?;
        Ok(Answer::Opened(number, position))
    }

    /// The path of an open, seen from the directory it is relative to.
    fn named(&mut self, request: &Request<'_>) -> Result<Path> {
        let mut bytes = [0; LONGEST];
        let rest = bytes.get_mut(..request.length()).ok_or(Errno::ENOENT)?;
        request.copy_in(&mut self.gate.verbs, rest)?;
        let rest = core::str::from_utf8(rest).map_err(|_| Errno::ENOENT)?.trim_start_matches('/');
        if request.handle() == 0 {
            return path::parse(rest).ok_or(Errno::ENOENT);
        }
        let mut name = Name { bytes: [0; LONGEST], length: 0 };
        self.write_path(request.handle(), &mut name)?;
        let separator = if name.length == 0 || rest.is_empty() { "" } else { "/" };
        core::fmt::Write::write_fmt(&mut name, format_args!("{separator}{rest}")).map_err(|_| Errno::ENOENT)?;
        let whole = name.bytes.get(..name.length).and_then(|bytes| core::str::from_utf8(bytes).ok());
        whole.and_then(path::parse).ok_or(Errno::ENOENT)
    }

    /// Writes the path of a directory that is open, without the scheme's name.
    fn write_path(&self, number: u64, into: &mut Name) -> Result<()> {
        let node = &self.files.get(number)?.node;
        let written = match node {
            Node::Root => Ok(()),
            Node::Process(subject) => core::fmt::Write::write_fmt(into, format_args!("{}", subject.pid.raw())),
            Node::Threads(subject) => core::fmt::Write::write_fmt(into, format_args!("{}/lwp", subject.pid.raw())),
            Node::Thread(subject, tid) => {
                core::fmt::Write::write_fmt(into, format_args!("{}/lwp/{}", subject.pid.raw(), tid.raw()))
            }
            Node::ProcessText(..) | Node::ThreadText(..) | Node::Control(..) | Node::Event(..) => return Err(ENOTDIR),
        };
        if let Node::Process(subject) | Node::Threads(subject) | Node::Thread(subject, _) = node {
            self.subject(*subject).map_err(|_| Errno::ENOENT)?;
        }
        written.map_err(|_| Errno::ENOENT)
    }

    fn find(&self, process: path::Process, caller: Option<Pid>) -> Result<Subject> {
        let pid = match process {
            path::Process::Own => caller.ok_or(Errno::ENOENT)?,
            path::Process::Other(pid) => pid,
        };
        let found = self.table.get(pid).filter(|process| process.life != Life::New).ok_or(Errno::ENOENT)?;
        Ok(Subject::new(found))
    }

    fn find_thread(&self, process: path::Process, tid: Tid, caller: Option<Pid>) -> Result<Subject> {
        let subject = self.find(process, caller)?;
        let found = self.table.get(subject.pid).and_then(|process| process.thread(tid));
        found.map(|_| subject).ok_or(Errno::ENOENT)
    }

    /// The debug right; native groups have none.
    fn check_debug(&mut self, opener: Option<Pid>, subject: Subject) -> Result<Pid> {
        let opener = opener.ok_or(Errno::EPERM)?;
        self.turn().check_debug(opener, subject.pid)?;
        Ok(opener)
    }

    fn open_process_file(
        &mut self,
        subject: Subject,
        file: ProcessFile,
        access: Access,
        opener: Option<Pid>,
    ) -> Result<Answer> {
        match file {
            ProcessFile::Control => {
                if let Access::Write { sharing, .. } = access {
                    let opener = opener.ok_or(Errno::EPERM)?;
                    self.turn().open_control(opener, subject.pid, sharing)?;
                }
                let authority = if access == Access::Read { Authority::None } else { Authority::Session };
                let added = self.add(Node::Control(subject, Control::new(authority)), opener, Position::None);
                self.undo_control(added, subject, access, opener)
            }
            ProcessFile::Event => self.open_event(subject, access, opener),
            ProcessFile::Run => self.open_run(subject, access, opener),
            ProcessFile::Memory => self.open_object(ObjectKind::Memory, subject.group.0, subject, access, opener),
            _ if access != Access::Read => Err(Errno::EACCES),
            ProcessFile::Status
            | ProcessFile::StatusRecord
            | ProcessFile::Map
            | ProcessFile::MapRecords
            | ProcessFile::Files
            | ProcessFile::FileRecords
            | ProcessFile::Threads
            | ProcessFile::ThreadRecords
            | ProcessFile::Executable
            | ProcessFile::CommandLine
            | ProcessFile::AuxiliaryVector => {
                if file.tells_secrets() {
                    self.check_debug(opener, subject)?;
                }
                self.add(Node::ProcessText(subject, file), opener, Position::Kept)
            }
        }
    }

    /// A handle by which the opener's session runs the process while nothing but the two is concerned. A run tells registers
    /// and changes everything, so the file is opened for both.
    fn open_run(&mut self, subject: Subject, access: Access, opener: Option<Pid>) -> Result<Answer> {
        if !matches!(access, Access::Write { read: true, .. }) {
            return Err(Errno::EACCES);
        }
        let session = self.turn().open_run(opener.ok_or(Errno::EPERM)?, subject.pid)?;
        Ok(Answer::Object(ObjectKind::Run, subject.group.0, session.0, RIGHT_READ | RIGHT_WRITE))
    }

    fn open_event(&mut self, subject: Subject, access: Access, opener: Option<Pid>) -> Result<Answer> {
        let role = if let Access::Write { sharing, .. } = access {
            self.turn().open_control(opener.ok_or(Errno::EPERM)?, subject.pid, sharing)?;
            Role::Tracer
        } else {
            self.check_debug(opener, subject)?;
            Role::Observer
        };
        let opened_by = opener.and_then(|pid| self.table.get(pid)).map(Subject::new);
        let added = self.add_event(subject, role, opened_by);
        self.undo_control(added, subject, access, opener)
    }

    /// Adds an `event` file with a place of its own in the ring.
    pub(crate) fn add_event(&mut self, subject: Subject, role: Role, opener: Option<Subject>) -> Result<Answer> {
        let cursor = self.rings.open(subject.pid)?;
        let added = self.insert(Node::Event(subject, Event::new(cursor, role)), opener, Position::None);
        match added {
            Ok(Answer::Opened(number, _)) => self.rings.join(&cursor, number),
            _ => self.rings.close(&cursor, 0),
        }
        self.note_readers(subject.pid);
        added
    }

    /// A control file that could not be added after all is not one of its session.
    fn undo_control(
        &mut self,
        added: Result<Answer>,
        subject: Subject,
        access: Access,
        opener: Option<Pid>,
    ) -> Result<Answer> {
        if let (Err(_), true, Some(opener)) = (&added, access != Access::Read, opener) {
            self.turn().close_control(opener, subject.pid);
        }
        added
    }

    fn open_thread_file(
        &mut self,
        subject: Subject,
        tid: Tid,
        file: ThreadFile,
        access: Access,
        opener: Option<Pid>,
    ) -> Result<Answer> {
        let thread = self.table.get(subject.pid).and_then(|process| process.thread(tid)).ok_or(Errno::ENOENT)?;
        let kernel = thread.kernel.0;
        let kind = match file {
            ThreadFile::Registers => ObjectKind::General,
            ThreadFile::FloatRegisters => ObjectKind::Float,
            ThreadFile::DebugRegisters => ObjectKind::Debug,
            ThreadFile::ExtendedState => ObjectKind::Extended,
            ThreadFile::Bases => ObjectKind::Bases,
            _ if access != Access::Read => return Err(Errno::EACCES),
            ThreadFile::Name => return self.add(Node::ThreadText(subject, tid, file), opener, Position::Kept),
            ThreadFile::Information | ThreadFile::SignalInformation | ThreadFile::SystemCall => {
                self.check_debug(opener, subject)?;
                return self.add(Node::ThreadText(subject, tid, file), opener, Position::Kept);
            }
        };
        self.open_object(kind, kernel, subject, access, opener)
    }

    /// A handle of the kernel's own. Every write needs the opener's session and a collected stop, reading registers a stop,
    /// reading memory the right alone.
    fn open_object(
        &mut self,
        kind: ObjectKind,
        target: u64,
        subject: Subject,
        access: Access,
        opener: Option<Pid>,
    ) -> Result<Answer> {
        let opener = self.check_debug(opener, subject)?;
        let stopped = if kind == ObjectKind::Memory { 0 } else { NEED_STOPPED };
        let Access::Write { read, .. } = access else {
            return Ok(Answer::Object(kind, target, 0, RIGHT_READ | stopped));
        };
        let session = self.turn().session(opener, subject.pid).ok_or(Errno::EBUSY)?;
        let rights = if read { RIGHT_READ | RIGHT_WRITE } else { RIGHT_WRITE };
        Ok(Answer::Object(kind, target, session.0, rights | stopped | NEED_COLLECTED))
    }
}

fn refuse_directory(flags: OpenFlags) -> Result<()> {
    if flags.contains(OpenFlags::DIRECTORY) { Err(ENOTDIR) } else { Ok(()) }
}
