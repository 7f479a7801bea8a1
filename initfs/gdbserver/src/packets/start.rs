//! `!`, `?`, vRun, vAttach, vKill, D, k, R: processes come and go.
//!
//! Decides what a process that is let go must lose (breakpoints, debug registers, held threads) and what a client that comes
//! back is told: whatever runs is stopped first. Methods of [`Engine`]. Neighbours: `system` does it, `client` has the
//! environment.

use super::{Answer, MALFORMED, Reply, need, text};
use crate::engine::{Engine, NOBODY};
use crate::process::{Origin, OwnStop, Phase, Process};
use crate::report::{Reason, Report};
use crate::system::{Outcome, System};
use crate::text::{Reader, Text, hex_bytes};
use alloc::vec::Vec;
use proc_abi::id::Pid;
use proc_abi::signal::{SIGCONT, Signal};

/// SIGKILL to clients.
const KILLED: u8 = 9;

impl<S: System> Engine<S> {
    /// `!`.
    pub(super) fn extend(&mut self) -> Answer {
        self.client.extended = true;
        Self::okay()
    }

    /// `?`: why the first process is stopped; by this question, if it ran.
    pub(super) fn why(&mut self) -> Answer {
        self.halt_all();
        let chosen =
            self.general.map(|general| general.0).or_else(|| self.processes.first().map(|process| process.pid));
        let Some(process) = chosen.and_then(|pid| self.find(pid)) else { return text(Text::from("W00")) };
        let pid = process.pid;
        let report = process.pending.take().unwrap_or_else(|| process.report.clone());
        text(self.deliver(pid, report))
    }

    /// vRun.
    pub(super) fn run_program(&mut self, reader: Reader<'_>) -> Answer {
        let parts = reader.rest().split(|&byte| byte == b';');
        let mut arguments: Vec<Vec<u8>> = need(parts.map(hex_bytes).collect())?;
        if arguments.first().is_none_or(Vec::is_empty) {
            // No name means the program of last time.
            let path = self.launch.arguments.first().ok_or(MALFORMED)?;
            arguments.splice(..arguments.len().min(1), [path.clone()]);
        }
        self.launch.arguments = arguments;
        self.start_again()
    }

    /// R, which has no reply.
    pub(super) fn restart(&mut self) -> Answer {
        self.kill_all()?;
        let _ = self.start_again()?;
        Ok(Reply::Later)
    }

    fn start_again(&mut self) -> Answer {
        let mut launch = self.launch.clone();
        launch.variables = self.client.environment(&self.launch.variables);
        let (pid, stop) = self.system.start(&launch)?;
        let report = Report::trap(stop.thread, Reason::Signal);
        self.add(Process::new(pid, Origin::Started, stop.thread, report.clone()));
        text(self.deliver(pid, report))
    }

    /// vAttach.
    pub(super) fn attach_to(&mut self, mut reader: Reader<'_>) -> Answer {
        let number = need(reader.number())?;
        let pid = i32::try_from(number).ok().and_then(Pid::new).ok_or(NOBODY)?;
        self.attach(pid)?;
        let report = self.process(pid)?.0.report.clone();
        text(self.deliver(pid, report))
    }

    /// vKill.
    pub(super) fn kill_one(&mut self, mut reader: Reader<'_>) -> Answer {
        let pid = need(reader.number().and_then(|number| i32::try_from(number).ok()).and_then(Pid::new))?;
        self.process(pid)?;
        self.kill(pid)?;
        Self::okay()
    }

    /// k: GDB wants no reply and has none read, LLDB waits for the end of its process.
    pub(super) fn kill_all(&mut self) -> Answer {
        let pids: Vec<Pid> = self.processes.iter().map(|process| process.pid).collect();
        let mut reply = None;
        for pid in pids {
            self.kill(pid)?;
            let end = reply.get_or_insert_with(Text::default);
            end.0.clear();
            Report::Killed(KILLED).write(end, pid, self.client.naming, &Text::default());
        }
        Ok(reply.map_or(Reply::Later, Reply::Text))
    }

    fn kill(&mut self, pid: Pid) -> Outcome<()> {
        /// What a shell says of a program that SIGKILL ended.
        const STATUS: i32 = 137;
        self.return_memory(pid);
        // One that is dead already is as good as killed.
        let killed = self.system.kill(pid);
        self.forget(pid, STATUS);
        killed.or_else(|failure| if failure == NOBODY { Ok(()) } else { Err(failure) })
    }

    /// D, of one process or all.
    pub(super) fn detach(&mut self, mut reader: Reader<'_>) -> Answer {
        let pids: Vec<Pid> = if reader.take(";").is_some() {
            Vec::from([need(reader.number().and_then(|number| i32::try_from(number).ok()).and_then(Pid::new))?])
        } else {
            self.processes.iter().map(|process| process.pid).collect()
        };
        for pid in pids {
            self.let_go(pid)?;
            self.forget(pid, 0);
        }
        Self::okay()
    }

    /// Lets a process go its own way.
    fn let_go(&mut self, pid: Pid) -> Outcome<()> {
        self.halt_all();
        let (process, system) = self.process(pid)?;
        if process.phase == Phase::Running {
            return Err(NOBODY);
        }
        let signal = process.withheld();
        process.code.wanted.clear();
        process.watch.clear();
        let stale = process.own_stop == OwnStop::Stale;
        process.leave(system)?;
        system.detach(pid, signal)?;
        if stale {
            // The stop is still on its way and must not last.
            system.send(pid, SIGCONT)?;
        }
        Ok(())
    }
}

impl Process {
    /// The signal of a stop that the client was not told of: it is the program's.
    fn withheld(&self) -> Option<Signal> {
        match self.pending {
            Some(Report::Stopped { signal, reason: Reason::Signal, .. }) if signal != crate::report::TRAP => {
                crate::signal::from_client(signal)
            }
            _ => None,
        }
    }

    /// Takes everything of this server's out of the process.
    fn leave<S: System>(&mut self, system: &mut S) -> Outcome<()> {
        self.clean_code(system)?;
        self.apply_watch(system)?;
        self.hold_only(system, &[])?;
        self.choose_nothing(system)
    }
}
