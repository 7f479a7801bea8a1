//! Stop tokens of several debuggers, control that is not shared, and what a tracer chooses for its target's sake.
//!
//! Decides nothing. Neighbours: `token`, `session`, `files` (one debugger at a time).

use kernel_abi::stop::{Cause, LastClose, Reasons};
use proc_abi::id::Pid;
use proc_abi::request::{Request, SHARING};
use proc_abi::signal::{SIGKILL, SIGTRAP};
use proc_abi::signal_frame::SIGNAL_TRAMPOLINE;
use proc_abi::text::parse;
use proc_abi::wait::WaitStatus;

use super::world::{World, reasons};
use crate::{Errno, RequestArguments, Result, Sharing};

fn pid(raw: i32) -> Pid {
    Pid::new(raw).expect("a pid")
}

fn text(world: &mut World, opener: i32, target: i32, line: &str) -> Result<()> {
    let verb = parse(line).expect("a verb");
    let result = world.turn(|turn| turn.text(pid(opener), pid(target), verb));
    world.run();
    result
}

fn open(world: &mut World, opener: i32, target: i32, sharing: Sharing) -> Result<()> {
    world.turn(|turn| turn.open_control(pid(opener), pid(target), sharing)).map(drop)
}

fn close(world: &mut World, opener: i32, target: i32) {
    world.turn(|turn| turn.close_control(pid(opener), pid(target)));
    world.run();
}

fn stands(world: &World, target: i32) -> bool {
    reasons(world, world.main(target)).contains(Reasons::OPERATOR)
}

fn holders(world: &World, target: i32) -> Vec<i32> {
    world.table.holders(pid(target)).map(Pid::raw).collect()
}

/// Two debuggers with control files, and their target.
fn two() -> (World, [i32; 2], i32) {
    let (mut world, pids) = World::with_children(3);
    for debugger in &pids[..2] {
        open(&mut world, *debugger, pids[2], Sharing::Shared).expect("allowed");
    }
    (world, [pids[0], pids[1]], pids[2])
}

#[test]
fn each_debuggers_token_is_its_own() {
    let (mut world, [one, other], target) = two();
    assert_eq!(text(&mut world, one, target, "hold"), Ok(()));
    assert_eq!(text(&mut world, one, target, "hold"), Ok(()), "set once");
    assert_eq!(text(&mut world, other, target, "hold"), Ok(()));
    assert_eq!(holders(&world, target), [one, other]);
    assert_eq!(text(&mut world, one, target, "release"), Ok(()));
    assert!(stands(&world, target), "the other's is left");
    assert_eq!(text(&mut world, one, target, "release"), Ok(()), "nor can one clear the other's");
    assert_eq!(text(&mut world, one, target, "cont"), Ok(()), "nor as operator");
    assert!(stands(&world, target));
    assert_eq!(text(&mut world, other, target, "release"), Ok(()));
    assert!(!stands(&world, target) && world.runs(target));
}

#[test]
fn the_operators_token_is_one_more() {
    let (mut world, [one, other], target) = two();
    assert_eq!(text(&mut world, one, target, "hold"), Ok(()));
    assert_eq!(text(&mut world, one, target, "stop"), Ok(()));
    assert_eq!(text(&mut world, one, target, "release"), Ok(()));
    assert!(stands(&world, target), "the operator's is left");
    assert_eq!(text(&mut world, other, target, "cont"), Ok(()), "anybody clears that");
    assert!(!stands(&world, target));
}

#[test]
fn a_token_goes_with_its_debugger() {
    let (mut world, [one, other], target) = two();
    text(&mut world, one, target, "hold").expect("allowed");
    close(&mut world, one, target);
    assert!(!stands(&world, target), "its last file");
    text(&mut world, other, target, "hold").expect("allowed");
    world.call(other, 1, &[0]);
    assert!(!stands(&world, target), "its death");
    open(&mut world, one, target, Sharing::Shared).expect("allowed");
    text(&mut world, one, target, "hold").expect("allowed");
    assert_eq!(world.value(one, 23, &[5]), Ok(0));
    assert!(!stands(&world, target), "its right");
    assert_eq!(text(&mut world, one, target, "hold"), Err(Errno::EPERM));
}

#[test]
fn a_token_outlasts_the_tracers_resume() {
    let (mut world, [one, other], target) = two();
    world.attach(one, target);
    text(&mut world, other, target, "hold").expect("allowed");
    world.resume(one, Request::Continue, target, 0);
    assert!(stands(&world, target), "CONTINUE succeeds and the target stays");
    text(&mut world, other, target, "release").expect("allowed");
    assert!(world.runs(target) && !stands(&world, target));
}

#[test]
fn a_token_outlasts_detach_and_not_a_kill() {
    let (mut world, [one, _], target) = two();
    world.attach(one, target);
    text(&mut world, one, target, "hold").expect("allowed");
    world.resume(one, Request::Detach, target, 0);
    assert!(stands(&world, target), "its control file is open");
    assert_eq!(holders(&world, target), [one]);
    world.kill(1, target, SIGKILL);
    assert_eq!(world.wait_end(1, target), WaitStatus::Killed(SIGKILL));
}

/// The call was made when the token is set; the session that set it ends with the old program.
#[test]
fn a_set_id_exec_ends_tokens_and_exclusive_control() {
    let (mut world, pids) = World::with_children(2);
    let (one, target) = (pids[0], pids[1]);
    open(&mut world, one, target, Sharing::Exclusive).expect("alone");
    world.model.image = crate::Image { set_user: Some(5), set_group: None, name: [0; 20] };
    world.model.enter(world.main(target), 59, [1, 2, 3, 0, 0, 0]);
    text(&mut world, one, target, "hold").expect("allowed");
    assert_eq!(text(&mut world, one, target, "hold"), Err(Errno::EBUSY), "between two images");
    let loader = *world.model.threads.keys().last().expect("a loader");
    world.loaded(loader);
    assert!(!stands(&world, target) && holders(&world, target).is_empty());
    assert_eq!(open(&mut world, 1, target, Sharing::Shared), Ok(()));
}

#[test]
fn exclusive_control_is_one_debuggers() {
    let (mut world, pids) = World::with_children(4);
    let (one, other, target) = (pids[0], pids[1], pids[2]);
    assert_eq!(open(&mut world, one, target, Sharing::Exclusive), Ok(()));
    assert_eq!(open(&mut world, one, target, Sharing::Shared), Ok(()), "its own second file");
    for sharing in [Sharing::Shared, Sharing::Exclusive] {
        assert_eq!(open(&mut world, other, target, sharing), Err(Errno::EBUSY));
    }
    assert_eq!(world.ptrace(other, Request::Attach, target, 0, 0), Err(Errno::EBUSY));
    assert_eq!(world.ptrace(target, Request::TraceMe, 0, 0, 0), Err(Errno::EPERM), "init traces nobody");
    world.attach(one, target);
    world.resume(one, Request::Detach, target, 0);
    assert_eq!(open(&mut world, other, target, Sharing::Shared), Err(Errno::EBUSY), "also after a detach");
    close(&mut world, one, target);
    close(&mut world, one, target);
    assert_eq!(open(&mut world, other, target, Sharing::Shared), Ok(()));
    assert_eq!(open(&mut world, one, target, Sharing::Exclusive), Err(Errno::EBUSY), "the other is there");
    close(&mut world, other, target);
    world.attach(other, target);
    assert_eq!(open(&mut world, one, target, Sharing::Exclusive), Err(Errno::EBUSY), "traced by another");
    let child = world.fork(pids[3]);
    assert_eq!(open(&mut world, one, child, Sharing::Exclusive), Ok(()));
    assert_eq!(world.ptrace(child, Request::TraceMe, 0, 0, 0), Err(Errno::EBUSY));
}

#[test]
fn the_tracer_chooses_what_becomes_of_its_target() {
    for (line, by_death) in
        [("run", false), ("stop", false), ("kill", false), ("run", true), ("stop", true), ("kill", true)]
    {
        let (mut world, pids) = World::with_children(2);
        let (debugger, target) = (pids[0], pids[1]);
        open(&mut world, debugger, target, Sharing::Shared).expect("allowed");
        let verb = format!("onclose {line}");
        assert_eq!(text(&mut world, debugger, target, &verb), Err(Errno::EPERM), "it does not trace yet");
        let asked = RequestArguments { number: Request::Attach.raw(), id: target, address: 0, data: 0 };
        assert_eq!(world.record(debugger, asked, &[]).0, Ok(0));
        assert_eq!(text(&mut world, pids[0], target, &verb), Ok(()));
        if by_death {
            world.call(debugger, 1, &[0]);
        } else {
            close(&mut world, debugger, target);
        }
        match line {
            "kill" => assert_eq!(world.wait_end(1, target), WaitStatus::Killed(SIGKILL)),
            "run" => assert!(world.runs(target) && !stands(&world, target)),
            _ => {
                assert!(stands(&world, target), "{by_death}");
                assert_eq!(text(&mut world, 1, target, "cont"), Ok(()));
                assert!(!stands(&world, target));
            }
        }
    }
}

#[test]
fn only_the_tracer_chooses() {
    let (mut world, [one, other], target) = two();
    world.attach(one, target);
    assert_eq!(text(&mut world, other, target, "onclose run"), Err(Errno::EBUSY));
    assert_eq!(text(&mut world, one, target, "onclose run"), Ok(()));
    world.call(one, 1, &[0]);
    assert!(!world.gone(target) && world.runs(target), "a tracer by ptrace(2) may choose, too");
}

#[test]
fn a_token_can_be_taken_back_from_a_process_in_exec() {
    for (set, clear) in [("stop", "cont"), ("hold", "release")] {
        let (mut world, pids) = World::with_children(2);
        let (debugger, target) = (pids[0], pids[1]);
        world.thr_new(target);
        open(&mut world, debugger, target, Sharing::Shared).expect("allowed");
        let main = world.main(target);
        // The stop overtakes the call; then the sibling cannot end, and the exec waits for that.
        world.model.enter(main, 59, [0; 6]);
        let verb = parse(set).expect("a verb");
        assert_eq!(world.turn(|turn| turn.text(pid(debugger), pid(target), verb)), Ok(()));
        world.run();
        let loader = *world.model.threads.keys().last().expect("a loader");
        world.loaded(loader);
        assert!(stands(&world, target) && world.waits(main));
        assert_eq!(text(&mut world, debugger, target, set), Err(Errno::EBUSY), "no new one in exec");
        assert_eq!(text(&mut world, debugger, target, clear), Ok(()));
        assert!(world.runs(target), "{set}");
    }
}

#[test]
fn what_a_held_thread_had_to_tell_is_not_forgotten_with_its_tracer() {
    for choice in ["run", "stop"] {
        let (mut world, pids) = World::with_children(2);
        let (tracer, target) = (pids[0], pids[1]);
        world.dispose(target, SIGTRAP, 0x5000, 0);
        let second = world.thr_new(target);
        world.attach(tracer, target);
        assert_eq!(text(&mut world, tracer, target, &format!("onclose {choice}")), Ok(()));
        world.resume(tracer, Request::Continue, target, 0);
        for thread in [world.main(target), second] {
            world.model.trap(thread, Cause::Breakpoint, [0x4000, 0, 0, 0, 0, 0, 0, 0]);
        }
        world.run();
        assert_eq!(world.wait_stop(tracer, target), SIGTRAP);
        for held in [world.tid(world.main(target)), world.tid(second)] {
            assert_eq!(world.ptrace(tracer, Request::Suspend, held, 0, 0), Ok(0));
        }
        world.resume(tracer, Request::Continue, target, 0);
        assert!(!world.runs(target) && !world.model.in_user(second), "one has not gone on, the other told nothing yet");
        world.call(tracer, 1, &[0]);
        if choice == "stop" {
            assert_eq!(text(&mut world, 1, target, "cont"), Ok(()));
        }
        assert!(world.runs(target) && world.model.in_user(second), "{choice}");
        assert_eq!(world.model.threads[&second].registers.rip, SIGNAL_TRAMPOLINE, "{choice}");
    }
}

fn record(world: &mut World, opener: i32, target: i32, request: Request, data: i32) -> Result<i32> {
    let asked = RequestArguments { number: request.raw(), id: target, address: 0, data };
    world.record(opener, asked, &[]).0
}

fn record_at(world: &mut World, opener: i32, target: i32) -> Result<i32> {
    let asked = RequestArguments { number: Request::Continue.raw(), id: target, address: 1, data: 0 };
    world.record(opener, asked, &[]).0
}

/// The record, the call and the verb are one thing in three forms.
#[test]
fn each_verb_is_a_request_as_well() {
    let (mut world, [one, other], target) = two();
    for (set, clear) in [(Request::Hold, Request::Release), (Request::OperatorStop, Request::OperatorContinue)] {
        assert_eq!(record(&mut world, one, target, set, 0), Ok(0));
        assert!(stands(&world, target));
        assert_eq!(world.ptrace(one, clear, target, 0, 0), Ok(0));
        assert!(!stands(&world, target));
        assert_eq!(world.ptrace(one, set, target, 0, 0), Ok(0), "it has a control file");
        let verb = if set == Request::Hold { "release" } else { "cont" };
        assert_eq!(text(&mut world, one, target, verb), Ok(()));
        assert!(world.runs(target));
    }
    world.attach(one, target);
    for (chosen, last_close) in [(0, LastClose::Run), (1, LastClose::Kill), (2, LastClose::Stop)] {
        assert_eq!(record(&mut world, one, target, Request::OnClose, chosen), Ok(0));
        assert_eq!(world.table.get(pid(target)).expect("alive").last_close, last_close);
    }
    assert_eq!(record(&mut world, other, target, Request::OnClose, 3), Err(Errno::EBUSY), "before its data");
    assert_eq!(record(&mut world, one, target, Request::OnClose, 3), Err(Errno::EINVAL));
    assert_eq!(record_at(&mut world, one, target), Ok(0), "in the stop and out of it");
    assert_eq!(record(&mut world, one, target, Request::OnClose, 0), Ok(0));
}

/// ptrace(2) needs no open file, but a token is a session's.
#[test]
fn a_caller_without_a_session_has_no_token() {
    let (mut world, pids) = World::with_children(2);
    let (caller, target) = (pids[0], pids[1]);
    for (request, expected) in
        SHARING.into_iter().zip([Err(Errno::EPERM), Err(Errno::EPERM), Err(Errno::EPERM), Ok(0), Ok(0)])
    {
        assert_eq!(world.ptrace(caller, request, target, 0, 0), expected, "{request:?}");
    }
    world.attach(caller, target);
    world.resume(caller, Request::Continue, target, 0);
    assert_eq!(world.ptrace(caller, Request::Hold, target, 0, 0), Ok(0), "a tracer has one, stop or not");
    assert_eq!(holders(&world, target), [caller]);
    world.kill(1, target, proc_abi::signal::SIGUSR1);
    assert_eq!(world.ptrace(caller, Request::Release, target, 0, 0), Ok(0));
    assert_eq!(world.wait_stop(caller, target), proc_abi::signal::SIGUSR1, "it took no signal meanwhile");
    assert_eq!(world.ptrace(caller, Request::Hold, target, 0, 0), Ok(0));
    world.resume(caller, Request::Detach, target, 0);
    assert!(holders(&world, target).is_empty(), "it goes with the tracing");
    assert!(world.runs(target));
}

#[test]
fn sharing_has_its_errors_in_the_order_of_the_house() {
    let (mut world, pids) = World::with_children(2);
    for request in SHARING {
        for (id, errno) in [(99_999, Errno::ESRCH), (0, Errno::ESRCH), (1, Errno::EPERM)] {
            assert_eq!(world.ptrace(pids[0], request, id, 0, -1), Err(errno), "{request:?} {id}");
        }
    }
    assert_eq!(world.value(pids[0], 23, &[5]), Ok(0));
    for request in SHARING {
        assert_eq!(world.ptrace(pids[0], request, pids[1], 0, 0), Err(Errno::EPERM), "{request:?}");
    }
}

#[test]
fn a_kill_that_was_shown_is_not_lost_with_the_tracer_that_saw_it() {
    for choice in ["run", "stop", "kill"] {
        let (mut world, pids) = World::with_children(2);
        let (tracer, target) = (pids[0], pids[1]);
        world.attach(tracer, target);
        assert_eq!(text(&mut world, tracer, target, &format!("onclose {choice}")), Ok(()));
        world.resume(tracer, Request::Continue, target, 0);
        world.kill(1, target, SIGKILL);
        assert_eq!(world.wait_stop(tracer, target), SIGKILL);
        world.call(tracer, 1, &[0]);
        assert_eq!(world.wait_end(1, target), WaitStatus::Killed(SIGKILL), "{choice}");
    }
}
