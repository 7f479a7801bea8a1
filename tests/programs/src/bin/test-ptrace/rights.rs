//! Who may debug whom: every kind of debugger on every kind of target, by every way in, before and after exec.
//!
//! Decides the expected answer by a rule of its own, written from kern_prot.c's p_candebug and not from the server's code.
//! Neighbours: `victim`; schemes/ptrace/src/tests/permission.rs has the whole matrix on the host.

use alloc::format;
use alloc::string::String;
use proc_abi::procctl::TraceControl;
use proc_abi::request::Request;
use proc_abi::signal::SIGKILL;
use proc_abi::wait::{WaitOptions, WaitStatus};
use runtime::file::{File, OpenFlags};
use runtime::process::trace::{set_tracing, tracing};
use runtime::process::wait::{Who, wait};
use runtime::process::{self, Pid, identity};
use runtime::{Error, Result};
use test_programs::children::{next_change, start};
use test_programs::failure::{Failure, Verdict};
use test_programs::suite::Case;
use test_programs::tracee::{Gate, Tracee, ask};
use test_programs::{ensure, ensure_equal};

use crate::victim::{Next, OWNER, Victim};

pub(crate) const CASES: &[Case] = &[
    Case { name: "rights are as the rule says", run: rights_are_as_the_rule_says },
    Case { name: "rights change with a set-id exec", run: rights_change_with_a_set_id_exec },
    Case { name: "a traced process gains nothing by exec", run: a_traced_process_gains_nothing_by_exec },
    Case { name: "init is nobody's target", run: init_is_nobodys_target },
    Case { name: "tracing can be forbidden", run: tracing_can_be_forbidden },
];

const SOMEBODY: u32 = 1000;
const ANOTHER: u32 = 1001;

/// A debugger's effective user, its group and its one supplementary group.
#[derive(Clone, Copy, Debug)]
struct Person {
    user: u32,
    group: u32,
    also: u32,
}

const PERSONS: [Person; 5] = [
    Person { user: 0, group: 0, also: 0 },
    Person { user: SOMEBODY, group: SOMEBODY, also: SOMEBODY },
    Person { user: SOMEBODY, group: ANOTHER, also: SOMEBODY },
    Person { user: SOMEBODY, group: ANOTHER, also: ANOTHER },
    Person { user: ANOTHER, group: SOMEBODY, also: SOMEBODY },
];

fn become_person(person: Person) -> Result<()> {
    identity::set_supplementary_groups(&[person.also])?;
    identity::set_group(person.group)?;
    identity::set_user(person.user)
}

/// A target that is there, and what of it matters to the rule.
struct Target {
    name: &'static str,
    pid: Pid,
    tid: i32,
    users: [u32; 3],
    groups: [u32; 3],
    changed: bool,
    forbidden: bool,
}

/// kern_prot.c, p_candebug, in words: all three users are the debugger's effective one and all groups are among its own,
/// nothing was changed since exec, tracing is not forbidden; or the debugger is the superuser.
fn may_debug(person: Person, target: &Target) -> bool {
    let users = target.users.iter().all(|user| *user == person.user);
    let groups = target.groups.iter().all(|group| *group == person.group || *group == person.also);
    person.user == 0 || (users && groups && !target.changed && !target.forbidden)
}

/// Every way in; the last are files that any of its threads has.
fn try_all(target: &Target) -> [(String, Result<()>); 8] {
    let pid = target.pid.raw();
    let open = |path: &str, flags| {
        let path = path.replace("TID", &format!("{}", target.tid));
        let opened = File::open(format!("proc:{pid}/{path}"), flags).map(drop);
        (path, opened)
    };
    let attached = Tracee(target.pid).ask(Request::Attach, 0, 0).map(drop);
    let taken = if attached.is_ok() { let_go(target.pid) } else { attached };
    [
        ("attach".into(), taken),
        open("ctl", OpenFlags::READ_WRITE),
        open("event", OpenFlags::READ),
        open("mem", OpenFlags::READ),
        open("map", OpenFlags::READ),
        open("auxv", OpenFlags::READ),
        open("lwp/TID/regs", OpenFlags::READ),
        open("lwp/TID/info", OpenFlags::READ),
    ]
}

fn let_go(pid: Pid) -> Result<()> {
    let options = WaitOptions::empty();
    let stopped = wait(Who::Process(pid), options)?;
    let status = stopped.map(|stopped| stopped.status);
    if !matches!(status, Some(WaitStatus::Stopped(_))) {
        return Err(Error::EPROTO);
    }
    Tracee(pid).ask(Request::Detach, 1, 0).map(drop)
}

fn check(person: Person, target: &Target) -> Verdict {
    become_person(person)?;
    let expected = if may_debug(person, target) { Ok(()) } else { Err(Error::EPERM) };
    for (way, found) in try_all(target) {
        ensure!(found == expected, "{way} of {} by {person:?} gave {found:?}", target.name);
    }
    Ok(())
}

/// Every person tries, each in a process of its own.
fn everybody_tries(target: &Target) -> Verdict {
    for person in PERSONS {
        let child = start(|| match check(person, target) {
            Ok(()) => 0,
            Err(failure) => {
                runtime::eprintln!("test-ptrace: {failure}");
                1
            }
        })?;
        ensure_equal!(next_change(child, WaitOptions::empty())?, WaitStatus::Exited(0));
    }
    Ok(())
}

fn somebody() -> bool {
    become_person(Person { user: SOMEBODY, group: SOMEBODY, also: SOMEBODY }).is_ok()
}

impl Target {
    fn new(name: &'static str, victim: &Victim) -> core::result::Result<Self, Failure> {
        let (users, groups) = ([SOMEBODY; 3], [SOMEBODY; 3]);
        let tid = victim.tid()?.raw();
        Ok(Self { name, pid: victim.pid, tid, users, groups, changed: false, forbidden: false })
    }
}

fn finish(victim: &Victim, status: i32) -> Verdict {
    victim.finish()?;
    ensure_equal!(next_change(victim.pid, WaitOptions::empty())?, WaitStatus::Exited(status));
    Ok(())
}

fn rights_are_as_the_rule_says() -> Verdict {
    let plain = Victim::start_after(Next::Plain, somebody)?;
    everybody_tries(&Target::new("a plain program", &plain)?)?;
    plain.execute()?;
    everybody_tries(&Target::new("a plain program after exec", &plain)?)?;
    finish(&plain, 0)?;
    // It changed who it is and has not been through exec since.
    let gate = Gate::new()?;
    let ready = Gate::new()?;
    let changed = start(|| {
        let done = somebody() && ready.open().is_ok() && gate.pass().is_ok();
        i32::from(!done)
    })?;
    ready.pass()?;
    let tid = Victim::tid_of(changed)?.raw();
    let (users, groups) = ([SOMEBODY; 3], [SOMEBODY; 3]);
    let target = Target { name: "one who changed", pid: changed, tid, users, groups, changed: true, forbidden: false };
    everybody_tries(&target)?;
    gate.open()?;
    ensure_equal!(next_change(changed, WaitOptions::empty())?, WaitStatus::Exited(0));
    Ok(())
}

fn rights_change_with_a_set_id_exec() -> Verdict {
    let victim = Victim::start_after(Next::SetId, somebody)?;
    let mut target = Target::new("a program before its set-id exec", &victim)?;
    everybody_tries(&target)?;
    victim.execute()?;
    let owner = OWNER.unsigned_abs();
    (target.name, target.changed) = ("a set-id program", true);
    (target.users, target.groups) = ([SOMEBODY, owner, owner], [SOMEBODY, owner, owner]);
    everybody_tries(&target)?;
    finish(&victim, OWNER)
}

fn a_traced_process_gains_nothing_by_exec() -> Verdict {
    let victim = Victim::start_after(Next::SetId, somebody)?;
    let tracee = Tracee::attach(victim.pid)?;
    tracee.go()?;
    let opener = start(|| i32::from(victim.finish().is_err()))?;
    tracee.stops(proc_abi::signal::SIGTRAP)?;
    let mut target = Target::new("a traced program after exec", &victim)?;
    tracee.resume(Request::Detach)?;
    target.name = "a program that was traced at its exec";
    everybody_tries(&target)?;
    ensure_equal!(next_change(opener, WaitOptions::empty())?, WaitStatus::Exited(0));
    finish(&victim, i32::try_from(SOMEBODY & 0xff).unwrap_or(0))
}

fn init_is_nobodys_target() -> Verdict {
    for request in [Request::Attach, Request::GetNumLwps, Request::Kill, Request::GetRegs] {
        ensure_equal!(ask(request, 1, 0, 0), Err(Error::EPERM));
    }
    for path in ["proc:1/ctl", "proc:1/mem", "proc:1/event"] {
        ensure_equal!(File::open(path, OpenFlags::READ_WRITE).err(), Some(Error::EPERM));
    }
    ensure_equal!(File::open("proc:1/mem", OpenFlags::READ).err(), Some(Error::EPERM));
    ensure_equal!(process::kill(1, Some(SIGKILL)), Err(Error::EPERM));
    Ok(())
}

fn tracing_can_be_forbidden() -> Verdict {
    let victim = Victim::start_after(Next::Plain, somebody)?;
    ensure_equal!(tracing(victim.pid)?, 0);
    set_tracing(victim.pid, TraceControl::Disable)?;
    ensure_equal!(tracing(victim.pid)?, -1);
    let mut target = Target::new("a program that may not be traced", &victim)?;
    target.forbidden = true;
    everybody_tries(&target)?;
    ensure_equal!(set_tracing(victim.pid, TraceControl::Enable), Err(Error::EPERM));
    victim.execute()?;
    ensure_equal!(tracing(victim.pid)?, 0);
    (target.name, target.forbidden) = ("the same after exec", false);
    everybody_tries(&target)?;
    finish(&victim, 0)?;
    let victim = Victim::start_after(Next::Plain, somebody)?;
    set_tracing(victim.pid, TraceControl::DisableExec)?;
    victim.execute()?;
    ensure_equal!(tracing(victim.pid)?, -1);
    let tracee = Tracee::attach(victim.pid)?;
    ensure_equal!(set_tracing(victim.pid, TraceControl::Disable), Err(Error::EBUSY));
    tracee.resume(Request::Detach)?;
    finish(&victim, 0)
}
