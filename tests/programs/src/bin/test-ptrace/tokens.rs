//! Stop tokens and `onclose` as requests: records on `ctl`, and ptrace(2) by who has no file open.
//!
//! Decides nothing. Neighbours: `sharing` and `bonds` have the verbs of the same meaning; schemes/ptrace/src/tests/tokens.rs
//! has every error on the host.

use alloc::format;
use alloc::vec::Vec;
use proc_abi::request::Request;
use proc_abi::wait::{WaitOptions, WaitStatus};
use runtime::Error;
use runtime::proc::{Commands, Control};
use test_programs::children::next_change;
use test_programs::ensure_equal;
use test_programs::failure::Verdict;
use test_programs::suite::Case;
use test_programs::tracee::{Gate, Tracee};

use crate::sharing::{held_by, runner};

pub(crate) const CASES: &[Case] = &[
    Case { name: "tokens and choices are records as well", run: tokens_and_choices_are_records_as_well },
    Case { name: "tokens by the call are the tracers", run: tokens_by_the_call_are_the_tracers },
];

/// Three tokens and a choice in one write, taken back in another; the verbs mean the same.
fn tokens_and_choices_are_records_as_well() -> Verdict {
    let (go, gone) = (Gate::new()?, Gate::new()?);
    let target = runner(&go, &gone)?;
    let control = Control::open(target)?;
    let mut commands = Commands::new();
    for request in [Request::Hold, Request::OperatorStop, Request::OnClose] {
        commands.push(request, 0, (0, 0), &[], 0)?;
    }
    let mut buffer = Vec::new();
    let replies = control.run(&commands, &mut buffer)?;
    let errnos: Vec<u32> = replies.iter().map(|reply| reply.header.errno).collect();
    ensure_equal!(errnos, [0, 0, Error::EPERM.number()]);
    let both = format!("held by:  operator holder {}", runtime::process::id());
    ensure_equal!(held_by(target)?, both.as_bytes());
    control.request(Request::OperatorContinue, 0, 0, 0)?;
    ensure_equal!(held_by(target)?, format!("held by:  holder {}", runtime::process::id()).as_bytes());
    go.open()?;
    control.file().write_all(b"release")?;
    gone.pass()?;
    ensure_equal!(next_change(target, WaitOptions::empty())?, WaitStatus::Exited(0));
    ensure_equal!(control.request(Request::Hold, 0, 0, 0), Err(Error::ESRCH));
    Ok(())
}

/// By ptrace(2) a token is that of the tracing, which ends with it; the operator's needs the right alone.
fn tokens_by_the_call_are_the_tracers() -> Verdict {
    let (go, gone) = (Gate::new()?, Gate::new()?);
    let target = runner(&go, &gone)?;
    for request in [Request::Hold, Request::Release, Request::OnClose] {
        ensure_equal!(Tracee(target).ask(request, 0, 0), Err(Error::EPERM));
    }
    ensure_equal!(Tracee(target).ask(Request::OperatorStop, 0, 0), Ok(0));
    let tracee = Tracee::attach(target)?;
    tracee.ask(Request::Hold, 0, 0)?;
    ensure_equal!(tracee.ask(Request::OnClose, 0, 3), Err(Error::EINVAL));
    tracee.ask(Request::OnClose, 0, 2)?;
    let own = runtime::process::id();
    ensure_equal!(held_by(target)?, format!("held by:  tracer {own} operator holder {own}").as_bytes());
    tracee.resume(Request::Detach)?;
    ensure_equal!(held_by(target)?, b"held by:  operator");
    ensure_equal!(tracee.ask(Request::Release, 0, 0), Err(Error::EPERM));
    tracee.ask(Request::OperatorContinue, 0, 0)?;
    go.open()?;
    gone.pass()?;
    ensure_equal!(next_change(target, WaitOptions::empty())?, WaitStatus::Exited(0));
    Ok(())
}
