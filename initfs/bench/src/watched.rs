//! Calls of a program that is traced, but not for these calls.
//!
//! Decides that this program itself is the target: a child attaches to it, arms entries and exits of no call, and then only
//! waits. So the rows are those of `switches` over again, and a call may cost a few instructions more than there, not a
//! stop. Main function: [`measure`]. Neighbours: `switches`, docs/ptrace.md (sets).

use crate::bench::Bench;
use crate::failure::{Failure, Verdict, expect};
use crate::rounds::ORDINARY;
use crate::target::HERE;
use core::hint::black_box;
use kernel_abi::call_set::{CallSet, CallStops};
use proc_abi::event::EventMask;
use proc_abi::event_record::EventKind;
use proc_abi::request::Request;
use runtime::file::{File, OpenFlags, pipe};
use runtime::proc::{Control, Events};
use runtime::process::wait::wait_for_death;
use runtime::process::{self, Fork, Pid, identity};
use runtime::{Error, Result};
use zerocopy::IntoBytes;

/// All of this family.
pub(crate) fn measure(bench: &mut Bench) -> Verdict {
    let (own, group) = (process::id(), identity::process_group(0)?);
    let (ready, inside) = pipe::pair()?;
    let watcher = match process::fork()? {
        Fork::Parent(pid) => pid,
        Fork::Child => {
            drop(ready);
            process::exit(i32::from(watch(own, &inside).is_err()))
        }
    };
    drop(inside);
    let untraced = [bench.time(own_id), bench.time(own_group)];
    ready.write_all(&[0])?;
    expect("the watcher's word", ready.read(&mut [0])? as u64, 1)?;
    let traced = [bench.time(own_id), bench.time(own_group)];
    bench.measure("null_syscall_left_out", ORDINARY, || expect("the pid", process::id() as u64, own as u64))?;
    bench.measure("process_call_left_out", ORDINARY, || {
        expect("the process group", identity::process_group(0)? as u64, group as u64)
    })?;
    drop(ready);
    wait_for_death(watcher)?;
    untraced.into_iter().zip(traced).try_for_each(|(untraced, traced)| near(untraced, traced))
}

fn own_id() {
    black_box(process::id());
}

fn own_group() {
    let _ = black_box(identity::process_group(0));
}

/// What looks into the sets may cost.
const SLACK: u64 = 60;
/// One part in so many by which a call of the server may cost more, for what the server finds in its tables.
const PARTS: u64 = 16;

fn near(untraced: u64, traced: u64) -> Verdict {
    let excess = traced.saturating_sub(untraced);
    let allowed = untraced.checked_div(PARTS).unwrap_or_default().saturating_add(SLACK);
    if excess <= allowed { Ok(()) } else { Err(Failure::new("ticks that a call left out costs more", excess)) }
}

/// Waits for a word, then traces `target` for calls, but for none of them, until the other end of the pipe is closed.
fn watch(target: i32, pipe: &File) -> Result<()> {
    pipe.read(&mut [0])?;
    let target = Pid::new(target).ok_or(Error::ESRCH)?;
    let control = Control::open(target)?;
    let events = Events::open(target, OpenFlags::READ_WRITE)?;
    control.file().write(b"attach\n")?;
    while events.next()?.ok_or(Error::ESRCH)?.kind() != Some(EventKind::TraceStop) {}
    let calls = CallStops { entry: CallSet::EMPTY, exit: CallSet::EMPTY };
    control.exchange(Request::SetCallSet, 0, (0, 32), calls.as_bytes(), &mut [])?;
    let mask = (EventMask::SCE | EventMask::SCX).bits();
    control.exchange(Request::SetEventMask, 0, (0, 4), mask.as_bytes(), &mut [])?;
    control.request(Request::Continue, 0, HERE, 0)?;
    pipe.write_all(&[0])?;
    pipe.read(&mut [0]).map(drop)
}
