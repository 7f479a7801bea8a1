//! The loop over events: whose they are, and how everything goes on.
//!
//! Decides what each stop means for its target: one queue watches the `event` files of all targets, so nobody is waited
//! for alone. Main type: [`Tracer`]. Neighbours: `target` (the files of one process), `calls` (from entry to exit),
//! `leave` (signals that end this), the library (words).

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use proc_abi::event::{EventFlags, EventMask};
use proc_abi::event_record::{EventKind, EventRecord};
use proc_abi::signal::{SIGTRAP, Signal};
use proc_abi::wait::WaitStatus;
use runtime::event::{Event, EventQueue, Readiness};
use runtime::process::Pid;
use runtime::{Error, Result};
use trace::call::name;
use trace::change;
use trace::options::{Follow, Form, Options, What};

use crate::calls::Calls;
use crate::leave::Leave;
use crate::output::Output;
use crate::start::Started;
use crate::target::Target;

/// Added to a signal's number, as shells do.
const KILLED: i32 = 128;
/// The call by which a started child becomes its program.
const EXECUTE: &str = "execve";
/// What the queue says of the pipe that ends the tracing; no pid.
const LEAVE: usize = usize::MAX;

/// Whether a target goes on being followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    On,
    Gone,
}

/// All that is followed.
#[derive(Debug)]
pub(crate) struct Tracer {
    options: Options,
    output: Output,
    queue: EventQueue,
    leave: Leave,
    calls: Calls,
    targets: Vec<Target>,
    /// Its program waits for the first stop before it executes.
    started: Option<Started>,
    /// The first target is still on its way to its program: what it does is this tracer's own doing, and is not shown.
    prepares: bool,
    first: Pid,
    status: i32,
}

impl Tracer {
    /// Starts the program, or attaches to the process.
    pub(crate) fn begin(options: Options, output: Output) -> Result<Self> {
        let leave = Leave::listen()?;
        let queue = EventQueue::new()?;
        queue.subscribe(leave.file(), Readiness::READ, LEAVE)?;
        let (first, started) = match &options.what {
            What::Program(program) => {
                let started = Started::new(program)?;
                (started.pid, Some(started))
            }
            What::Process(raw) => (Pid::new(*raw).ok_or(Error::ESRCH)?, None),
        };
        let targets = Vec::from([Target::attach(first, &queue)?]);
        let (calls, prepares) = (Calls::default(), started.is_some());
        Ok(Self { options, output, queue, leave, calls, targets, started, prepares, first, status: 0 })
    }

    /// Follows until nothing is left or a signal ends it. What is followed then runs on: its files are closed.
    pub(crate) fn run(mut self) -> Result<i32> {
        let mut events = [Event::default(); 8];
        while !self.targets.is_empty() {
            let woken = match self.queue.wait(&mut events) {
                Err(Error::EINTR) => continue,
                other => other?,
            };
            if woken.iter().any(|event| event.data == LEAVE) {
                break;
            }
            for event in woken {
                self.serve(event.data)?;
            }
        }
        if self.options.form == Form::Summary {
            self.output.write(&self.calls.table());
        }
        drop(self.leave);
        Ok(self.status)
    }

    /// Reads everything that a target has to tell.
    fn serve(&mut self, data: usize) -> Result<()> {
        let is_it = |target: &Target| target.pid.raw().unsigned_abs() as usize == data;
        let Some(index) = self.targets.iter().position(is_it) else { return Ok(()) };
        let mut target = self.targets.swap_remove(index);
        loop {
            let record = match target.next() {
                Ok(Some(record)) => record,
                Ok(None) => return Ok(()),
                Err(Error::EAGAIN) => break,
                Err(Error::EINTR) => continue,
                Err(error) => return Err(error),
            };
            match self.record(&mut target, &record) {
                Ok(Flow::On) => {}
                Ok(Flow::Gone) => return Ok(()),
                // It dies meanwhile, and says so by its end.
                Err(Error::ESRCH) => {}
                Err(error) => return Err(error),
            }
        }
        self.targets.push(target);
        Ok(())
    }

    fn record(&mut self, target: &mut Target, record: &EventRecord) -> Result<Flow> {
        match record.kind() {
            Some(EventKind::TraceStop) => self.stopped(target, record).map(|()| Flow::On),
            Some(EventKind::Exited | EventKind::Killed) => {
                self.ended(target.pid, record.wait_status);
                Ok(Flow::Gone)
            }
            _ => Ok(Flow::On),
        }
    }

    fn ended(&mut self, pid: Pid, status: i32) {
        for (tid, text) in self.calls.unfinished(|pending| pending == pid) {
            self.tell(pid, tid, text);
        }
        let Some(status) = WaitStatus::decode(status) else { return };
        self.tell(pid, pid.raw(), change::end(status));
        if pid == self.first {
            self.status = match status {
                WaitStatus::Exited(code) => code,
                WaitStatus::Killed(signal) | WaitStatus::Dumped(signal) => KILLED.saturating_add(signal.number()),
                WaitStatus::Stopped(_) | WaitStatus::Continued => 0,
            };
        }
    }

    fn stopped(&mut self, target: &mut Target, stop: &EventRecord) -> Result<()> {
        if target.take_fresh() {
            target.go_with(self.events(), self.options.selection.stops())?;
            return match self.started.take() {
                Some(started) => started.open(),
                None => Ok(()),
            };
        }
        let flags = EventFlags::from_bits_retain(stop.pl_flags);
        let signal = Signal::new(stop.signal).ok_or(Error::EPROTO)?;
        if flags.contains(EventFlags::SI) || signal != SIGTRAP {
            self.tell(target.pid, stop.tid, change::signal(signal, &stop.siginfo));
            return target.resume(Some(signal));
        }
        self.event(target, stop, flags)
    }

    /// What stops a target from now on.
    fn events(&self) -> EventMask {
        let calls = EventMask::EXEC | EventMask::SCE | EventMask::SCX;
        match self.options.follow {
            Follow::No => calls,
            Follow::Forks => calls | EventMask::FORK | EventMask::LWP,
        }
    }

    /// A stop for an event: told, then over.
    fn event(&mut self, target: &mut Target, stop: &EventRecord, flags: EventFlags) -> Result<()> {
        let pid = target.pid;
        if flags.contains(EventFlags::EXEC) {
            target.open_memory();
            self.prepares = false;
        }
        if flags.contains(EventFlags::FORKED)
            && let Some(child) = Pid::new(stop.child_pid)
        {
            // It stops before its first instruction, so none of its stops is missed.
            self.targets.push(Target::open(child, &self.queue)?);
        }
        if flags.contains(EventFlags::BORN) {
            self.tell(pid, stop.tid, String::from("--- thread begins ---"));
        } else if flags.contains(EventFlags::EXITED) {
            for (tid, text) in self.calls.unfinished_of(stop.tid) {
                self.tell(pid, tid, text);
            }
            self.tell(pid, stop.tid, String::from("+++ thread ends +++"));
        } else if flags.contains(EventFlags::SCX) {
            if let Some(text) = self.calls.leave(target, stop)? {
                self.tell(pid, stop.tid, text);
            }
            return Ok(());
        } else if flags.contains(EventFlags::SCE) && (!self.prepares || name(stop.syscall_code) == EXECUTE) {
            self.prepares = false;
            return self.calls.enter(target, stop);
        }
        target.resume(None)
    }

    /// Writes a line, with its process where there may be several.
    fn tell(&self, pid: Pid, tid: i32, text: String) {
        if self.options.form == Form::Summary {
            return;
        }
        self.output.line(match self.options.follow {
            Follow::No => text,
            Follow::Forks if tid == pid.raw() => format!("{tid} {text}"),
            Follow::Forks => format!("{}/{tid} {text}", pid.raw()),
        });
    }
}
