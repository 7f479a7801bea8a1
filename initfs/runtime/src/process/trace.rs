//! Being traced: the one ptrace request that a process makes about itself.
//!
//! Decides nothing: everything else of ptrace is files under `proc:`, which name the process they are about. Main function:
//! [`trace_me`]. Neighbours: `process`; a debugger calls this in the child that is going to be its target.

use crate::error::Result;
use crate::process::process_call;

/// FreeBSD's number of ptrace.
const PTRACE: usize = 26;
/// PT_TRACE_ME.
const TRACE_ME: usize = 0;

/// Makes the parent this process's tracer: signals stop it from now on, and so does the end of exec.
///
/// # Errors
/// EBUSY for a process that is traced already, EPERM for a child of init.
pub fn trace_me() -> Result<()> {
    process_call(PTRACE, [TRACE_ME, 0, 0, 0, 0, 0]).map(drop)
}
