//! The one place where a request is admitted: target, permission, thread, state, in FreeBSD's order.
//!
//! Decides checks 2 to 8 of sys_process.c's kern_ptrace (specification sections 1.3 and 1.4). Main types: [`Caller`],
//! [`Admitted`]. Neighbours: `permission` (4 and 5), `request` calls [`Turn::admit`] first in every family.

use proc_abi::id::{Pid, Target, Tid};
use proc_abi::request::{Request, SHARING};

use crate::calls::standing;
use crate::errno::{Errno, Result};
use crate::id::ThreadRef;
use crate::kernel::Kernel;
use crate::permission::{self, Standing, Subject};
use crate::process::{Flags, Life, Process};
use crate::turn::Turn;

/// Who asks: a thread by ptrace(2), or a process by a file it opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The debugger.
    pub pid: Pid,
    /// Its thread, where one is calling.
    pub tid: Option<Tid>,
}

/// A thread that the request may work on; nothing between the check and the work can change that.
pub(crate) type Admitted = ThreadRef;

impl<K: Kernel> Turn<'_, K> {
    /// Admits a request; none stands for a number that is no request.
    pub(crate) fn admit(&self, caller: Caller, id: i32, request: Option<Request>) -> Result<Admitted> {
        let target = self.find_target(id)?;
        let process = self.process(target.pid).ok_or(Errno::ESRCH)?;
        match self.may_debug(caller.pid, target.pid) {
            // A token may be taken back from a process that is between two images: that exec may wait for it.
            Err(Errno::EBUSY) if matches!(request, Some(Request::Release | Request::OperatorContinue)) => {}
            judged => judged?,
        }
        let own = caller.tid.map(|tid| ThreadRef { pid: caller.pid, tid });
        if request == Some(Request::ClearStep) && own == Some(target) {
            return Ok(target);
        }
        if request.is_some_and(|request| request == Request::GetChildren || SHARING.contains(&request)) {
            return Ok(target);
        }
        if request == Some(Request::Attach) {
            self.check_attach(caller, process)?;
        } else {
            check_stopped(caller, process)?;
        }
        Ok(target)
    }

    /// The process and thread that an id names (checks 2, 3 and 7).
    fn find_target(&self, id: i32) -> Result<ThreadRef> {
        match Target::from_raw(id).ok_or(Errno::ESRCH)? {
            Target::Process(pid) => {
                let tid = self.live(pid)?.default_thread().ok_or(Errno::ESRCH)?;
                Ok(ThreadRef { pid, tid })
            }
            Target::Thread(tid) => {
                let at = self.table.find_tid(tid).ok_or(Errno::ESRCH)?;
                self.live(at.pid)?;
                Ok(at)
            }
        }
    }

    /// p_cansee and p_candebug (checks 4 to 6).
    pub(crate) fn may_debug(&self, caller: Pid, target: Pid) -> Result<()> {
        let debugger = self.process(caller).filter(|process| process.life == Life::Normal).ok_or(Errno::ESRCH)?;
        let process = self.live(target)?;
        let mut standing = standing(process);
        standing.set(Standing::OWN, caller == target);
        let subject = Subject { credentials: &process.credentials, standing };
        permission::can_see(&debugger.credentials, &subject)?;
        permission::can_debug(&debugger.credentials, &subject)
    }

    fn check_attach(&self, caller: Caller, target: &Process) -> Result<()> {
        if target.pid == caller.pid {
            return Err(Errno::EINVAL);
        }
        if target.is(Flags::TRACED) || self.table.sessions.is_taken(target.pid, caller.pid) {
            return Err(Errno::EBUSY);
        }
        let traced = self.process(caller.pid).is_some_and(|process| process.is(Flags::TRACED));
        if traced && self.table.is_ancestor(target.pid, caller.pid) {
            return Err(Errno::EINVAL);
        }
        Ok(())
    }
}

/// Traced, by the caller, stopped, and the stop collected.
fn check_stopped(caller: Caller, target: &Process) -> Result<()> {
    if !target.is(Flags::TRACED) {
        return Err(Errno::EPERM);
    }
    let collected = target.is(Flags::STOPPED_TRACE) && target.is(Flags::STOP_COMPLETE) && target.is(Flags::WAITED);
    if target.parent != Some(caller.pid) || !collected {
        return Err(Errno::EBUSY);
    }
    Ok(())
}
