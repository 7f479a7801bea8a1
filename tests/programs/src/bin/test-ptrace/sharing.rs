//! More than one debugger on one target: stop tokens, exclusive control, observers, and handles that are passed on with
//! fewer rights.
//!
//! Decides who the debuggers are. Neighbours: `bonds` (what the last close does), `files` (one debugger), `handles` (how
//! long a handle is good for); schemes/ptrace/src/tests/tokens.rs has the same on the host.

use alloc::format;
use alloc::vec::Vec;
use proc_abi::event_record::EventKind;
use proc_abi::path::ProcessFile;
use proc_abi::request::Request;
use proc_abi::signal::{SIGKILL, SIGTRAP};
use proc_abi::wait::{WaitOptions, WaitStatus};
use runtime::file::{File, OpenFlags, pipe};
use runtime::proc::{self, Control, Events};
use runtime::process::{Pid, identity};
use runtime::{Error, fault};
use test_programs::children::{next_change, start};
use test_programs::failure::{Failure, Verdict};
use test_programs::suite::Case;
use test_programs::tracee::{Gate, Tracee};
use test_programs::{ensure, ensure_equal};

use crate::bonds::line_of;
use crate::opened::text;
use crate::victim::{Next, OWNER, Victim};

/// A plain user.
const SOMEBODY: u32 = 1000;

pub(crate) const CASES: &[Case] = &[
    Case { name: "the target runs when all tokens are gone", run: the_target_runs_when_all_tokens_are_gone },
    Case { name: "control can be one debugger's alone", run: control_can_be_one_debuggers_alone },
    Case { name: "a token goes with its debugger", run: a_token_goes_with_its_debugger },
    Case { name: "a token is no shield", run: a_token_is_no_shield },
    Case { name: "a set-id exec ends what was one's alone", run: a_set_id_exec_ends_what_was_ones_alone },
    Case { name: "another user is given less", run: another_user_is_given_less },
    Case { name: "a handle is passed on with fewer rights", run: a_handle_is_passed_on_with_fewer_rights },
    Case { name: "many look while one controls", run: many_look_while_one_controls },
];

/// A child that passes the first gate and opens the second.
pub(crate) fn runner(go: &Gate, gone: &Gate) -> Result<Pid, Failure> {
    start(|| i32::from(go.pass().is_err() || gone.open().is_err()))
}

pub(crate) fn held_by(pid: Pid) -> Result<Vec<u8>, Failure> {
    line_of(pid, "held by:")
}

/// Two debuggers hold; each lets go by closing its file.
fn the_target_runs_when_all_tokens_are_gone() -> Verdict {
    let (go, gone) = (Gate::new()?, Gate::new()?);
    let target = runner(&go, &gone)?;
    let control = Control::open(target)?;
    control.file().write_all(b"hold")?;
    let (holds, leave) = (Gate::new()?, Gate::new()?);
    let other = start(|| {
        let held = Control::open(target).and_then(|control| control.file().write_all(b"hold").map(|()| control));
        let left = holds.open().and_then(|()| leave.pass());
        i32::from(held.is_err() || left.is_err())
    })?;
    holds.pass()?;
    go.open()?;
    let own = runtime::process::id();
    let both = format!("held by:  holder {own} holder {}", other.raw());
    ensure_equal!(held_by(target)?, both.as_bytes());
    control.file().write_all(b"cont")?;
    control.file().write_all(b"release")?;
    ensure_equal!(held_by(target)?, format!("held by:  holder {}", other.raw()).as_bytes());
    gone.reader().set_flags(OpenFlags::NONBLOCK)?;
    ensure_equal!(gone.pass(), Err(Error::EAGAIN));
    gone.reader().set_flags(OpenFlags::empty())?;
    leave.open()?;
    ensure_equal!(next_change(other, WaitOptions::empty())?, WaitStatus::Exited(0));
    gone.pass()?;
    ensure_equal!(next_change(target, WaitOptions::empty())?, WaitStatus::Exited(0));
    Ok(())
}

fn control_can_be_one_debuggers_alone() -> Verdict {
    let (go, gone) = (Gate::new()?, Gate::new()?);
    let target = runner(&go, &gone)?;
    let alone = proc::open(target, ProcessFile::Control, OpenFlags::READ_WRITE | OpenFlags::EXCLUSIVE)?;
    let other = start(|| {
        let refused = Control::open(target).err() == Some(Error::EBUSY)
            && Events::open(target, OpenFlags::READ_WRITE).err() == Some(Error::EBUSY)
            && Tracee(target).ask(Request::Attach, 0, 0) == Err(Error::EBUSY)
            && Events::open(target, OpenFlags::READ).is_ok();
        i32::from(!refused)
    })?;
    ensure_equal!(next_change(other, WaitOptions::empty())?, WaitStatus::Exited(0));
    let tracee = Tracee::attach(target)?;
    tracee.resume(Request::Detach)?;
    drop(alone);
    let other = start(|| i32::from(Control::open(target).is_err()))?;
    ensure_equal!(next_change(other, WaitOptions::empty())?, WaitStatus::Exited(0));
    go.open()?;
    gone.pass()?;
    ensure_equal!(next_change(target, WaitOptions::empty())?, WaitStatus::Exited(0));
    Ok(())
}

fn a_handle_is_passed_on_with_fewer_rights() -> Verdict {
    let tracee = Tracee::start(|| 0)?;
    let at = text();
    let control = Control::open(tracee.0)?;
    let memory = proc::open(tracee.0, ProcessFile::Memory, OpenFlags::READ_WRITE)?;
    let mut byte = [0];
    let weak_memory = memory.duplicate_named(b"read")?;
    ensure_equal!(weak_memory.read_at(&mut byte, at), Ok(1));
    ensure_equal!(weak_memory.write_at(&byte, at), Err(Error::EBADF));
    ensure_equal!(memory.write_at(&byte, at), Ok(1));
    let weak_control = control.file().duplicate_named(b"read")?;
    ensure_equal!(weak_control.write(b"stop"), Err(Error::EBADF));
    for file in [&memory, control.file(), &weak_memory] {
        ensure_equal!(file.duplicate_named(b"write").err(), Some(Error::EINVAL));
    }
    // The one to whom they are passed can do no more.
    let heir = start(|| {
        let refused = |file: &File| file.write_at(&byte, at).is_err() && file.write(b"stop").is_err();
        i32::from(!(refused(&weak_memory) && refused(&weak_control)))
    })?;
    ensure_equal!(next_change(heir, WaitOptions::empty())?, WaitStatus::Exited(0));
    tracee.finishes(0)
}

const OBSERVERS: usize = 8;

fn many_look_while_one_controls() -> Verdict {
    let tracee = Tracee::start(|| {
        fault::breakpoint();
        0
    })?;
    let mut observers = Vec::new();
    for _ in 0..OBSERVERS {
        observers.push(Events::open(tracee.0, OpenFlags::READ)?);
    }
    tracee.go()?;
    for events in &observers {
        let stop = loop {
            match events.next()? {
                Some(record) if record.kind() == Some(EventKind::TraceStop) => break record,
                Some(_) => {}
                None => return Err(Failure::new("the events ended")),
            }
        };
        ensure_equal!(stop.signal, SIGTRAP.number());
    }
    ensure!(tracee.ask(Request::GetNumLwps, 0, 0) == Err(Error::EBUSY), "an observer has collected the stop");
    tracee.stops(SIGTRAP)?;
    tracee.finishes(0)
}

/// A debugger that holds the target leaves by its death, or loses its right: the token goes with it.
fn a_token_goes_with_its_debugger() -> Verdict {
    for dies in [true, false] {
        let (go, gone) = (Gate::new()?, Gate::new()?);
        let target = runner(&go, &gone)?;
        let (holds, change, changed, end) = (Gate::new()?, Gate::new()?, Gate::new()?, Gate::new()?);
        let holder = start(|| {
            let Ok(control) = Control::open(target) else { return 1 };
            if control.file().write_all(b"hold").is_err() || holds.open().is_err() || change.pass().is_err() {
                return 2;
            }
            // Without its user it may debug nobody of the superuser's.
            let lost = identity::set_user(SOMEBODY).is_ok() && control.file().write(b"hold") == Err(Error::EPERM);
            i32::from(!lost || changed.open().is_err() || end.pass().is_err())
        })?;
        holds.pass()?;
        ensure_equal!(held_by(target)?, format!("held by:  holder {}", holder.raw()).as_bytes());
        if dies {
            runtime::process::kill(holder.raw(), Some(SIGKILL))?;
            ensure_equal!(next_change(holder, WaitOptions::empty())?, WaitStatus::Killed(SIGKILL));
        } else {
            change.open()?;
            changed.pass()?;
        }
        ensure_equal!(held_by(target)?, b"held by:  nobody");
        go.open()?;
        gone.pass()?;
        ensure_equal!(next_change(target, WaitOptions::empty())?, WaitStatus::Exited(0));
        if !dies {
            end.open()?;
            ensure_equal!(next_change(holder, WaitOptions::empty())?, WaitStatus::Exited(0));
        }
    }
    Ok(())
}

/// Tokens keep a process from running, not from dying, and its tracer from nothing.
fn a_token_is_no_shield() -> Verdict {
    let (go, gone) = (Gate::new()?, Gate::new()?);
    let target = runner(&go, &gone)?;
    Control::open(target)?.file().write_all(b"stop")?;
    let control = Control::open(target)?;
    control.file().write_all(b"hold")?;
    let both = format!("held by:  operator holder {}", runtime::process::id());
    ensure_equal!(held_by(target)?, both.as_bytes());
    runtime::process::kill(target.raw(), Some(SIGKILL))?;
    ensure_equal!(next_change(target, WaitOptions::empty())?, WaitStatus::Killed(SIGKILL));
    let tracee = Tracee::start(|| 0)?;
    let control = Control::open(tracee.0)?;
    control.file().write_all(b"hold")?;
    ensure_equal!(tracee.ask(Request::GetNumLwps, 0, 0)?, 1);
    tracee.ask(Request::Kill, 0, 0)?;
    tracee.ends(WaitStatus::Killed(SIGKILL))
}

/// Exclusive control and weaker handles are a session's: with the program that they were for, they are over.
fn a_set_id_exec_ends_what_was_ones_alone() -> Verdict {
    let (opened, executed) = (Gate::new()?, Gate::new()?);
    let (told, tell) = pipe::pair()?;
    let user = start(|| {
        let body = || -> Verdict {
            identity::set_group(SOMEBODY)?;
            identity::set_user(SOMEBODY)?;
            let victim = Victim::start(Next::SetId)?;
            let flags = OpenFlags::READ_WRITE | OpenFlags::EXCLUSIVE;
            let control = proc::open(victim.pid, ProcessFile::Control, flags)?;
            let memory = proc::open(victim.pid, ProcessFile::Memory, OpenFlags::READ_WRITE)?;
            let weak = [memory.duplicate_named(b"read")?, control.duplicate_named(b"read")?];
            ensure_equal!(weak[0].read_at(&mut [0], text()), Ok(1));
            tell.write_all(&victim.pid.raw().to_ne_bytes())?;
            opened.pass()?;
            victim.execute()?;
            ensure_equal!(weak[0].read_at(&mut [0], text()), Err(Error::ESTALE));
            ensure_equal!(weak[0].duplicate_named(b"read")?.read_at(&mut [0], text()), Err(Error::ESTALE));
            ensure_equal!(weak[1].duplicate_named(b"read").err(), Some(Error::ESTALE));
            ensure_equal!(control.write(b"hold"), Err(Error::ESTALE));
            executed.open()?;
            opened.pass()?;
            victim.finish()?;
            ensure_equal!(next_change(victim.pid, WaitOptions::empty())?, WaitStatus::Exited(OWNER));
            Ok(())
        };
        i32::from(body().is_err())
    })?;
    let mut bytes = [0; 4];
    ensure_equal!(told.read(&mut bytes)?, 4);
    let victim = Pid::new(i32::from_ne_bytes(bytes)).ok_or_else(|| Failure::new("no pid"))?;
    ensure_equal!(Control::open(victim).err(), Some(Error::EBUSY));
    opened.open()?;
    executed.pass()?;
    drop(Control::open(victim)?);
    opened.open()?;
    ensure_equal!(next_change(user, WaitOptions::empty())?, WaitStatus::Exited(0));
    Ok(())
}

/// A handle that can only look is passed to a user who could open nothing: it looks, and does no more.
fn another_user_is_given_less() -> Verdict {
    let tracee = Tracee::start(|| 0)?;
    let memory = proc::open(tracee.0, ProcessFile::Memory, OpenFlags::READ_WRITE)?.duplicate_named(b"read")?;
    let (end, far) = pipe::pair()?;
    let heir = start(|| {
        let Ok(passed) = identity::set_user(SOMEBODY).and_then(|()| pipe::receive(&far)) else { return 1 };
        let opens = proc::open(tracee.0, ProcessFile::Memory, OpenFlags::READ);
        let looks = passed.read_at(&mut [0], text()) == Ok(1);
        let writes = passed.write_at(&[0], text());
        i32::from(opens.err() != Some(Error::EPERM) || !looks || writes != Err(Error::EBADF))
    })?;
    pipe::send_copy(&end, &memory)?;
    ensure_equal!(next_change(heir, WaitOptions::empty())?, WaitStatus::Exited(0));
    tracee.finishes(0)
}
