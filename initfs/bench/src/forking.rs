//! Making processes.
//!
//! Decides that the forking process is this program before it has grown, which is what a shell or a server would be.
//! Main function: [`measure`]. Neighbours: `rounds`, `bench`.

use crate::bench::Bench;
use crate::failure::{Failure, Verdict};
use crate::rounds::LONG;
use proc_abi::id::Pid;
use proc_abi::wait::{WaitOptions, WaitStatus};
use runtime::process::wait::{Who, wait};
use runtime::process::{self, Fork};

/// What children exit with.
const STATUS: i32 = 7;

/// Fork and vfork, each with the child's exit and the wait for it.
pub(crate) fn measure(bench: &mut Bench) -> Verdict {
    bench.measure("fork_exit_wait", LONG, || match process::fork()? {
        Fork::Parent(pid) => collect(pid),
        Fork::Child => process::exit(STATUS),
    })?;
    bench.measure("vfork_exit_wait", LONG, || collect(process::vfork(&mut || STATUS)?))
}

#[inline(always)]
fn collect(pid: Pid) -> Verdict {
    let waited = wait(Who::Process(pid), WaitOptions::empty())?;
    match waited.map(|waited| waited.status) {
        Some(WaitStatus::Exited(STATUS)) => Ok(()),
        other => Err(Failure::new("an exit", other.map_or(0, |status| u64::from(status.encode().unsigned_abs())))),
    }
}
