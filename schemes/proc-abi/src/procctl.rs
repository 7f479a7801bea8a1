//! procctl(2): whether a process lets itself be traced, and whether everything depends on it.
//!
//! Decides the commands and their values. Main type: [`TraceControl`]. Neighbours: `ptrace::permission`.
//! FreeBSD: sys/procctl.h, kern_procctl.c (trace_ctl).

/// Command: set.
pub const PROC_TRACE_CTL: i32 = 7;
/// Command: read; gives -1 disabled, 0 not traced, or the tracer's pid.
pub const PROC_TRACE_STATUS: i32 = 8;

/// Command of our own: from now on nobody may trace, stop or kill this process. Only process 1 may ask for it, for the servers
/// that it starts; FreeBSD's nearest (PROC_SPROTECT) is about memory that runs out.
pub const PROC_PROTECT: i32 = 10_000;

/// Values of [`PROC_TRACE_CTL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum TraceControl {
    /// May be traced.
    Enable = 1,
    /// May not, until exec.
    Disable = 2,
    /// May not, also after exec.
    DisableExec = 3,
}

impl TraceControl {
    /// The value with this number.
    #[must_use]
    pub const fn from_raw(raw: i32) -> Option<Self> {
        Some(match raw {
            1 => Self::Enable,
            2 => Self::Disable,
            3 => Self::DisableExec,
            _ => return None,
        })
    }
}
