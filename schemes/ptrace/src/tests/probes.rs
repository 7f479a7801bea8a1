//! What must be true of a state, found out by asking: copies of a world at rest are driven on and compared with the rules.
//!
//! Decides the four questions. Is each stop told once, and then collected? Does every request get the answer that the
//! state calls for, and does looking change nothing? Does everything go on once the debugger lets it? Is the target's
//! death told once to each side? Main method: [`World::probe`]. Neighbours: `explorer` and `random` ask in each state,
//! `invariants` (what can be seen without asking), `ledger` (rules over time).

use proc_abi::id::Pid;
use proc_abi::request::{NAMES, Request, SHARING};
use proc_abi::signal::{SIGCONT, SIGKILL, SIGSTOP, Signal};
use proc_abi::wait::WaitStatus;

use super::explorer::fingerprint;
use super::first_error::good_data;
use super::script::Cast;
use super::world::World;
use crate::{Arguments, Caller, Errno, Flags, Process, Record, RequestArguments, Result, Thread};

const NOHANG: u64 = 1;
/// More stops than any state here can owe.
const PATIENCE: usize = 60;
/// nanosleep: the one call of the alphabet that may go on for ever.
const SLEEP: u32 = 240;

/// Requests that only look.
const LOOKS: [Request; 14] = [
    Request::ReadI,
    Request::LwpInfo,
    Request::GetNumLwps,
    Request::GetLwpList,
    Request::GetEventMask,
    Request::GetRegs,
    Request::GetFpRegs,
    Request::GetDbRegs,
    Request::VmTimestamp,
    Request::VmEntry,
    Request::GetCallSet,
    Request::GetSignalSet,
    Request::GetXstateInfo,
    Request::GetFsBase,
];

impl World {
    /// Asks all four; the world is at rest.
    pub(super) fn probe(&self, cast: Cast) {
        if !self.can_call(cast.debugger) {
            return;
        }
        self.probe_requests(cast);
        self.probe_stop(cast);
        self.probe_causes(cast);
        self.probe_progress(cast);
        self.probe_death(cast);
    }

    fn process(&self, pid: i32) -> Option<&Process> {
        self.table.get(Pid::new(pid)?)
    }

    fn can_call(&self, pid: i32) -> bool {
        self.nth(pid, 0).is_some_and(|thread| self.model.in_user(thread))
    }

    /// What the checks before any work say (specification sections 1.3 to 1.5; all here are of two users).
    fn admission(&self, cast: Cast) -> Result<()> {
        let target = self.process(cast.target).filter(|target| target.is_alive()).ok_or(Errno::ESRCH)?;
        let own = self.process(cast.debugger).map_or(u32::MAX, |own| own.credentials.user.effective);
        let user = target.credentials.user;
        let stranger = [user.real, user.effective, user.saved] != [own; 3] || target.is(Flags::SUGID);
        if own != 0 && stranger {
            return Err(Errno::EPERM);
        }
        if target.is(Flags::INEXEC) {
            return Err(Errno::EBUSY);
        }
        if !target.is(Flags::TRACED) {
            return Err(Errno::EPERM);
        }
        let theirs = target.parent.map(Pid::raw) != Some(cast.debugger);
        let stopped = Flags::STOPPED_TRACE | Flags::STOP_COMPLETE | Flags::WAITED;
        if theirs || !target.flags.contains(stopped) { Err(Errno::EBUSY) } else { Ok(()) }
    }

    fn probe_requests(&self, cast: Cast) {
        let before = fingerprint(self);
        let expected = self.admission(cast);
        let mut world = self.clone();
        let apart = [Request::TraceMe, Request::Attach, Request::GetChildren];
        let others = |request: &Request| !apart.contains(request) && !SHARING.contains(request);
        for request in NAMES.iter().map(|row| row.0).filter(others) {
            if expected.is_ok() && !LOOKS.contains(&request) {
                continue;
            }
            let result = world.look(cast, request);
            assert_eq!(result, expected, "{request:?}");
        }
        world.run();
        assert_eq!(fingerprint(&world), before, "looking has changed something");
    }

    fn look(&mut self, cast: Cast, request: Request) -> Result<()> {
        let asked = RequestArguments { number: request.raw(), id: cast.target, address: 0, data: good_data(request) };
        let mut record = Record::new(&[0; 832], 4096).expect("room");
        let caller = Caller { pid: Pid::new(cast.debugger).expect("a pid"), tid: None };
        self.turn(|turn| turn.request(caller, asked, &mut Arguments::Record(&mut record))).map(drop)
    }

    /// A stop that nobody was told is told to the tracer, once; then its requests are admitted.
    fn probe_stop(&self, cast: Cast) {
        let Some(target) = self.process(cast.target) else { return };
        if target.parent.map(Pid::raw) != Some(cast.debugger) || !target.is_alive() || !target.is(Flags::TRACED) {
            return;
        }
        let complete = target.is(Flags::STOPPED_TRACE);
        let mut world = self.clone();
        let fresh = complete && !target.is(Flags::WAITED);
        let first = world.wait(cast.debugger, cast.target, NOHANG).expect("a child");
        assert_eq!(first.0 == cast.target, fresh, "a stop is lost, or told twice: {first:?}");
        let again = world.wait(cast.debugger, cast.target, NOHANG).expect("a child");
        assert_eq!(again.0, 0, "told twice");
        if complete && world.admission(cast) != Err(Errno::EPERM) {
            assert_eq!(world.look(cast, Request::LwpInfo), Ok(()), "told, but not collected");
        }
    }

    /// The debugger lets everything go on: then the target's threads run, or sleep of their own will.
    fn probe_progress(&self, cast: Cast) {
        let mut world = self.clone();
        let mut left = PATIENCE;
        while world.let_go_on(cast) {
            left -= 1;
            assert!(left > 0, "it stops for ever");
        }
        let Some(target) = world.process(cast.target).filter(|target| target.is_alive()) else { return };
        if world.is_out_of_reach(cast) {
            return;
        }
        for thread in &target.threads {
            let state = &world.model.threads[&thread.kernel.0];
            let sleeps = state.call.is_some_and(|call| call.number == SLEEP) && state.report.is_none();
            let waits = thread.vfork_child.is_some_and(|child| world.table.get(child).is_some_and(Process::is_alive));
            // The debugger holds it, and nobody can take the SIGSTOP that would let it change its mind; nor does anybody if it
            // was chosen for a thread that cannot (docs/ptrace.md).
            let free = target.threads.iter().any(|thread| world.model.in_user(thread.kernel.0));
            let chosen = target.queue.pending().contains(SIGSTOP);
            let held = thread.is_held() && (chosen || !(free && target.stops.signals.contains(SIGSTOP)));
            let runs = world.model.in_user(thread.kernel.0) || sleeps || waits || held;
            assert!(runs, "{:?} is blocked for ever: {state:?}, {:?}", thread.tid, thread.stage);
        }
    }

    /// It was privileged already when it asked to be traced: its tracer can do nothing with it but die (as in FreeBSD).
    fn is_out_of_reach(&self, cast: Cast) -> bool {
        let traced = self.process(cast.target).is_some_and(|target| target.is(Flags::TRACED));
        traced && self.admission(cast) == Err(Errno::EPERM)
    }

    /// One step of a debugger that wants everybody to run; false if there is nothing to do.
    fn let_go_on(&mut self, cast: Cast) -> bool {
        self.finish_helpers();
        assert!(self.can_call(cast.debugger), "the debugger is blocked for ever");
        if let Ok((pid, _)) = self.wait(cast.debugger, -1, NOHANG)
            && pid != 0
        {
            return true;
        }
        let pids = self.table.pids().to_vec();
        if pids.iter().any(|pid| self.pass_cause(cast.debugger, pid.raw())) {
            return true;
        }
        pids.into_iter().any(|pid| self.continue_one(cast.debugger, pid.raw()))
            || self.table.pids().to_vec().into_iter().any(|pid| self.stop_held(cast.debugger, pid.raw()))
    }

    /// A thread that is held while its process runs can be freed in the next stop.
    fn stop_held(&mut self, debugger: i32, pid: i32) -> bool {
        let Some(process) = self.process(pid).filter(|process| process.threads.iter().any(Thread::is_held)) else {
            return false;
        };
        let may_ask = self.admission(Cast { debugger, target: pid }) == Err(Errno::EBUSY);
        let free = process.threads.iter().any(|thread| self.model.in_user(thread.kernel.0));
        let own = process.parent.map(Pid::raw) == Some(debugger) && process.stops.signals.contains(SIGSTOP);
        if own && may_ask && free {
            self.signal(pid, SIGSTOP);
        }
        self.process(pid).is_some_and(|process| process.should_stop() || process.is_stopped_by_cause())
    }

    fn continue_one(&mut self, debugger: i32, pid: i32) -> bool {
        let Some(process) = self.process(pid).filter(|process| process.should_stop()) else { return false };
        if !process.is(Flags::TRACED) {
            self.signal(pid, SIGCONT);
            return true;
        }
        if process.parent.map(Pid::raw) != Some(debugger) {
            return false;
        }
        let tids: Vec<i32> = process.threads.iter().map(|thread| thread.tid.raw()).collect();
        if self.admission(Cast { debugger, target: pid }) == Err(Errno::EPERM) {
            // The debugger may not look at it any more, and so cannot let it go.
            return false;
        }
        for tid in tids {
            assert_eq!(self.ptrace(debugger, Request::Resume, tid, 0, 0), Ok(0));
        }
        self.resume(debugger, Request::Continue, pid, 0);
        true
    }

    fn signal(&mut self, pid: i32, signal: Signal) {
        let queued = crate::queue::Queued::new(signal, proc_abi::siginfo::SI_USER);
        self.turn(|turn| turn.send(Pid::new(pid).expect("a pid"), queued)).expect("sent");
        self.run();
    }

    /// The target is killed: who waits for it, and its real parent after that, are told once each.
    fn probe_death(&self, cast: Cast) {
        let mut world = self.clone();
        world.finish_helpers();
        let Some(target) = world.process(cast.target).filter(|target| target.is_alive()) else { return };
        if world.is_out_of_reach(cast) {
            return;
        }
        if target.threads.iter().any(|thread| thread.vfork_child.is_some() || thread.is_held()) {
            // Its signals may have to wait for the end of the vfork or of the hold, as in FreeBSD (docs/ptrace.md).
            return;
        }
        let (waiter, real) = (target.parent.map(Pid::raw), target.real_parent.map(Pid::raw));
        world.signal(cast.target, SIGKILL);
        let mut told = 0;
        for _ in 0..PATIENCE {
            // It may have been let go into an exec.
            world.finish_helpers();
            match world.wait(cast.debugger, cast.target, NOHANG) {
                Err(errno) => {
                    assert_eq!(errno, Errno::ECHILD);
                    break;
                }
                Ok((0, _)) => {
                    // A stop that was collected before.
                    let killed = world.ptrace(cast.debugger, Request::Kill, cast.target, 1, 0);
                    assert_eq!(killed, Ok(0), "it neither runs nor dies");
                }
                Ok((_, status)) => match WaitStatus::decode(status) {
                    Some(WaitStatus::Stopped(_)) => world.resume(cast.debugger, Request::Kill, cast.target, 0),
                    _ => told += 1,
                },
            }
        }
        let debugger = Some(cast.debugger);
        assert_eq!(told, i32::from(waiter == debugger || real == debugger), "deaths told to the debugger");
        let Some(parent) = real.filter(|real| Some(*real) != debugger) else { return };
        assert_eq!(world.wait(parent, cast.target, NOHANG).map(|told| told.0), Ok(cast.target), "its parent is told");
        assert_eq!(world.wait(parent, cast.target, NOHANG), Err(Errno::ECHILD), "and not again");
    }
}
