//! The scheme `console`: opens, reads, writes and waits of its clients.
//!
//! Decides which client gets the next input and who is told that there is some. Main type: [`Console`]. Neighbours:
//! `requests` (settings and job control), `line` (the serial line), the library's discipline, readers and session.

mod handles;
mod requests;

use crate::line::{Outgoing, SerialLine};
use handles::Handles;
use proc_abi::id::Pid;
use proc_abi::signal::{SIGTTIN, SIGTTOU, Signal};
use runtime::event::Readiness;
use runtime::file::OpenFlags;
use runtime::file::status::{Kind, Status};
use runtime::process::{self, identity};
use runtime::server::{Answer, Context, Position, Request, Scheme};
use runtime::socket::Socket;
use runtime::terminal::settings::{LocalModes, Settings, WindowSize};
use runtime::{Error, Result};
use tty::discipline::{Discipline, EndOfFile, Taken};
use tty::readers::{Reader, Readers};
use tty::session::{Caller, Session, Verdict};

/// Bytes moved at a time.
const CHUNK: usize = 1024;
/// Bytes taken from one write; a longer one is short, so that no client keeps the others waiting.
const WRITE_LIMIT: u64 = 64 << 10;

/// The terminal and its clients.
#[derive(Debug)]
pub(crate) struct Console {
    line: SerialLine,
    discipline: Discipline,
    readers: Readers,
    session: Session,
    window: WindowSize,
    handles: Handles,
}

impl Console {
    pub(crate) fn new(settings: Settings, end_of_file: EndOfFile) -> Result<Self> {
        Ok(Self {
            line: SerialLine::open()?,
            discipline: Discipline::new(settings, end_of_file)?,
            readers: Readers::new()?,
            session: Session::default(),
            window: WindowSize::default(),
            handles: Handles::new()?,
        })
    }

    pub(crate) fn watch(&self, socket: &Socket) -> Result<()> {
        self.line.watch(socket)
    }

    /// Takes bytes from the line as long as there is room for them; what stays there waits until somebody reads.
    fn take_input(&mut self, context: &mut Context<'_>) {
        let mut buffer = [0; CHUNK];
        while !self.discipline.is_full() {
            let bytes = self.line.receive(&mut buffer);
            if bytes.is_empty() {
                break;
            }
            let mut outgoing = Outgoing::new(&self.line);
            let mut signals = [None; 4];
            for &byte in bytes {
                if let Some(signal) = self.discipline.input(byte, &mut |shown| outgoing.add(shown)) {
                    note(&mut signals, signal);
                }
            }
            drop(outgoing);
            signals.into_iter().flatten().for_each(|signal| self.signal_foreground(signal));
            self.serve_readers(context);
        }
        self.tell_waiters(context);
    }

    fn signal_foreground(&self, signal: Signal) {
        if let Some(group) = self.session.foreground() {
            // A group that has died meanwhile needs no signal.
            let _ = process::kill(group.saturating_neg(), Some(signal));
        }
    }

    /// Hands input to reads that wait, in their order.
    fn serve_readers(&mut self, context: &mut Context<'_>) {
        let mut buffer = [0; CHUNK];
        while self.discipline.is_readable() {
            let session = self.session;
            let Some(reader) = self.readers.next(|group| session.is_foreground(group)) else { return };
            let bytes = self.take(&mut buffer, reader.length).unwrap_or_default();
            context.reply_bytes(reader.tag, reader.length, bytes);
        }
    }

    fn take<'a>(&mut self, buffer: &'a mut [u8; CHUNK], length: u64) -> Option<&'a [u8]> {
        let limit = usize::try_from(length).unwrap_or(usize::MAX).min(CHUNK);
        match self.discipline.take(buffer.get_mut(..limit)?) {
            Taken::Bytes(count) => buffer.get(..count),
            Taken::Nothing => None,
        }
    }

    fn tell_waiters(&self, context: &mut Context<'_>) {
        if self.discipline.is_readable() {
            self.handles.waiting().for_each(|handle| context.notify(handle, Readiness::READ));
        }
    }

    /// Who asks, as far as job control is concerned with it.
    fn caller(&self, request: &Request<'_>) -> Result<Caller> {
        let process = request.badge().pid().map_or(0, Pid::raw);
        if process == 0 {
            return Ok(Caller { process, group: 0, session: 0 });
        }
        Ok(Caller { process, group: identity::process_group(process)?, session: identity::session(process)? })
    }

    /// Lets a caller in the foreground pass; sends another one `signal` and gives what to answer.
    fn admit(&mut self, request: &Request<'_>, signal: Signal) -> Result<i32, Answer> {
        if self.session.foreground().is_none() {
            return Ok(0);
        }
        let caller = self.caller(request).map_err(Answer::Failed)?;
        match self.session.judge(caller, request.thread()) {
            Verdict::Foreground => Ok(caller.group),
            Verdict::Refuse => Err(Answer::Failed(Error::EIO)),
            Verdict::Stop => {
                let sent = process::kill(caller.group.saturating_neg(), Some(signal));
                Err(if sent.is_ok() { Answer::Again } else { Answer::Failed(Error::EIO) })
            }
        }
    }

    fn write_chunks(&mut self, request: &Request<'_>) -> Result<usize> {
        let mut outgoing = Outgoing::new(&self.line);
        let mut buffer = [0; CHUNK];
        let length = usize::try_from(request.length().min(WRITE_LIMIT)).unwrap_or(0);
        let mut done = 0_usize;
        while done < length {
            let chunk = buffer.get_mut(..length.saturating_sub(done).min(CHUNK)).unwrap_or_default();
            match request.copy_in(done, chunk) {
                Ok(()) => {}
                Err(_) if done > 0 => break,
                Err(error) => return Err(error),
            }
            self.discipline.output(chunk, &mut |shown| outgoing.add(shown));
            done = done.saturating_add(chunk.len());
        }
        Ok(done)
    }
}

/// Keeps a signal to be sent; the same keys pressed again add nothing.
fn note(signals: &mut [Option<Signal>], signal: Signal) {
    let place = signals.iter_mut().find(|place| place.is_none_or(|noted| noted == signal));
    if let Some(place) = place {
        *place = Some(signal);
    }
}

impl Scheme for Console {
    fn open(&mut self, _: &mut Context<'_>, _: &Request<'_>, path: &[u8], _: OpenFlags) -> Answer {
        match path {
            b"" | b"tty" => {
                self.handles.open().map_or_else(Answer::Failed, |handle| Answer::Opened(handle, Position::None))
            }
            _ => Answer::Failed(Error::ENOENT),
        }
    }

    fn read(&mut self, context: &mut Context<'_>, request: &Request<'_>, _: u64) -> Answer {
        let group = match self.admit(request, SIGTTIN) {
            Ok(group) => group,
            Err(answer) => return answer,
        };
        let mut buffer = [0; CHUNK];
        if request.length() == 0 {
            return Answer::Value(0);
        }
        if let Some(bytes) = self.take(&mut buffer, request.length()) {
            let answer = request.answer_bytes(bytes);
            self.take_input(context);
            return answer;
        }
        if request.is_nonblocking() {
            return Answer::Failed(Error::EAGAIN);
        }
        let reader = Reader { tag: request.tag(), length: request.length(), group };
        if self.readers.add(reader) { Answer::Later } else { Answer::Failed(Error::ENOMEM) }
    }

    fn write(&mut self, _: &mut Context<'_>, request: &Request<'_>, _: u64) -> Answer {
        let judged = self.discipline.settings().local_modes().contains(LocalModes::TOSTOP);
        if judged && let Err(answer) = self.admit(request, SIGTTOU) {
            return answer;
        }
        self.write_chunks(request).into()
    }

    fn status(&mut self, _: u64) -> Result<Status> {
        Ok(Status::new(Kind::Character, 0o620, 0))
    }

    fn size(&mut self, _: u64) -> Result<u64> {
        Err(Error::ESPIPE)
    }

    fn path(&mut self, _: u64) -> Result<alloc::vec::Vec<u8>> {
        let mut path = alloc::vec::Vec::new();
        path.try_reserve_exact(16)?;
        path.extend_from_slice(b"console:tty");
        Ok(path)
    }

    fn readiness(&mut self, _: &mut Context<'_>, handle: u64, wanted: Readiness) -> Result<Readiness> {
        self.handles.wait_for(handle, wanted)?;
        let readable = if self.discipline.is_readable() { Readiness::READ } else { Readiness::empty() };
        Ok(readable | Readiness::WRITE)
    }

    fn call(&mut self, context: &mut Context<'_>, request: &Request<'_>, words: [u64; 3]) -> Answer {
        let [number, ..] = words;
        let answer = self.terminal_request(request, number);
        self.serve_readers(context);
        self.take_input(context);
        answer
    }

    fn close(&mut self, _: &mut Context<'_>, handle: u64) {
        self.handles.close(handle);
    }

    fn cancel(&mut self, context: &mut Context<'_>, tag: u64) {
        if self.readers.remove(tag) {
            context.reply(tag, Answer::Failed(Error::EINTR));
        }
    }

    fn ready(&mut self, context: &mut Context<'_>, _: u64) {
        self.take_input(context);
    }
}
