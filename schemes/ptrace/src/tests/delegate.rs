//! Delegated runs: the state they leave is the one that turns would have left, and what ends the leave to do them.
//!
//! Decides how the model runs a target without the server ([`World::run_delegated`]). Neighbours: `explorer` and `random` mix
//! such runs with everything else, `kernel-core::run` (what the kernel does).

use kernel_abi::stop::{Cause, Causes, Reasons};
use proc_abi::event::{EventFlags, EventMask};
use proc_abi::id::Pid;
use proc_abi::request::Request;
use proc_abi::signal::{SIG_IGN, SIGCHLD, SIGSTOP, SIGTRAP, SIGUSR1};
use proc_abi::text::TextVerb;
use proc_abi::wait::WaitStatus;
use zerocopy::IntoBytes;

use super::model::Message;
use super::world::{BUFFER, World};
use crate::delegate::Leave;
use crate::thread::Stage;
use crate::{Delegated, Effect, KernelGroup, KernelThread, Motion, Process, SessionId, Sharing};

/// What user code does in a delegated run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It was armed to run one instruction.
    Step,
    /// It meets a breakpoint.
    Break,
    /// It makes this call, or goes on with the one it is in.
    Call(u32),
    /// Nothing yet.
    Nothing,
}

mod threads;

const CALLS: u64 = Causes::CALL_ENTRY.union(Causes::CALL_EXIT).bits();

impl World {
    /// The tracer runs its target without the server; false if the kernel refuses.
    pub(super) fn run_delegated(&mut self, target: i32, end: End) -> bool {
        let Some(process) = self.table.get(Pid::new(target).expect("a pid")) else { return false };
        let leave = |session: SessionId| Some((session, self.model.leaves.get(&session.0)?.1));
        let Some((session, KernelThread(thread))) = process.tracing.and_then(leave) else { return false };
        assert!(self.model.sessions.contains_key(&session.0), "leave without a session");
        let group = process.group.0;
        let state = &self.model.groups[&group];
        let runs = self.model.news.is_some_and(|news| news.motion == Motion::Running);
        if !self.model.inbox.is_empty() || runs {
            return false;
        }
        assert_eq!(state.reasons, Reasons::TRACE.bits(), "leave for a group that is not just stopped");
        let stop = self.model.news.take().and_then(|news| news.stop);
        let epoch = state.epoch;
        self.model.news = Some(Delegated { thread: KernelThread(thread), stop, motion: Motion::Running, epoch });
        if end == End::Step {
            self.model.perform(&Effect::Step { thread: KernelThread(thread), stepping: crate::Stepping::Armed });
        }
        self.model.perform(&Effect::Continue { group: KernelGroup(group), reasons: Reasons::TRACE });
        if self.model.threads[&thread].report.is_some() {
            let outcome = kernel_abi::effect::EntryOutcome::Run;
            self.model.perform(&Effect::Resume { thread: KernelThread(thread), outcome, result: 0 });
        }
        if end != End::Nothing {
            self.play(thread, end);
            self.stop_for_tracer(group, thread);
        }
        true
    }

    fn play(&mut self, thread: u64, end: End) {
        if self.model.in_user(thread) {
            match end {
                End::Step => self.model.run_step(thread),
                End::Break => self.model.trap(thread, Cause::Breakpoint, [0x4000, 0, 0, 0, 0, 0, 0, 0]),
                End::Call(number) => self.model.enter(thread, number, [0; 6]),
                End::Nothing => {}
            }
        }
        while self.model.inbox.is_empty() && self.model.prepare(thread) {}
    }

    /// A plain stop is the tracer's; anything else is in the inbox for the server.
    fn stop_for_tracer(&mut self, group: u64, thread: u64) {
        let Some(Message::Report(_, cause, words)) = self.model.inbox.front().copied() else { return };
        let traced_calls = self.model.groups[&group].armed & CALLS != 0;
        let plain = match cause {
            Cause::Step | Cause::Breakpoint => !traced_calls || !self.model.threads[&thread].in_exit,
            Cause::CallEntry => true,
            Cause::CallExit => words[1] == 0,
            _ => false,
        };
        if self.model.inbox.len() > 1 || !plain {
            return;
        }
        self.model.inbox.clear();
        let state = self.model.groups.get_mut(&group).expect("a group");
        state.reasons = Reasons::TRACE.bits();
        state.epoch += 1;
        let (thread, epoch) = (KernelThread(thread), state.epoch);
        let stop = Some((cause, words));
        self.model.news = Some(Delegated { thread, stop, motion: Motion::Stopped, epoch });
    }

    /// `run` of the target is opened; false if there is no session yet, or it was before.
    pub(super) fn open_run(&mut self, debugger: i32, target: i32) -> bool {
        let (opener, target) = (Pid::new(debugger).expect("a pid"), Pid::new(target).expect("a pid"));
        let asked = |world: &Self| {
            world.table.sessions.find(opener, target).is_some_and(|session| session.leave != Leave::Unasked)
        };
        !asked(self) && self.turn(|turn| turn.open_run(opener, target)).is_ok()
    }

    fn thread_called(&self, pid: i32, tid: i32) -> u64 {
        let process = self.table.get(Pid::new(pid).expect("a pid")).expect("a process");
        process.threads.iter().find(|thread| thread.tid.raw() == tid).expect("a thread").kernel.0
    }

    fn has_leave(&mut self) -> bool {
        self.turn(|_| ());
        !self.model.leaves.is_empty()
    }
}

/// A debugger with its tracee, stopped, collected, and `run` open.
fn traced() -> (World, i32, i32) {
    let (mut world, pids) = World::with_children(1);
    let child = world.fork(pids[0]);
    world.dispose(pids[0], SIGCHLD, 0, 0);
    assert_eq!(world.ptrace(child, Request::TraceMe, 0, 0, 0), Ok(0));
    world.raise(child, SIGSTOP);
    assert_eq!(world.wait_stop(pids[0], child), SIGSTOP);
    assert!(world.open_run(pids[0], child));
    assert!(world.has_leave());
    (world, pids[0], child)
}

/// What must be equal after runs by turns and after delegated ones: all but numbers that only count.
fn left(world: &World, pid: i32) -> (Process, String) {
    let mut process = world.table.get(Pid::new(pid).expect("a pid")).expect("a process").clone();
    process.sequence = 0;
    for thread in &mut process.threads {
        thread.stage = match thread.stage {
            Stage::Pending(point, _) => Stage::Pending(point, 0),
            Stage::Stopped(stop, _) => Stage::Stopped(stop, 0),
            other => other,
        };
    }
    let group = &world.model.groups[&process.group.0];
    let threads: Vec<_> = process.threads.iter().map(|thread| &world.model.threads[&thread.kernel.0]).collect();
    let kernel = format!("{group:?} {threads:?}");
    (process, kernel)
}

/// One run of the reporting thread by the debugger's requests.
fn run_by_turns(world: &mut World, (debugger, target): (i32, i32), end: End) {
    let thread = world.lwpinfo(debugger, target).lwpid;
    let thread = world.thread_called(target, thread);
    let request = if end == End::Step { Request::Step } else { Request::Continue };
    world.resume(debugger, request, target, 0);
    match end {
        End::Step => world.model.run_step(thread),
        End::Break => world.model.trap(thread, Cause::Breakpoint, [0x4000, 0, 0, 0, 0, 0, 0, 0]),
        End::Call(number) if world.model.in_user(thread) => world.call_thread(thread, number, &[]),
        End::Call(_) | End::Nothing => {}
    }
    world.run();
    assert_eq!(world.wait_stop(debugger, target), SIGTRAP);
}

fn compare(world: &World, pair: (i32, i32), ends: &[End]) {
    let (mut turns, mut runs) = (world.clone(), world.clone());
    for (index, end) in ends.iter().enumerate() {
        run_by_turns(&mut turns, pair, *end);
        assert!(runs.run_delegated(pair.1, *end), "{end:?} is refused");
        assert!(runs.model.inbox.is_empty(), "{end:?} is for the server");
        let mut told = runs.clone();
        told.turn(|_| ());
        assert_eq!(left(&turns, pair.1).0, left(&told, pair.1).0, "after {:?}", &ends[..=index]);
        assert_eq!(left(&turns, pair.0).0, left(&told, pair.0).0);
        if index % 3 == 2 {
            // The server looks now and then, or not at all.
            runs = told;
        }
    }
    runs.turn(|_| ());
    let untagged = |kernel: String| kernel.split("tag").next().map(str::to_owned);
    assert_eq!(untagged(left(&turns, pair.1).1), untagged(left(&runs, pair.1).1));
    assert_eq!(turns.lwpinfo(pair.0, pair.1), runs.lwpinfo(pair.0, pair.1));
}

#[test]
fn steps_and_breakpoints_leave_what_turns_leave() {
    let (world, debugger, target) = traced();
    let ends = [End::Step, End::Break, End::Step, End::Step, End::Break, End::Break, End::Step];
    compare(&world, (debugger, target), &ends);
    for end in ends {
        compare(&world, (debugger, target), &[end]);
    }
}

#[test]
fn traced_calls_leave_what_turns_leave() {
    let (mut world, debugger, target) = traced();
    let mask = EventMask::SCE | EventMask::SCX;
    world.poke(debugger, BUFFER, mask.bits().as_bytes());
    assert_eq!(world.ptrace(debugger, Request::SetEventMask, target, BUFFER, 4), Ok(0));
    assert!(world.has_leave());
    // A number that no call has is answered by the kernel, so no message hands the run back.
    let call = End::Call(9_999);
    compare(&world, (debugger, target), &[call, call, call, call, call]);
    let mixed = [End::Step, call, call, End::Break, End::Step, End::Step, call, call, call];
    compare(&world, (debugger, target), &mixed);
}

/// The exit stop comes before the trap that is owed since the entry, so the trap is the server's.
#[test]
fn a_step_over_a_traced_call_is_the_servers() {
    let (mut world, debugger, target) = traced();
    let mask = EventMask::SCE | EventMask::SCX;
    world.poke(debugger, BUFFER, mask.bits().as_bytes());
    assert_eq!(world.ptrace(debugger, Request::SetEventMask, target, BUFFER, 4), Ok(0));
    assert!(world.has_leave());
    world.model.perform(&Effect::Step { thread: KernelThread(world.main(target)), stepping: crate::Stepping::Armed });
    assert!(world.run_delegated(target, End::Call(9_999)));
    assert_eq!(world.lwpinfo(debugger, target).flags, EventFlags::SCE.bits(), "the entry is the tracer's");
    assert!(world.run_delegated(target, End::Call(9_999)));
    assert!(!world.model.inbox.is_empty());
    assert_eq!(world.wait_stop(debugger, target), SIGTRAP);
    assert_eq!(world.lwpinfo(debugger, target).flags, EventFlags::SCX.bits());
    world.resume(debugger, Request::Continue, target, 0);
    assert_eq!(world.wait_stop(debugger, target), SIGTRAP);
    assert_eq!(world.lwpinfo(debugger, target).siginfo.code, proc_abi::siginfo::TRAP_TRACE);
}

#[test]
fn the_stop_of_an_attach_is_left_like_any_other() {
    let (mut world, pids) = World::with_children(2);
    world.dispose(pids[0], SIGCHLD, 0, 0);
    world.attach(pids[0], pids[1]);
    assert!(world.open_run(pids[0], pids[1]));
    assert!(world.has_leave());
    for ends in [[End::Step, End::Break, End::Step], [End::Break, End::Break, End::Step]] {
        compare(&world, (pids[0], pids[1]), &ends);
    }
    let mut sleeping = world.clone();
    assert!(sleeping.run_delegated(pids[1], End::Nothing));
    sleeping.kill(pids[0], pids[1], SIGUSR1);
    assert_eq!(sleeping.wait_stop(pids[0], pids[1]), SIGUSR1);
}

#[test]
fn a_stop_is_known_to_every_request_that_follows() {
    let (mut world, debugger, target) = traced();
    assert!(world.run_delegated(target, End::Step));
    let info = world.lwpinfo(debugger, target);
    assert_eq!((info.flags, info.siginfo.code), (EventFlags::SI.bits(), proc_abi::siginfo::TRAP_TRACE));
    assert_eq!(world.wait(debugger, target, 1).map(|told| told.0), Ok(0), "it was collected");
    assert!(world.run_delegated(target, End::Break));
    world.resume(debugger, Request::Detach, target, 0);
    assert!(world.runs(target));
}

#[test]
fn what_runs_without_the_server_is_stopped_by_it() {
    let (mut world, debugger, target) = traced();
    assert!(world.run_delegated(target, End::Nothing));
    assert_eq!(world.ptrace(debugger, Request::Step, target, 1, 0), Err(crate::Errno::EBUSY), "it runs");
    assert!(!world.has_leave());
    world.kill(debugger, target, SIGUSR1);
    assert_eq!(world.wait_stop(debugger, target), SIGUSR1);
    assert!(!world.run_delegated(target, End::Step) || world.has_leave());
    world.resume(debugger, Request::Continue, target, 0);
    world.trap(target, Cause::Breakpoint, [0x4000, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(world.wait_stop(debugger, target), SIGTRAP);
    assert!(world.has_leave(), "stopped and collected: leave again");
}

#[test]
fn the_death_of_either_ends_everything() {
    let (mut world, debugger, target) = traced();
    assert!(world.run_delegated(target, End::Nothing));
    world.call(debugger, 1, &[0]);
    assert!(world.model.leaves.is_empty());
    world.end_of_the_world();
    let (mut world, debugger, target) = traced();
    assert!(world.run_delegated(target, End::Step));
    world.resume(debugger, Request::Kill, target, 0);
    assert_eq!(world.wait_end(debugger, target), WaitStatus::Killed(proc_abi::signal::SIGKILL));
}

fn order(world: &mut World, (debugger, target): (i32, i32), verb: TextVerb) {
    let (debugger, target) = (Pid::new(debugger).expect("a pid"), Pid::new(target).expect("a pid"));
    world.turn(|turn| turn.text(debugger, target, verb)).expect("the tracer");
    world.run();
}

#[test]
fn leave_comes_back_with_the_last_token() {
    let (mut world, debugger, target) = traced();
    let (opener, held) = (Pid::new(debugger).expect("a pid"), Pid::new(target).expect("a pid"));
    world.turn(|turn| turn.open_control(opener, held, Sharing::Exclusive)).expect("it is alone");
    assert!(world.has_leave(), "control of one's own is no reason");
    order(&mut world, (debugger, target), TextVerb::Hold);
    assert!(!world.has_leave());
    order(&mut world, (debugger, target), TextVerb::Release);
    assert!(world.has_leave());
    assert!(world.run_delegated(target, End::Step));
}

/// Each of these ends the leave, and nothing else is needed for that.
#[test]
fn policy_ends_the_leave() {
    type Change = fn(&mut World, i32, i32);
    let changes: [(&str, Change); 8] = [
        ("a pending signal", |world, debugger, target| world.kill(debugger, target, SIGUSR1)),
        ("another session", |world, _, target| {
            let target = Pid::new(target).expect("a pid");
            world.turn(|turn| turn.open_control(Pid::INIT, target, Sharing::Shared)).expect("the superuser");
        }),
        ("an operator's stop", |world, debugger, target| order(world, (debugger, target), TextVerb::Stop)),
        ("a stop token of the tracer's own", |world, debugger, target| {
            let (opener, held) = (Pid::new(debugger).expect("a pid"), Pid::new(target).expect("a pid"));
            world.turn(|turn| turn.open_control(opener, held, Sharing::Shared)).expect("its own");
            order(world, (debugger, target), TextVerb::Hold);
        }),
        ("a handler of the tracer's for SIGCHLD", |world, debugger, _| world.dispose(debugger, SIGCHLD, 0x9000, 0)),
        ("a thread of the tracer's in wait", |world, debugger, _| world.call(debugger, 7, &[u64::MAX, 0, 0, 0])),
        ("a resume", |world, debugger, target| world.resume(debugger, Request::Continue, target, 0)),
        ("a detach", |world, debugger, target| world.resume(debugger, Request::Detach, target, 0)),
    ];
    for (what, change) in changes {
        let (mut world, debugger, target) = traced();
        change(&mut world, debugger, target);
        assert!(!world.has_leave(), "{what}");
        assert!(!world.run_delegated(target, End::Step), "{what}");
    }
}

#[test]
fn traps_that_are_blocked_ignored_or_unwanted_are_the_servers_business() {
    let (mut world, debugger, target) = traced();
    world.dispose_traced(debugger, target, SIGTRAP, SIG_IGN);
    world.raise(target, SIGSTOP);
    assert_eq!(world.wait_stop(debugger, target), SIGSTOP);
    assert!(!world.has_leave(), "ignored");
    let (mut world, debugger, target) = traced();
    let mut wanted = proc_abi::signal::SigSet::ALL;
    wanted.remove(SIGTRAP);
    world.poke(debugger, BUFFER, wanted.as_bytes());
    assert_eq!(world.ptrace(debugger, Request::SetSignalSet, target, BUFFER, 16), Ok(0));
    assert!(!world.has_leave(), "not in the signal set");
    let (mut world, debugger, target) = traced();
    world.resume(debugger, Request::Continue, target, 0);
    let set = proc_abi::signal::SigSet::of(SIGTRAP);
    world.poke(target, BUFFER, set.as_bytes());
    assert_eq!(world.value(target, 340, &[1, BUFFER, 0]), Ok(0));
    world.raise(target, SIGSTOP);
    assert_eq!(world.wait_stop(debugger, target), SIGSTOP);
    assert!(!world.has_leave(), "blocked");
}

#[test]
fn an_observer_ends_the_leave() {
    let (mut world, _, _) = traced();
    world.plain_turn(|turn| turn.judge_runs(|_| true));
    assert!(world.model.leaves.is_empty());
}
