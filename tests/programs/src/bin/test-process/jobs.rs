//! Job control: stops and continues, process groups, sessions.
//!
//! FreeBSD: kern_sig.c (job-control stops), kern_proc.c (groups, sessions). Neighbours: `signals`, `main`.

use proc_abi::signal::{SIGCONT, SIGKILL, SIGSTOP, SIGTERM, SIGTSTP};
use proc_abi::wait::{WaitOptions, WaitStatus};
use runtime::process::wait::{Who, wait};
use runtime::process::{self, identity};
use runtime::{Error, time};
use test_programs::children::{next_change, start};
use test_programs::ensure_equal;
use test_programs::failure::Verdict;
use test_programs::suite::Case;

pub(crate) const CASES: &[Case] = &[
    Case { name: "a stopped child is told and continues", run: a_stopped_child_is_told },
    Case { name: "a stopped child can be killed", run: a_stopped_child_can_be_killed },
    Case { name: "a signal reaches a whole group", run: a_signal_reaches_a_whole_group },
    Case { name: "groups and sessions have their rules", run: groups_and_sessions_have_their_rules },
];

fn forever() -> i32 {
    loop {
        time::sleep_fully(core::time::Duration::from_secs(60));
    }
}

fn a_stopped_child_is_told() -> Verdict {
    let options = WaitOptions::STOPPED | WaitOptions::CONTINUED;
    let child = start(forever)?;
    // SIGTSTP alone would spare a process whose group is orphaned.
    for signal in [SIGSTOP, SIGSTOP] {
        process::kill(child.raw(), Some(signal))?;
        ensure_equal!(next_change(child, options)?, WaitStatus::Stopped(signal));
        ensure_equal!(wait(Who::Process(child), options | WaitOptions::NOHANG)?, None);
        process::kill(child.raw(), Some(SIGCONT))?;
        ensure_equal!(next_change(child, options)?, WaitStatus::Continued);
    }
    process::kill(child.raw(), Some(SIGTERM))?;
    ensure_equal!(next_change(child, options)?, WaitStatus::Killed(SIGTERM));
    Ok(())
}

fn a_stopped_child_can_be_killed() -> Verdict {
    let child = start(forever)?;
    process::kill(child.raw(), Some(SIGSTOP))?;
    ensure_equal!(next_change(child, WaitOptions::STOPPED)?, WaitStatus::Stopped(SIGSTOP));
    process::kill(child.raw(), Some(SIGTSTP))?;
    process::kill(child.raw(), Some(SIGKILL))?;
    ensure_equal!(next_change(child, WaitOptions::STOPPED)?, WaitStatus::Killed(SIGKILL));
    Ok(())
}

fn a_signal_reaches_a_whole_group() -> Verdict {
    let first = start(forever)?;
    let second = start(forever)?;
    identity::set_process_group(first.raw(), first.raw())?;
    identity::set_process_group(second.raw(), first.raw())?;
    ensure_equal!(identity::process_group(second.raw())?, first.raw());
    process::kill(first.raw().wrapping_neg(), Some(SIGTERM))?;
    for _ in 0..2 {
        let waited = wait(Who::Group(first.raw()), WaitOptions::empty())?;
        ensure_equal!(waited.map(|waited| waited.status), Some(WaitStatus::Killed(SIGTERM)));
    }
    ensure_equal!(process::kill(first.raw().wrapping_neg(), None), Err(Error::ESRCH));
    Ok(())
}

fn groups_and_sessions_have_their_rules() -> Verdict {
    let child = start(|| {
        let own = process::id();
        let founded = identity::start_session() == Ok(own) && identity::process_group(0) == Ok(own);
        let again = identity::start_session() == Err(Error::EPERM);
        let leader = identity::set_process_group(0, 0) == Err(Error::EPERM);
        i32::from(founded && again && leader)
    })?;
    ensure_equal!(next_change(child, WaitOptions::empty())?, WaitStatus::Exited(1));
    ensure_equal!(identity::set_process_group(0, -1), Err(Error::EINVAL));
    ensure_equal!(identity::set_process_group(99_998, 0), Err(Error::ESRCH));
    ensure_equal!(identity::session(99_998), Err(Error::ESRCH));
    Ok(())
}
