//! Limits and procctl.
//!
//! Decides getrlimit and setrlimit (values are kept, inherited and not enforced) and the commands of procctl.
//! Neighbours: `permission` reads NOTRACE. FreeBSD: kern_resource.c, kern_procctl.c (trace_ctl, trace_status).

use proc_abi::id::Pid;
use proc_abi::procctl::{PROC_PROTECT, PROC_TRACE_CTL, PROC_TRACE_STATUS, TraceControl};
use proc_abi::resource::Limit;
use zerocopy::{FromZeros, IntoBytes};

use super::low;
use crate::errno::{Errno, Result};
use crate::id::ThreadRef;
use crate::kernel::Kernel;
use crate::process::Flags;
use crate::turn::{ProcessCall, Turn};

/// procctl's idtype for one process.
const P_PID: i32 = 0;

impl<K: Kernel> Turn<'_, K> {
    pub(super) fn getrlimit(&mut self, at: ThreadRef, call: &ProcessCall) -> Result<()> {
        let which = usize::try_from(low(call.arguments[0])).map_err(|_| Errno::EINVAL)?;
        let limit = *self.live(at.pid)?.limits.get(which).ok_or(Errno::EINVAL)?;
        self.kernel.copy_out(call.tag, call.arguments[1], limit.as_bytes())
    }

    pub(super) fn setrlimit(&mut self, at: ThreadRef, call: &ProcessCall) -> Result<()> {
        let which = usize::try_from(low(call.arguments[0])).map_err(|_| Errno::EINVAL)?;
        let mut wanted = Limit::new_zeroed();
        self.kernel.copy_in(call.tag, call.arguments[1], wanted.as_mut_bytes())?;
        let process = self.process_mut(at.pid).ok_or(Errno::ESRCH)?;
        let privileged = process.credentials.is_privileged();
        let limit = process.limits.get_mut(which).ok_or(Errno::EINVAL)?;
        if wanted.current < 0 || wanted.maximum < 0 || wanted.current > wanted.maximum {
            return Err(Errno::EINVAL);
        }
        if wanted.maximum > limit.maximum && !privileged {
            return Err(Errno::EPERM);
        }
        *limit = wanted;
        Ok(())
    }

    /// procctl(idtype, id, command, data).
    pub(super) fn procctl(&mut self, at: ThreadRef, call: &ProcessCall) -> Result<()> {
        let [kind, id, command, data, ..] = call.arguments;
        if low(kind) != P_PID {
            return Err(Errno::EINVAL);
        }
        let target = Pid::new(low(id)).ok_or(Errno::ESRCH)?;
        match low(command) {
            PROC_TRACE_CTL => {
                let mut value = 0_i32;
                self.kernel.copy_in(call.tag, data, value.as_mut_bytes())?;
                self.trace_control(at.pid, target, TraceControl::from_raw(value).ok_or(Errno::EINVAL)?)
            }
            PROC_TRACE_STATUS => {
                let status = self.trace_status(at.pid, target)?;
                self.kernel.copy_out(call.tag, data, status.as_bytes())
            }
            PROC_PROTECT => self.protect(at.pid, target),
            _ => Err(Errno::EINVAL),
        }
    }

    /// Protects one of init's servers, for good: exec keeps it, fork does not pass it on.
    fn protect(&mut self, caller: Pid, target: Pid) -> Result<()> {
        if caller != Pid::INIT {
            return Err(Errno::EPERM);
        }
        if self.live(target)?.is(Flags::TRACED) {
            return Err(Errno::EBUSY);
        }
        if let Some(process) = self.process_mut(target) {
            process.flags.insert(Flags::PROTECTED);
        }
        self.identify(target);
        Ok(())
    }

    fn trace_control(&mut self, caller: Pid, target: Pid, control: TraceControl) -> Result<()> {
        self.may_debug(caller, target)?;
        let process = self.process_mut(target).ok_or(Errno::ESRCH)?;
        if process.is(Flags::TRACED) {
            return Err(Errno::EBUSY);
        }
        match control {
            TraceControl::Enable if target != caller => return Err(Errno::EPERM),
            TraceControl::Enable => process.flags.remove(Flags::NOTRACE | Flags::NOTRACE_EXEC),
            TraceControl::Disable => {
                process.flags.insert(Flags::NOTRACE);
                process.flags.remove(Flags::NOTRACE_EXEC);
            }
            TraceControl::DisableExec => process.flags.insert(Flags::NOTRACE | Flags::NOTRACE_EXEC),
        }
        Ok(())
    }

    fn trace_status(&self, caller: Pid, target: Pid) -> Result<i32> {
        let process = self.live(target)?;
        if target != caller {
            self.may_debug(caller, target)?;
        }
        if process.is(Flags::NOTRACE) {
            return Ok(-1);
        }
        Ok(if process.is(Flags::TRACED) { process.parent.map_or(0, Pid::raw) } else { 0 })
    }
}
