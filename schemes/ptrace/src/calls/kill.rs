//! kill and sigqueue: one process, a group, or all.
//!
//! Decides whom a call reaches and what it returns when it reaches only some. Neighbours: `permission::can_signal`, `send`.
//! FreeBSD: kern_sig.c (kern_kill, killpg1, kern_sigqueue).

use proc_abi::id::Pid;
use proc_abi::siginfo::{SI_QUEUE, SI_USER, SigInfo};
use proc_abi::signal::Signal;

use super::low;
use crate::errno::{Errno, Result};
use crate::id::ThreadRef;
use crate::kernel::Kernel;
use crate::permission::{self, Standing, Subject};
use crate::process::{Flags, Life, Process};
use crate::queue::{Marks, Queued};
use crate::send::Addressee;
use crate::turn::Turn;

/// Which processes kill names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    Group(i32),
    All,
}

impl<K: Kernel> Turn<'_, K> {
    /// kill(pid, signal).
    pub(super) fn kill(&mut self, at: ThreadRef, arguments: &[u64; 6]) -> Result<()> {
        let (target, number) = (low(arguments[0]), low(arguments[1]));
        let signal = parse_signal(number)?;
        match target {
            1.. => self.kill_one(at, target, signal, SI_USER, 0),
            0 => {
                let group = self.live(at.pid)?.process_group;
                self.kill_many(at, Reach::Group(group), signal)
            }
            -1 => self.kill_many(at, Reach::All, signal),
            _ => {
                let group = target.checked_neg().ok_or(Errno::ESRCH)?;
                self.kill_many(at, Reach::Group(group), signal)
            }
        }
    }

    /// sigqueue(pid, signal, value): one process only.
    pub(super) fn sigqueue(&mut self, at: ThreadRef, arguments: &[u64; 6]) -> Result<()> {
        let signal = parse_signal(low(arguments[1]))?;
        let target = low(arguments[0]);
        if target <= 0 {
            return Err(Errno::EINVAL);
        }
        self.kill_one(at, target, signal, SI_QUEUE, arguments[2])
    }

    fn kill_one(&mut self, at: ThreadRef, target: i32, signal: Option<Signal>, code: i32, value: u64) -> Result<()> {
        let pid = Pid::new(target).ok_or(Errno::ESRCH)?;
        // A zombie exists: a signal to it succeeds and does nothing.
        let process = self.process(pid).filter(|process| process.life != Life::New).ok_or(Errno::ESRCH)?;
        self.may_signal(at.pid, process, signal)?;
        let Some(signal) = signal else { return Ok(()) };
        let info = SigInfo { value, ..self.sender_info(at.pid, signal, code) };
        let marks = if code == SI_QUEUE { Marks::REFUSABLE } else { Marks::empty() };
        let preferred = (pid == at.pid).then_some(at.tid);
        self.send_to(pid, Addressee::Process(preferred), Queued { marks, ..Queued::with(info, signal) })
    }

    /// Succeeds if any process was reached; else EPERM if some were there, ESRCH if none was.
    fn kill_many(&mut self, at: ThreadRef, reach: Reach, signal: Option<Signal>) -> Result<()> {
        let mut outcome = Err(Errno::ESRCH);
        let mut index = 0_usize;
        let mut own = false;
        while let Some(pid) = self.table.pids().get(index).copied() {
            index = index.saturating_add(1);
            let Some(process) = self.process(pid) else { continue };
            if !reaches(reach, process, at.pid) {
                continue;
            }
            match self.may_signal(at.pid, process, signal) {
                Ok(()) => outcome = Ok(()),
                Err(errno) if outcome == Err(Errno::ESRCH) => outcome = Err(errno),
                Err(_) => {}
            }
            if self.process(pid).is_some_and(|process| self.may_signal(at.pid, process, signal).is_err()) {
                continue;
            }
            // The caller's own process comes last: the signal may end the call.
            own |= pid == at.pid;
            if pid != at.pid {
                self.send_user(at, pid, signal);
            }
        }
        if own {
            self.send_user(at, at.pid, signal);
        }
        outcome
    }

    fn send_user(&mut self, at: ThreadRef, pid: Pid, signal: Option<Signal>) {
        let Some(signal) = signal else { return };
        let info = self.sender_info(at.pid, signal, SI_USER);
        let preferred = (pid == at.pid).then_some(at.tid);
        let _never_refused = self.send_to(pid, Addressee::Process(preferred), Queued::with(info, signal));
    }

    pub(crate) fn sender_info(&self, sender: Pid, signal: Signal, code: i32) -> SigInfo {
        let uid = self.process(sender).map_or(0, |process| process.credentials.user.real);
        SigInfo { pid: sender.raw(), uid, ..SigInfo::new(signal, code) }
    }

    pub(crate) fn may_signal(&self, caller: Pid, target: &Process, signal: Option<Signal>) -> Result<()> {
        let sender = self.process(caller).ok_or(Errno::ESRCH)?;
        let mut standing = standing(target);
        standing.set(Standing::OWN, target.pid == caller);
        standing.set(Standing::SAME_SESSION, target.session == sender.session);
        let subject = Subject { credentials: &target.credentials, standing };
        permission::can_see(&sender.credentials, &subject)?;
        permission::can_signal(&sender.credentials, &subject, signal)
    }
}

/// What the permission checks look at, apart from the relation to the caller.
pub(crate) fn standing(target: &Process) -> Standing {
    let pairs = [
        (Flags::SUGID, Standing::SUGID),
        (Flags::INEXEC, Standing::IN_EXEC),
        (Flags::NOTRACE, Standing::NO_TRACE),
        (Flags::PROTECTED, Standing::PROTECTED),
    ];
    let mut standing = Standing::empty();
    for (flag, fact) in pairs {
        standing.set(fact, target.is(flag));
    }
    standing
}

fn reaches(reach: Reach, process: &Process, caller: Pid) -> bool {
    if process.life == Life::New {
        return false;
    }
    match reach {
        Reach::Group(group) => process.process_group == group && process.zombie().is_none(),
        Reach::All => process.pid != caller && !process.is(Flags::PROTECTED) && process.is_alive(),
    }
}

fn parse_signal(number: i32) -> Result<Option<Signal>> {
    if number == 0 {
        return Ok(None);
    }
    Signal::new(number).map(Some).ok_or(Errno::EINVAL)
}
