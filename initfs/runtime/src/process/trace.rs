//! Being traced: the one ptrace request that a process makes about itself, and whether it may be traced at all.
//!
//! Decides nothing: everything else of ptrace is files under `proc:`, which name the process they are about. Main functions:
//! [`trace_me`], [`set_tracing`]. Neighbours: `process`; a debugger calls the first in the child that is going to be its
//! target; `proc_abi::procctl` has the values of the second.

use crate::error::{Error, Result};
use crate::process::process_call;
use crate::system_call::{self, address_of_mut};
use kernel_abi::calls::PROCESS_CALL;
use proc_abi::id::Pid;
use proc_abi::procctl::{PROC_TRACE_CTL, PROC_TRACE_STATUS, TraceControl};
use zerocopy::IntoBytes;

/// FreeBSD's number of ptrace.
const PTRACE: usize = 26;
/// FreeBSD's number of procctl.
const PROCCTL: usize = 544;
/// procctl's idtype for one process.
const P_PID: usize = 0;
/// PT_TRACE_ME.
const TRACE_ME: usize = 0;

/// Makes the parent this process's tracer: signals stop it from now on, and so does the end of exec.
///
/// # Errors
/// EBUSY for a process that is traced already, EPERM for a child of init.
pub fn trace_me() -> Result<()> {
    process_call(PTRACE, [TRACE_ME, 0, 0, 0, 0, 0]).map(drop)
}

/// Lets a process be traced, or forbids it (procctl's PROC_TRACE_CTL).
///
/// # Errors
/// EPERM without the debug right, or to enable it for another; EBUSY while it is traced.
pub fn set_tracing(pid: Pid, control: TraceControl) -> Result<()> {
    procctl(pid, PROC_TRACE_CTL, &mut (control as i32))
}

/// Who traces a process: -1 if that is forbidden, 0 for nobody, else a pid (procctl's PROC_TRACE_STATUS).
///
/// # Errors
/// ESRCH, EPERM.
pub fn tracing(pid: Pid) -> Result<i32> {
    let mut status = 0;
    procctl(pid, PROC_TRACE_STATUS, &mut status)?;
    Ok(status)
}

fn procctl(pid: Pid, command: i32, value: &mut i32) -> Result<()> {
    let id = usize::try_from(pid.raw()).map_err(|_| Error::ESRCH)?;
    let command = usize::try_from(command).map_err(|_| Error::EINVAL)?;
    let arguments = [P_PID, id, command, address_of_mut(value.as_mut_bytes()), 0, 0];
    // SAFETY: both commands read or write the one integer.
    unsafe { system_call::call(PROCESS_CALL | PROCCTL, arguments) }.map(drop)
}
