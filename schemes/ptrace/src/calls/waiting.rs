//! wait4 and wait6: reading their arguments.
//!
//! Decides which children and options a call means and when it is refused. Neighbours: `wait` does the rest. FreeBSD:
//! kern_exit.c (sys_wait4, kern_wait, sys_wait6, kern_wait6).

use proc_abi::wait::{IdType, RUSAGE_SIZE, WRUSAGE_SIZE, WaitOptions};

use super::{low, low_unsigned};
use crate::blocked::{ChildWait, WaitResults};
use crate::errno::{Errno, Result};
use crate::id::ThreadRef;
use crate::kernel::Kernel;
use crate::turn::{ProcessCall, Turn};

impl<K: Kernel> Turn<'_, K> {
    /// wait4(pid, status, options, usage).
    pub(super) fn wait4(&mut self, at: ThreadRef, call: &ProcessCall) -> Result<()> {
        let [target, status, options, usage, ..] = call.arguments;
        let own_group = self.live(at.pid)?.process_group;
        let (kind, id) = match low(target) {
            -1 => (IdType::All, 0),
            0 => (IdType::ProcessGroup, own_group),
            pid @ 1.. => (IdType::Pid, pid),
            group => (IdType::ProcessGroup, group.checked_neg().ok_or(Errno::ESRCH)?),
        };
        // wait4 always hears of exits and of trace stops.
        let options = parse_options(options)?.union(WaitOptions::EXITED | WaitOptions::TRAPPED);
        let results = WaitResults { status, usage, usage_size: RUSAGE_SIZE, info: 0 };
        self.wait(at, call.tag, ChildWait { kind, id, options, results });
        Ok(())
    }

    /// wait6(idtype, id, status, options, usage, info).
    pub(super) fn wait6(&mut self, at: ThreadRef, call: &ProcessCall) -> Result<()> {
        let [kind, id, status, options, usage, info] = call.arguments;
        let options = parse_options(options)?;
        let events = WaitOptions::EXITED | WaitOptions::STOPPED | WaitOptions::CONTINUED | WaitOptions::TRAPPED;
        if !options.intersects(events) {
            return Err(Errno::EINVAL);
        }
        let kind = IdType::from_raw(low(kind)).ok_or(Errno::EINVAL)?;
        let own_group = self.live(at.pid)?.process_group;
        let id = match (kind, low(id)) {
            (IdType::ProcessGroup, 0) => own_group,
            (_, id) => id,
        };
        let results = WaitResults { status, usage, usage_size: WRUSAGE_SIZE, info };
        self.wait(at, call.tag, ChildWait { kind, id, options, results });
        Ok(())
    }
}

fn parse_options(raw: u64) -> Result<WaitOptions> {
    WaitOptions::from_bits(low_unsigned(raw)).ok_or(Errno::EINVAL)
}
