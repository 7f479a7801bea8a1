//! How long an open file under `proc:` is good for: exec of a set-id image, an ordinary exec, detach, exit; tried by its
//! opener, by a child that inherited it, and by the superuser to whom it was passed.
//!
//! Decides what is done to the target. Neighbours: `opened` has the files, `victim` is the target, `rights` tells who may
//! open; pids that are used again are tested in schemes/proc, where making a hundred thousand processes costs little.

use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;
use kernel_abi::registers::Registers;
use proc_abi::path::{ProcessFile, ThreadFile};
use proc_abi::request::Request;
use proc_abi::wait::{WaitOptions, WaitStatus};
use runtime::Error;
use runtime::file::{File, OpenFlags, pipe};
use runtime::proc::{Control, Events, open_thread};
use runtime::process::identity;
use test_programs::children::{next_change, start};
use test_programs::failure::{Failure, Verdict};
use test_programs::suite::Case;
use test_programs::tracee::{Gate, Tracee};
use test_programs::{ensure, ensure_equal};
use zerocopy::{FromZeros, IntoBytes};

use crate::opened::{Attempt, Handle, all_give, all_read, open_all, text};
use crate::victim::{Next, OWNER, Victim};

pub(crate) const CASES: &[Case] = &[
    Case { name: "a set-id exec ends every handle", run: a_set_id_exec_ends_every_handle },
    Case { name: "an ordinary exec ends handles on memory", run: an_ordinary_exec_ends_handles_on_memory },
    Case { name: "a set-id exec of the debugger ends its orders", run: a_set_id_exec_of_the_debugger_ends_its_orders },
    Case { name: "the exit ends every handle", run: the_exit_ends_every_handle },
    Case { name: "detach ends the handles that write", run: detach_ends_the_handles_that_write },
];

/// A plain user.
const SOMEBODY: u32 = 1000;

fn verdict(verdict: Verdict) -> i32 {
    match verdict {
        Ok(()) => 0,
        Err(failure) => {
            runtime::eprintln!("test-ptrace: {failure}");
            1
        }
    }
}

fn succeeds(body: impl FnOnce() -> Verdict) -> Verdict {
    let child = start(|| verdict(body()))?;
    ensure_equal!(next_change(child, WaitOptions::empty())?, WaitStatus::Exited(0));
    Ok(())
}

/// Receives this many handles and tries them when the gate opens.
fn receive(end: &File, how: &[Attempt], gate: &Gate, done: &Gate) -> Verdict {
    let mut handles = Vec::new();
    for attempt in how {
        handles.push(Handle { name: "passed".to_string(), file: pipe::receive(end)?, attempt: *attempt });
    }
    gate.pass()?;
    let verdict = all_give(&handles, "the superuser", Error::ESTALE);
    done.open()?;
    verdict
}

/// The superuser's process that handles are passed to; it tells nothing of itself but its exit status.
struct Receiver {
    end: File,
    gate: Gate,
    done: Gate,
    pid: runtime::process::Pid,
}

impl Receiver {
    /// One that expects handles for these attempts.
    fn start(how: &'static [Attempt]) -> Result<Self, Failure> {
        let (end, far) = pipe::pair()?;
        let (gate, done) = (Gate::new()?, Gate::new()?);
        let pid = start(|| verdict(receive(&far, how, &gate, &done)))?;
        Ok(Self { end, gate, done, pid })
    }
}

/// What is passed: one handle of each sort.
static PASSED: [Attempt; 4] = [Attempt::Order, Attempt::Stream, Attempt::Read(0), Attempt::Read(0)];

fn pass(handles: &[Handle], receiver: &Receiver) -> Verdict {
    let sorts = ["ctl", "event", "map", "regs"];
    for sort in sorts {
        let found = handles.iter().find(|handle| handle.name.contains(sort));
        let handle = found.ok_or_else(|| Failure::new(format_args!("there is no {sort}")))?;
        pipe::send_copy(&receiver.end, &handle.file)?;
    }
    Ok(())
}

fn a_set_id_exec_ends_every_handle() -> Verdict {
    let receiver = Receiver::start(&PASSED)?;
    succeeds(|| {
        identity::set_group(SOMEBODY)?;
        identity::set_user(SOMEBODY)?;
        let victim = Victim::start(Next::SetId)?;
        let handles = open_all(&victim)?;
        victim.pause()?;
        all_read(&handles)?;
        victim.resume()?;
        let gate = Gate::new()?;
        let heir = start(|| {
            verdict(gate.pass().map_err(Failure::from).and_then(|()| all_give(&handles, "the heir", Error::ESTALE)))
        })?;
        victim.execute()?;
        victim.pause()?;
        all_give(&handles, "the opener", Error::ESTALE)?;
        gate.open()?;
        ensure_equal!(next_change(heir, WaitOptions::empty())?, WaitStatus::Exited(0));
        pass(&handles, &receiver)?;
        ensure_equal!(Control::open(victim.pid).err(), Some(Error::EPERM));
        victim.resume()?;
        receiver.gate.open()?;
        receiver.done.pass()?;
        victim.finish()?;
        ensure_equal!(next_change(victim.pid, WaitOptions::empty())?, WaitStatus::Exited(OWNER));
        let events = handles.iter().filter(|handle| handle.name.starts_with("event"));
        for event in events {
            ensure_equal!(event.try_it(), Err(Error::ESTALE));
        }
        Ok(())
    })?;
    ensure_equal!(next_change(receiver.pid, WaitOptions::empty())?, WaitStatus::Exited(0));
    Ok(())
}

fn an_ordinary_exec_ends_handles_on_memory() -> Verdict {
    let victim = Victim::start(Next::Plain)?;
    let handles = open_all(&victim)?;
    victim.execute()?;
    victim.pause()?;
    for handle in &handles {
        let expected = if handle.name.starts_with("mem") { Some(Error::ESTALE) } else { None };
        let found = handle.try_it().err().filter(|error| !matches!(*error, Error::EBUSY | Error::EOPNOTSUPP));
        ensure!(found == expected, "{} gave {found:?}", handle.name);
    }
    victim.resume()?;
    victim.finish()?;
    ensure_equal!(next_change(victim.pid, WaitOptions::empty())?, WaitStatus::Exited(0));
    Ok(())
}

/// Gives an order by an inherited handle once the opener is the set-id program, and tells what came of it.
fn try_order(control: &Control, inside: &Gate, leave: &Gate, told: &File) -> Verdict {
    inside.pass()?;
    let found = control.file().write(b"stop").err().map_or(0, Error::number);
    leave.open()?;
    Ok(told.write_all(&found.to_ne_bytes())?)
}

/// A debugger opens, leaves copies of its handles with its child, and becomes the set-id image: the copies have no rights.
fn a_set_id_exec_of_the_debugger_ends_its_orders() -> Verdict {
    succeeds(|| {
        identity::set_group(SOMEBODY)?;
        identity::set_user(SOMEBODY)?;
        let target = Victim::start(Next::Plain)?;
        let (inside, leave) = (Gate::new()?, Gate::new()?);
        let (answer, told) = pipe::pair()?;
        let debugger = start(|| {
            let Ok(control) = Control::open(target.pid) else { return 90 };
            let heir = start(|| verdict(try_order(&control, &inside, &leave, &told)));
            let words = [inside.writer(), leave.reader()].map(|end| format!("{}", end.descriptor()));
            if heir.is_ok() { crate::victim::become_set_id(&words) } else { 91 }
        })?;
        let mut found = [0; 4];
        ensure_equal!(answer.read(&mut found)?, 4);
        ensure_equal!(u32::from_ne_bytes(found), Error::ESTALE.number());
        ensure_equal!(next_change(debugger, WaitOptions::empty())?, WaitStatus::Exited(OWNER));
        target.execute()?;
        target.finish()?;
        ensure_equal!(next_change(target.pid, WaitOptions::empty())?, WaitStatus::Exited(0));
        Ok(())
    })
}

fn the_exit_ends_every_handle() -> Verdict {
    let victim = Victim::start(Next::Plain)?;
    let handles = open_all(&victim)?;
    victim.execute()?;
    victim.finish()?;
    let options = WaitOptions::EXITED | WaitOptions::NOWAIT;
    runtime::process::wait::wait6(proc_abi::wait::IdType::Pid, victim.pid.raw(), options)?;
    for state in ["dead", "forgotten"] {
        for handle in handles.iter().filter(|handle| !handle.name.starts_with("event")) {
            let found = handle.try_it();
            // Of the dead there is nothing left but a map without entries.
            let fine = matches!(found, Err(Error::ESRCH | Error::ESTALE)) || (state == "dead" && found == Ok(0));
            ensure!(fine, "{state}: {} gave {found:?}", handle.name);
        }
        if state == "dead" {
            ensure_equal!(next_change(victim.pid, WaitOptions::empty())?, WaitStatus::Exited(0));
        }
    }
    for events in handles.iter().filter(|handle| handle.name.starts_with("event")) {
        let mut buffer = [0; 4096];
        while events.file.read(&mut buffer)? > 0 {}
    }
    Ok(())
}

fn detach_ends_the_handles_that_write() -> Verdict {
    let gate = Gate::new()?;
    let child = start(|| gate.pass().map_or(9, |()| 3))?;
    let control = Control::open(child)?;
    let events = Events::open(child, OpenFlags::READ_WRITE)?;
    let tid = {
        control.request(Request::Attach, 0, 0, 0)?;
        collect(&events)?;
        proc_abi::id::Tid::new(Tracee(child).information()?.lwpid).ok_or_else(|| Failure::new("no thread"))?
    };
    let registers = open_thread(child, tid, ThreadFile::Registers, OpenFlags::READ_WRITE)?;
    let memory = runtime::proc::open(child, ProcessFile::Memory, OpenFlags::READ_WRITE)?;
    let mut frame = Registers::new_zeroed();
    ensure_equal!(registers.read_at(frame.as_mut_bytes(), 0)?, 176);
    ensure_equal!(registers.write_at(frame.as_bytes(), 0)?, 176);
    let mut byte = [0];
    ensure_equal!(memory.read_at(&mut byte, text())?, 1);
    ensure_equal!(memory.write_at(&byte, text())?, 1);
    control.request(Request::Detach, 0, 1, 0)?;
    control.request(Request::Attach, 0, 0, 0)?;
    collect(&events)?;
    for found in
        [registers.write_at(frame.as_bytes(), 0), memory.write_at(&byte, text()), memory.read_at(&mut byte, text())]
    {
        ensure_equal!(found, Err(Error::ESTALE));
    }
    let fresh = runtime::proc::open(child, ProcessFile::Memory, OpenFlags::READ_WRITE)?;
    ensure_equal!(fresh.write_at(&byte, text())?, 1);
    control.request(Request::Detach, 0, 1, 0)?;
    gate.open()?;
    ensure_equal!(next_change(child, WaitOptions::empty())?, WaitStatus::Exited(3));
    Ok(())
}

/// Reads events up to a stop, which collects it.
fn collect(events: &Events) -> Verdict {
    loop {
        match events.next()? {
            Some(record) if record.kind() == Some(proc_abi::event_record::EventKind::TraceStop) => return Ok(()),
            Some(_) => {}
            None => return Err(Failure::new("the events ended")),
        }
    }
}
