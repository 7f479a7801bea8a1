//! Exec under trace: the stop after it, and the mask that turns it off.
//!
//! FreeBSD: kern_exec.c (do_execve), kern_sig.c. Neighbours: `main` (the image that is executed), `forks`.

use core::time::Duration;
use proc_abi::event::{EventFlags, EventMask};
use proc_abi::request::Request;
use runtime::process::execute::{Strings, execute};
use runtime::{Error, Result, thread, time};
use test_programs::ensure_equal;
use test_programs::failure::Verdict;
use test_programs::suite::Case;
use test_programs::tracee::Tracee;

use crate::PATH;
use crate::forks::set_events;

pub(crate) const CASES: &[Case] = &[
    Case { name: "exec stops unless told otherwise", run: exec_stops_unless_told_otherwise },
    Case { name: "exec does not stop if told so", run: exec_does_not_stop_if_told_so },
    Case { name: "exec leaves one thread", run: exec_leaves_one_thread },
    Case { name: "exec tells of the end of the others", run: exec_tells_of_the_end_of_the_others },
    Case { name: "a failed exec does not stop", run: a_failed_exec_does_not_stop },
];

/// Executes this program, which exits with 7.
pub(crate) fn become_seven() -> i32 {
    let run = || -> Result<core::convert::Infallible> {
        execute(PATH, &Strings::from_strings([PATH, "7"])?, &Strings::new())
    };
    let Err(_) = run();
    99
}

const EXECVE: u32 = 59;

fn exec_stops_unless_told_otherwise() -> Verdict {
    let tracee = Tracee::start(become_seven)?;
    tracee.go()?;
    let info = tracee.reports(EventFlags::EXEC | EventFlags::SCX)?;
    ensure_equal!(info.syscall_code, EXECVE);
    tracee.finishes(7)
}

fn exec_does_not_stop_if_told_so() -> Verdict {
    let tracee = Tracee::start(become_seven)?;
    set_events(tracee, EventMask::empty())?;
    tracee.finishes(7)
}

fn exec_leaves_one_thread() -> Verdict {
    let tracee = Tracee::start(|| {
        let other = thread::spawn(|| time::sleep_fully(Duration::from_secs(60)));
        if other.is_err() { 98 } else { become_seven() }
    })?;
    tracee.go()?;
    tracee.reports(EventFlags::EXEC | EventFlags::SCX)?;
    ensure_equal!(tracee.ask(Request::GetNumLwps, 0, 0), Ok(1));
    tracee.finishes(7)
}

fn a_failed_exec_does_not_stop() -> Verdict {
    let tracee = Tracee::start(|| {
        let run = || execute("/no/such/program", &Strings::new(), &Strings::new());
        let Err(error) = run();
        i32::from(error != Error::ENOENT)
    })?;
    tracee.finishes(0)
}

/// The other thread ends outside any exit call, and before the stop of the exec.
fn exec_tells_of_the_end_of_the_others() -> Verdict {
    let tracee = Tracee::start(|| {
        let other = thread::spawn(|| time::sleep_fully(Duration::from_secs(60)));
        if other.is_err() { 98 } else { become_seven() }
    })?;
    let first = tracee.information()?.lwpid;
    tracee.ask(Request::LwpEvents, 0, 1)?;
    tracee.go()?;
    let born = tracee.reports(EventFlags::BORN | EventFlags::SCX)?;
    tracee.go()?;
    ensure_equal!(tracee.reports(EventFlags::EXITED)?.lwpid, born.lwpid);
    tracee.go()?;
    ensure_equal!(tracee.reports(EventFlags::EXEC | EventFlags::SCX)?.lwpid, first);
    tracee.finishes(7)
}
