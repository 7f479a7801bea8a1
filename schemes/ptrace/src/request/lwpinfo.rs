//! LWPINFO: what a thread is stopped for.
//!
//! Decides every field of `struct ptrace_lwpinfo`. Neighbours: `notice::event_flags` (the flags), `files` reads the same
//! for `lwp/TID/info`. FreeBSD: sys_process.c (ptrace_lwpinfo); specification section 4.

use proc_abi::event::{EventFlags, PL_EVENT_NONE, PL_EVENT_SIGNAL};
use proc_abi::lwpinfo::{LWPINFO_WITH_SIGINFO, LwpInfo};
use zerocopy::IntoBytes;

use super::Asked;
use crate::argument::Arguments;
use crate::errno::{Errno, Result};
use crate::kernel::Kernel;
use crate::notice::event_flags;
use crate::thread::{DebugFlags, Thread};
use crate::turn::Turn;

impl<K: Kernel> Turn<'_, K> {
    pub(super) fn lwp_info(&mut self, asked: &Asked, arguments: &mut Arguments<'_>) -> Result<i32> {
        let at = self.admitted(asked)?;
        let size = usize::try_from(asked.data).map_err(|_| Errno::EINVAL)?;
        if size == 0 || size > size_of::<LwpInfo>() {
            return Err(Errno::EINVAL);
        }
        let info = describe(self.thread(at).ok_or(Errno::ESRCH)?, size >= LWPINFO_WITH_SIGINFO);
        let bytes = info.as_bytes().get(..size).ok_or(Errno::EINVAL)?;
        self.give(arguments, asked.address, bytes)?;
        Ok(0)
    }
}

/// A thread as LWPINFO shows it; a caller with an old, short structure is not told of siginfo.
pub(crate) fn describe(thread: &Thread, with_siginfo: bool) -> LwpInfo {
    let stopped = thread.flags.contains(DebugFlags::XSIG);
    let mut flags = event_flags(thread);
    if !with_siginfo {
        flags.remove(EventFlags::SI);
    }
    let in_call = thread.flags.intersects(DebugFlags::SCE | DebugFlags::SCX);
    LwpInfo {
        lwpid: thread.tid.raw(),
        event: if stopped { PL_EVENT_SIGNAL } else { PL_EVENT_NONE },
        flags: flags.bits(),
        sigmask: thread.mask,
        siglist: thread.queue.pending(),
        siginfo: if flags.contains(EventFlags::SI) { thread.info } else { Default::default() },
        tdname: thread.name,
        child_pid: if flags.contains(EventFlags::FORKED) { thread.child.map_or(0, |child| child.raw()) } else { 0 },
        syscall_code: if in_call { thread.call.code } else { 0 },
        syscall_narg: if in_call { thread.call.arguments } else { 0 },
        pad: 0,
    }
}
