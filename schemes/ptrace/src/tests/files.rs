//! What the files under `proc:` ask: control handles, events that are read once, observers, operator stops, records.
//!
//! Decides nothing. Neighbours: `files`, `wait::take_event`, `argument`.

use kernel_abi::stop::{Cause, Reasons};
use proc_abi::event_record::EventKind;
use proc_abi::id::Pid;
use proc_abi::request::Request;
use proc_abi::signal::{SIGKILL, SIGSTOP, SIGTERM, SIGUSR1};
use proc_abi::signal_frame::SIGNAL_TRAMPOLINE;
use proc_abi::status::{ProcessFlags, ProcessState};
use proc_abi::text::{TextVerb, parse};
use proc_abi::wait::WaitStatus;

use super::world::{World, reasons, tid};
use crate::{Errno, RequestArguments, Result};

fn pid(raw: i32) -> Pid {
    Pid::new(raw).expect("a pid")
}

fn text(world: &mut World, opener: i32, target: i32, line: &str) -> Result<()> {
    let verb = parse(line).expect("a verb");
    let result = world.turn(|turn| turn.text(pid(opener), pid(target), verb));
    world.run();
    result
}

fn open(world: &mut World, opener: i32, target: i32) -> Result<crate::SessionId> {
    world.turn(|turn| turn.open_control(pid(opener), pid(target), crate::Sharing::Shared))
}

fn close(world: &mut World, opener: i32, target: i32) {
    world.turn(|turn| turn.close_control(pid(opener), pid(target)));
    world.run();
}

#[test]
fn a_debugger_works_by_files_alone() {
    let (mut world, pids) = World::with_children(2);
    let (debugger, target) = (pids[0], pids[1]);
    open(&mut world, debugger, target).expect("allowed");
    assert_eq!(text(&mut world, debugger, target, "attach"), Ok(()));
    assert_eq!(text(&mut world, debugger, target, "step"), Err(Errno::EBUSY), "the stop was not read");
    let stop = world.event_of(debugger, target).expect("a stop");
    assert_eq!((stop.kind(), stop.signal), (Some(EventKind::TraceStop), SIGSTOP.number()));
    assert_eq!(world.event_of(debugger, target), None, "read once");
    let asked = RequestArguments { number: Request::GetRegs.raw(), id: target, address: 0, data: 0 };
    let (result, bytes) = world.record(debugger, asked, &[]);
    assert_eq!((result, bytes.len()), (Ok(0), 176));
    assert_eq!(text(&mut world, debugger, target, "cont"), Ok(()));
    assert!(world.runs(target));
    world.kill(1, target, SIGTERM);
    assert_eq!(world.event_of(debugger, target).map(|stop| stop.signal), Some(15));
    assert_eq!(text(&mut world, debugger, target, "cont term"), Ok(()));
    let end = world.event_of(debugger, target).expect("its end");
    assert_eq!((end.kind(), end.wait_status), (Some(EventKind::Killed), 15));
    assert_eq!(world.wait_end(1, target), WaitStatus::Killed(SIGTERM), "the real parent's half");
    assert!(world.gone(target));
}

#[test]
fn who_is_parent_and_debugger_reads_the_end_and_still_waits() {
    let (mut world, pids) = World::with_children(1);
    let child = world.fork(pids[0]);
    world.attach(pids[0], child);
    world.resume(pids[0], Request::Kill, child, 0);
    assert_eq!(world.event_of(pids[0], child).map(|end| end.wait_status), Some(9));
    assert_eq!(world.event_of(pids[0], child), None);
    assert_eq!(world.wait_end(pids[0], child), WaitStatus::Killed(SIGKILL));
}

#[test]
fn observers_see_everything_and_collect_nothing() {
    let (mut world, pids) = World::with_children(2);
    world.table.set_watched(Pid::new(pids[1]).expect("a pid"), true);
    world.published.clear();
    world.attach(pids[0], pids[1]);
    world.resume(pids[0], Request::Continue, pids[1], 0);
    let grandchild = world.fork(pids[1]);
    world.call(pids[1], 1, &[3]);
    let of_target: Vec<_> = world.published.iter().filter(|record| record.pid == pids[1]).collect();
    let kinds: Vec<_> = of_target.iter().filter_map(|record| record.kind()).collect();
    assert_eq!(kinds, [EventKind::Attached, EventKind::TraceStop, EventKind::Forked, EventKind::Exited]);
    assert_eq!(of_target[2].child_pid, grandchild);
    assert!(world.published.iter().all(|record| record.pid != pids[0]), "nobody reads what happens to the tracer");
    assert!(of_target.windows(2).all(|pair| pair[0].sequence + 1 == pair[1].sequence));
    assert_eq!(world.event_of(pids[0], pids[1]).map(|end| end.wait_status), Some(3 << 8), "still there");
}

#[test]
fn a_closed_control_file_ends_tracing_as_it_began() {
    for by_text in [false, true] {
        let (mut world, pids) = World::with_children(2);
        let session = open(&mut world, pids[0], pids[1]).expect("allowed");
        assert_eq!(open(&mut world, pids[0], pids[1]), Ok(session), "one session for all files");
        if by_text {
            assert_eq!(text(&mut world, pids[0], pids[1], "attach"), Ok(()));
        } else {
            let asked = RequestArguments { number: Request::Attach.raw(), id: pids[1], address: 0, data: 0 };
            assert_eq!(world.record(pids[0], asked, &[]).0, Ok(0));
        }
        close(&mut world, pids[0], pids[1]);
        assert!(!world.runs(pids[1]) && !world.gone(pids[1]), "one file is left");
        close(&mut world, pids[0], pids[1]);
        if by_text {
            assert!(world.runs(pids[1]));
        } else {
            assert_eq!(world.wait_end(1, pids[1]), WaitStatus::Killed(SIGKILL));
        }
        assert!(world.model.sessions.is_empty(), "no authority is left");
    }
}

#[test]
fn a_tracer_by_call_may_close_its_files() {
    let (mut world, pids) = World::with_children(2);
    open(&mut world, pids[0], pids[1]).expect("allowed");
    world.attach(pids[0], pids[1]);
    close(&mut world, pids[0], pids[1]);
    world.resume(pids[0], Request::Continue, pids[1], 0);
    assert!(world.runs(pids[1]));
}

#[test]
fn a_text_attach_leaves_its_target_alone_when_the_tracer_dies() {
    for by_text in [false, true] {
        let (mut world, pids) = World::with_children(2);
        if by_text {
            open(&mut world, pids[0], pids[1]).expect("allowed");
            assert_eq!(text(&mut world, pids[0], pids[1], "attach"), Ok(()));
        } else {
            world.attach(pids[0], pids[1]);
        }
        world.call(pids[0], 1, &[0]);
        world.run();
        if by_text {
            assert!(world.runs(pids[1]));
        } else {
            assert_eq!(world.wait_end(1, pids[1]), WaitStatus::Killed(SIGKILL));
        }
    }
}

#[test]
fn a_tracer_that_goes_takes_no_signal_with_it() {
    for tracer_dies in [false, true] {
        let (mut world, pids) = World::with_children(2);
        world.dispose(pids[1], SIGUSR1, 0x5000, 0);
        open(&mut world, pids[0], pids[1]).expect("allowed");
        assert_eq!(text(&mut world, pids[0], pids[1], "attach"), Ok(()));
        world.event_of(pids[0], pids[1]).expect("the stop of the attach");
        assert_eq!(text(&mut world, pids[0], pids[1], "cont"), Ok(()));
        world.kill(1, pids[1], SIGUSR1);
        assert!(!world.runs(pids[1]), "stopped for the signal");
        if tracer_dies {
            world.call(pids[0], 1, &[0]);
        } else {
            close(&mut world, pids[0], pids[1]);
        }
        world.run();
        let registers = world.model.threads[&world.main(pids[1])].registers;
        assert_eq!(registers.rip, SIGNAL_TRAMPOLINE, "it is delivered, once");
        assert!(world.runs(pids[1]));
    }
}

#[test]
fn a_tracer_that_goes_leaves_sleeps_alone_and_takes_its_breakpoint_with_it() {
    let (mut world, pids) = World::with_children(2);
    let main = world.main(pids[1]);
    world.call(pids[1], 240, &[0, 0]);
    open(&mut world, pids[0], pids[1]).expect("allowed");
    assert_eq!(text(&mut world, pids[0], pids[1], "attach"), Ok(()));
    close(&mut world, pids[0], pids[1]);
    assert!(world.waits(main), "still asleep");
    world.end_call(main, 0);
    assert_eq!((world.result(main), world.runs(pids[1])), (Ok(0), true));
    open(&mut world, pids[0], pids[1]).expect("allowed");
    assert_eq!(text(&mut world, pids[0], pids[1], "attach"), Ok(()));
    world.event_of(pids[0], pids[1]).expect("the stop of the attach");
    assert_eq!(text(&mut world, pids[0], pids[1], "cont"), Ok(()));
    world.trap(pids[1], Cause::Breakpoint, [0x40_0001, 0, 0, 0, 0, 0, 0, 0]);
    assert!(!world.runs(pids[1]), "stopped by the breakpoint");
    close(&mut world, pids[0], pids[1]);
    assert!(world.runs(pids[1]), "nobody else asked for that SIGTRAP");
}

#[test]
fn detach_ends_the_authority_of_handles_but_not_the_file() {
    let (mut world, pids) = World::with_children(2);
    let before = open(&mut world, pids[0], pids[1]).expect("allowed");
    assert_eq!(text(&mut world, pids[0], pids[1], "attach"), Ok(()));
    world.event_of(pids[0], pids[1]).expect("a stop");
    assert!(world.model.sessions[&before.0].1, "collected in the kernel too");
    assert_eq!(text(&mut world, pids[0], pids[1], "detach"), Ok(()));
    assert!(!world.model.sessions.contains_key(&before.0));
    assert!(world.runs(pids[1]));
    assert_eq!(text(&mut world, pids[0], pids[1], "attach"), Ok(()), "again by the same file");
}

#[test]
fn an_operators_stop_outlives_a_debuggers_continue() {
    let (mut world, pids) = World::with_children(2);
    world.attach(pids[0], pids[1]);
    assert_eq!(text(&mut world, 1, pids[1], "stop"), Ok(()));
    world.resume(pids[0], Request::Continue, pids[1], 0);
    assert!(!world.runs(pids[1]));
    assert_eq!(reasons(&world, world.main(pids[1])), Reasons::OPERATOR);
    let status = world.turn(|turn| turn.process_status(pid(pids[1]))).expect("there");
    assert_eq!(status.state, ProcessState::Running as u32);
    assert!(ProcessFlags::from_bits_retain(status.flags).contains(ProcessFlags::OPERATOR_STOP));
    assert_eq!(text(&mut world, 1, pids[1], "cont"), Ok(()));
    assert!(world.runs(pids[1]));
}

#[test]
fn text_kill_works_on_running_targets_and_is_refused_to_strangers() {
    let (mut world, pids) = World::with_children(2);
    assert_eq!(world.value(pids[0], 23, &[5]), Ok(0));
    assert_eq!(text(&mut world, pids[0], pids[1], "kill"), Err(Errno::EPERM));
    assert_eq!(text(&mut world, pids[0], pids[1], "stop"), Err(Errno::EPERM));
    assert_eq!(open(&mut world, pids[0], pids[1]), Err(Errno::EPERM));
    assert_eq!(text(&mut world, 1, pids[1], "kill"), Ok(()));
    assert_eq!(world.wait_end(1, pids[1]), WaitStatus::Killed(SIGKILL));
}

#[test]
fn records_name_the_files_process_or_one_of_its_threads() {
    let (mut world, pids) = World::with_children(2);
    let other = world.tid(world.main(pids[0]));
    let own = world.tid(world.main(pids[1]));
    world.turn(|turn| {
        assert_eq!(turn.check_member(pid(pids[1]), 0), Ok(pids[1]));
        assert_eq!(turn.check_member(pid(pids[1]), pids[1]), Ok(pids[1]));
        assert_eq!(turn.check_member(pid(pids[1]), own), Ok(own));
        assert_eq!(turn.check_member(pid(pids[1]), other), Err(Errno::ESRCH));
        assert_eq!(turn.text(pid(1), pid(pids[1]), TextVerb::Suspend(tid(other))), Err(Errno::ESRCH));
    });
}

#[test]
fn a_change_of_credentials_ends_sessions_that_would_not_be_granted() {
    let (mut world, pids) = World::with_children(2);
    let session = open(&mut world, pids[0], pids[1]).expect("both are root");
    assert_eq!(world.value(pids[0], 23, &[5]), Ok(0));
    assert!(!world.model.sessions.contains_key(&session.0));
}

#[test]
fn status_and_threads_say_what_is_known() {
    let (mut world, pids) = World::with_children(2);
    world.attach(pids[0], pids[1]);
    let status = world.turn(|turn| turn.process_status(pid(pids[1]))).expect("there");
    assert_eq!((status.state, status.tracer, status.parent), (ProcessState::TraceStopped as u32, pids[0], 1));
    assert_eq!(status.stop, SIGSTOP.number());
    let thread = world.turn(|turn| turn.thread_status(pid(pids[1]), 0)).expect("there");
    assert_eq!(thread.tid, world.tid(world.main(pids[1])));
    assert_eq!(world.turn(|turn| turn.thread_status(pid(pids[1]), 1)), Err(Errno::ENOENT));
    let info = world.turn(|turn| turn.thread_info(pid(pids[1]), tid(thread.tid))).expect("stopped");
    assert_eq!(info.siginfo.signo, SIGSTOP.number());
    assert_eq!(world.turn(|turn| turn.thread_info(pid(pids[0]), tid(thread.tid))), Err(Errno::ESRCH));
}
