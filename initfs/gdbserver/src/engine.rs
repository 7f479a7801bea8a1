//! The server: its processes, its client, and what it owes the client.
//!
//! Decides when a stop is told: at once if the client waits for one, else when it next orders to run; and that nothing runs
//! while the client looks (all-stop). Main type: [`Engine`]. Neighbours: `link` below, `packets` above, `judge` and `run`
//! beside, each with methods of [`Engine`].

use crate::judge::Verdict;
use crate::link::{Link, Request};
use crate::packets::client::Client;
use crate::packets::file::Files;
use crate::packets::{Answer, Reply};
use crate::process::registers::Register;
use crate::process::{Origin, OwnStop, Phase, Process};
use crate::report::{Reason, Report};
use crate::system::{Change, Failure, Launch, Outcome, System};
use crate::text::Text;
use alloc::vec::Vec;
use kernel_abi::redox::error::ESRCH;
use proc_abi::id::{Pid, Tid};
use proc_abi::signal::SIGSTOP;

/// No such process or thread.
pub(crate) const NOBODY: Failure = Failure(ESRCH.unsigned_abs());

/// SIGINT to clients: what a Ctrl-C looks like.
const INTERRUPTED: u8 = 2;

/// Bytes of a stop reply with the general registers.
const STOP_REPLY: usize = 512;

/// What the client waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owed {
    /// Nothing.
    Nothing,
    /// The reply to its order to run.
    Stop,
}

/// A server over a system.
#[derive(Debug)]
pub struct Engine<S: System> {
    pub(crate) system: S,
    pub(crate) link: Link,
    pub(crate) client: Client,
    pub(crate) processes: Vec<Process>,
    /// The thread that packets without a name are about.
    pub(crate) general: Option<(Pid, Tid)>,
    pub(crate) owed: Owed,
    /// What was started last, to be started again.
    pub(crate) launch: Launch,
    pub(crate) files: Files<S::File>,
    /// The status to end with, once there is nothing left to do.
    pub(crate) finished: Option<i32>,
    /// Packets that were answered.
    pub(crate) packets: u64,
    /// What processes did and was judged.
    pub(crate) changes: u64,
}

impl<S: System> Engine<S> {
    /// A server without processes and without a client; programs get `variables` as their environment, changed as the client
    /// wants.
    pub fn new(system: S, variables: Vec<Vec<u8>>) -> Self {
        Self {
            system,
            link: Link::default(),
            client: Client::default(),
            processes: Vec::new(),
            general: None,
            owed: Owed::Nothing,
            launch: Launch { arguments: Vec::new(), variables },
            files: Files::default(),
            finished: None,
            packets: 0,
            changes: 0,
        }
    }

    /// Starts a program before a client asks for it.
    ///
    /// # Errors
    /// As the system refuses it.
    pub fn start(&mut self, arguments: Vec<Vec<u8>>) -> Outcome<Pid> {
        self.launch.arguments = arguments;
        let (pid, stop) = self.system.start(&self.launch)?;
        let report = Report::trap(stop.thread, Reason::Signal);
        self.add(Process::new(pid, Origin::Started, stop.thread, report));
        Ok(pid)
    }

    /// Takes a process before a client asks for it.
    ///
    /// # Errors
    /// As the system refuses it.
    pub fn attach(&mut self, pid: Pid) -> Outcome<()> {
        if self.processes.iter().any(|process| process.pid == pid) {
            return Err(NOBODY);
        }
        let stop = self.system.attach(pid)?;
        let report = Report::Stopped { thread: stop.thread, signal: 0, reason: Reason::Signal };
        self.add(Process::new(pid, Origin::Attached, stop.thread, report));
        Ok(())
    }

    /// Takes a stopped process into the list; packets are about it from now on.
    pub(crate) fn add(&mut self, process: Process) {
        self.general = Some((process.pid, process.reporter));
        self.processes.push(process);
    }

    /// Takes bytes from the client.
    pub fn receive(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            match self.link.take(&mut rest) {
                Some(Request::Packet(packet)) => self.packet(&packet),
                Some(Request::Interrupt) => self.interrupt(),
                None => {}
            }
        }
    }

    /// What is to be sent to the client, who empties it.
    pub const fn output(&mut self) -> &mut Vec<u8> {
        &mut self.link.output
    }

    /// The status to end with, once a client has said that it is done.
    pub fn finished(&self) -> Option<i32> {
        self.finished
    }

    /// The system, to wait for what it has to tell.
    pub fn system(&mut self) -> &mut S {
        &mut self.system
    }

    fn packet(&mut self, packet: &[u8]) {
        self.packets = self.packets.saturating_add(1);
        match self.dispatch(packet) {
            Ok(Reply::Text(text)) => self.link.send(&text.0),
            Ok(Reply::Later) => {}
            Err(Failure(errno)) => self.link.send(&Text::default().add(format_args!("E{:02x}", errno & 0xff)).0),
        }
    }

    /// Ctrl-C: everything that runs is to stop. Nobody hears of it if nothing runs.
    pub(crate) fn interrupt(&mut self) {
        for process in self.processes.iter_mut().filter(|process| process.phase == Phase::Running) {
            if process.own_stop != OwnStop::Sent && self.system.send(process.pid, SIGSTOP).is_ok() {
                process.own_stop = OwnStop::Sent;
            }
        }
    }

    /// A process did something by itself.
    pub fn changed(&mut self, pid: Pid, change: Change) {
        match self.judge(pid, change) {
            Verdict::Goes => {}
            Verdict::Tells(report) => self.tell(pid, report),
            Verdict::Halted(thread) => {
                self.tell(pid, Report::Stopped { thread, signal: INTERRUPTED, reason: Reason::Signal });
            }
        }
    }

    /// Tells the client, if it waits for something to happen, or keeps it.
    fn tell(&mut self, pid: Pid, report: Report) {
        if self.owed == Owed::Nothing {
            if let Some(process) = self.find(pid) {
                process.pending = Some(report);
            }
            return;
        }
        self.halt_all();
        let reply = self.deliver(pid, report);
        self.link.send(&reply.0);
    }

    /// Stops everything that runs; what else comes of it is told later.
    pub(crate) fn halt_all(&mut self) {
        let running: Vec<Pid> = self.running().collect();
        for pid in running {
            if let Some(report) = self.halt(pid)
                && let Some(process) = self.find(pid)
            {
                process.pending = Some(report);
            }
        }
    }

    /// Processes that run and can be stopped: one that waits for its vfork child cannot.
    fn running(&self) -> impl Iterator<Item = Pid> {
        self.processes
            .iter()
            .filter(|process| process.phase == Phase::Running && !process.lends)
            .map(|process| process.pid)
    }

    /// Stops a process; gives what happened instead, if something did.
    fn halt(&mut self, pid: Pid) -> Option<Report> {
        let process = self.processes.iter_mut().find(|process| process.pid == pid)?;
        if process.own_stop != OwnStop::Sent {
            self.system.send(pid, SIGSTOP).ok()?;
            process.own_stop = OwnStop::Sent;
        }
        loop {
            let change = self.system.wait(pid).ok()?;
            match self.judge(pid, change) {
                Verdict::Goes => {}
                Verdict::Halted(_) => return None,
                Verdict::Tells(report) => return Some(report),
            }
        }
    }

    /// The stop reply for a report, after which the client owes the next order.
    pub(crate) fn deliver(&mut self, pid: Pid, report: Report) -> Text {
        self.owed = Owed::Nothing;
        let naming = self.client.naming;
        let mut text = Text::with_room(STOP_REPLY);
        let registers = self.expedited(pid, &report);
        report.write(&mut text, pid, naming, &registers);
        match report {
            Report::Stopped { thread, .. } => {
                self.general = Some((pid, thread));
                if let Some(process) = self.find(pid) {
                    process.report = report;
                }
            }
            Report::Exited(status) => self.forget(pid, status),
            Report::Killed(signal) => self.forget(pid, i32::from(signal).saturating_add(128)),
        }
        text
    }

    /// Drops a process that is gone.
    pub(crate) fn forget(&mut self, pid: Pid, status: i32) {
        self.system.bury(pid);
        self.processes.retain(|process| process.pid != pid);
        if self.general.is_some_and(|general| general.0 == pid) {
            self.general = self.processes.first().map(|process| (process.pid, process.reporter));
        }
        if self.processes.is_empty() && !self.client.extended {
            self.finished = Some(status);
        }
    }

    /// The registers that go with a stop.
    fn expedited(&mut self, pid: Pid, report: &Report) -> Text {
        let mut text = Text::with_room(STOP_REPLY);
        let Report::Stopped { thread, .. } = report else { return text };
        let Some(process) = self.processes.iter_mut().find(|process| process.pid == pid) else { return text };
        let expedite = core::mem::take(&mut process.expedite);
        for number in expedite.numbers(|| process.register_count(&mut self.system, *thread)) {
            let register = Register::numbered(number);
            let value = register.map(|register| process.register(&mut self.system, *thread, register));
            if let Some(Ok(value)) = value {
                let number = u8::try_from(number).unwrap_or(u8::MAX);
                text.add_hex(&[number]).add_text(":").add_hex(&value).add_text(";");
            }
        }
        text
    }

    /// A process by its id.
    pub(crate) fn find(&mut self, pid: Pid) -> Option<&mut Process> {
        self.processes.iter_mut().find(|process| process.pid == pid)
    }

    /// A process by its id, with the system.
    pub(crate) fn process(&mut self, pid: Pid) -> Outcome<(&mut Process, &mut S)> {
        let process = self.processes.iter_mut().find(|process| process.pid == pid).ok_or(NOBODY)?;
        Ok((process, &mut self.system))
    }

    /// The process and thread that packets without a name are about.
    pub(crate) fn selected(&mut self) -> Outcome<(&mut Process, &mut S, Tid)> {
        let (pid, tid) = self.general.ok_or(NOBODY)?;
        let (process, system) = self.process(pid)?;
        Ok((process, system, tid))
    }

    /// An answer of one word.
    pub(crate) fn okay() -> Answer {
        Ok(Reply::Text(Text::from("OK")))
    }
}
