//! The errno matrix: every request against every kind of target, in FreeBSD's order of checks.
//!
//! Decides nothing. Neighbours: `access`; specification sections 1.2 to 1.4. One row per state, all requests in it.

use proc_abi::id::Pid;
use proc_abi::request::{NAMES, Request, SHARING};
use proc_abi::signal::SIGKILL;

use super::gate::UNMAPPED;
use super::world::{BUFFER, World};
use crate::{Errno, Flags};

/// Requests that copy their argument in before the target is looked up.
const COPY_IN: [Request; 14] = [
    Request::SetRegs,
    Request::SetFpRegs,
    Request::SetDbRegs,
    Request::SetEventMask,
    Request::Io,
    Request::VmEntry,
    Request::GetRegSet,
    Request::SetRegSet,
    Request::SetScRet,
    Request::ScRemote,
    Request::SetCallSet,
    Request::SetSignalSet,
    Request::SetFaultSet,
    Request::CoreDump,
];

fn others() -> impl Iterator<Item = Request> {
    // GET_CHILDREN and the requests about sharing need no tracing; their checks are in `children` and `tokens`.
    let apart = [Request::TraceMe, Request::Attach, Request::GetChildren];
    NAMES.iter().map(|row| row.0).filter(move |request| !apart.contains(request) && !SHARING.contains(request))
}

/// What a request needs in `data` to get past its own checks.
fn data(request: Request) -> i32 {
    match request {
        Request::SetEventMask | Request::GetEventMask => 4,
        Request::GetXstateInfo => 16,
        Request::SetScRet => 24,
        Request::ScRemote => 40,
        Request::GetCallSet | Request::SetCallSet => 32,
        Request::GetSignalSet | Request::SetSignalSet => 16,
        Request::GetFaultSet | Request::SetFaultSet => 8,
        Request::CoreDump => 16,
        Request::LwpInfo => 160,
        Request::SetXstate => 832,
        Request::GetLwpList | Request::GetRegSet | Request::SetRegSet => 1,
        _ => 0,
    }
}

fn ask(world: &mut World, tracer: i32, request: Request, id: i32) -> crate::Result<i32> {
    world.ptrace(tracer, request, id, BUFFER, data(request))
}

#[test]
fn nobody_there_is_esrch() {
    let (mut world, pids) = World::with_children(2);
    world.call(pids[1], 1, &[0]);
    for id in [0, -1, 99_999, 100_999, i32::MAX, i32::MIN, pids[1]] {
        for request in others().chain([Request::Attach]) {
            assert_eq!(ask(&mut world, pids[0], request, id), Err(Errno::ESRCH), "{request:?} {id}");
        }
    }
}

#[test]
fn a_bad_pointer_comes_before_a_bad_target() {
    let (mut world, pids) = World::with_children(1);
    for request in COPY_IN {
        let result = world.ptrace(pids[0], request, 99_999, UNMAPPED, data(request));
        assert_eq!(result, Err(Errno::EFAULT), "{request:?}");
    }
    assert_eq!(world.ptrace(pids[0], Request::SetEventMask, 99_999, BUFFER, 3), Err(Errno::EINVAL));
    assert_eq!(world.ptrace(pids[0], Request::GetEventMask, 99_999, BUFFER, 3), Err(Errno::ESRCH), "checked later");
    for request in [Request::GetRegs, Request::LwpInfo, Request::GetScRet, Request::SetFsBase] {
        assert_eq!(world.ptrace(pids[0], request, 99_999, UNMAPPED, 0), Err(Errno::ESRCH), "{request:?}");
    }
}

#[test]
fn an_untraced_target_is_eperm() {
    let (mut world, pids) = World::with_children(1);
    let child = world.fork(pids[0]);
    for request in others() {
        assert_eq!(ask(&mut world, pids[0], request, child), Err(Errno::EPERM), "{request:?}");
    }
    assert_eq!(ask(&mut world, pids[0], Request::Continue, pids[0]), Err(Errno::EPERM), "oneself too");
}

#[test]
fn a_running_target_is_ebusy() {
    let (mut world, pids) = World::with_children(1);
    let child = world.fork(pids[0]);
    world.attach(pids[0], child);
    world.resume(pids[0], Request::Continue, child, 0);
    for request in others().chain([Request::Attach]) {
        assert_eq!(ask(&mut world, pids[0], request, child), Err(Errno::EBUSY), "{request:?}");
    }
}

#[test]
fn a_target_of_another_is_ebusy_even_when_it_is_stopped() {
    let (mut world, pids) = World::with_children(2);
    let child = world.fork(pids[0]);
    world.attach(pids[0], child);
    for request in others().chain([Request::Attach]) {
        assert_eq!(ask(&mut world, pids[1], request, child), Err(Errno::EBUSY), "{request:?}");
    }
}

#[test]
fn a_stop_that_was_not_collected_is_ebusy() {
    let (mut world, pids) = World::with_children(1);
    let child = world.fork(pids[0]);
    assert_eq!(ask(&mut world, pids[0], Request::Attach, child), Ok(0));
    for request in others() {
        assert_eq!(ask(&mut world, pids[0], request, child), Err(Errno::EBUSY), "{request:?}");
    }
}

#[test]
fn another_users_target_is_eperm() {
    let (mut world, pids) = World::with_children(2);
    let child = world.fork(pids[0]);
    world.attach(pids[0], child);
    assert_eq!(world.value(pids[1], 23, &[5]), Ok(0));
    for request in others().chain([Request::Attach]) {
        assert_eq!(ask(&mut world, pids[1], request, child), Err(Errno::EPERM), "{request:?}");
    }
}

#[test]
fn the_protected_are_eperm_for_everybody() {
    let (mut world, pids) = World::with_children(1);
    for request in others().chain([Request::Attach]) {
        assert_eq!(ask(&mut world, pids[0], request, 1), Err(Errno::EPERM), "{request:?}");
    }
    assert_eq!(ask(&mut world, 1, Request::TraceMe, 0), Err(Errno::EPERM));
}

#[test]
fn a_target_that_is_exiting_is_esrch() {
    let (mut world, pids) = World::with_children(2);
    let child = world.fork(pids[0]);
    world.attach(pids[0], child);
    let main = world.main(pids[0]);
    // The group is being torn down: the message about its end is still on its way.
    world.turn(|turn| {
        let pid = Pid::new(child).expect("a pid");
        turn.exit_now(pid, proc_abi::wait::WaitStatus::Killed(SIGKILL));
    });
    world.model.enter(main, 26, [7, child as u64, 1, 0, 0, 0]);
    let call = world.model.inbox.iter().position(|message| matches!(message, super::model::Message::Call(..)));
    let message = world.model.inbox.remove(call.expect("the call")).expect("there");
    world.model.inbox.push_front(message);
    world.step();
    world.run();
    assert_eq!(world.result(main), Err(Errno::ESRCH));
}

#[test]
fn every_request_works_on_ones_own_collected_target() {
    // Of COREDUMP the helper gives the answer; `core_dump` has that.
    for request in others().filter(|request| *request != Request::CoreDump) {
        let (mut world, pids) = World::with_children(1);
        let child = world.fork(pids[0]);
        world.attach(pids[0], child);
        world.poke(pids[0], BUFFER, &[0; 832]);
        // They need a system call, an operation, a size.
        let call = matches!(request, Request::GetScArgs | Request::GetScRet | Request::SetScRet);
        let needs_more = call || matches!(request, Request::Io | Request::SetRegSet);
        let expected = if needs_more { Err(Errno::EINVAL) } else { Ok(()) };
        let result = ask(&mut world, pids[0], request, child).map(|_| ());
        assert_eq!(result, expected, "{request:?}");
    }
}

#[test]
fn unknown_numbers_are_checked_like_any_request_first() {
    let (mut world, pids) = World::with_children(2);
    let child = world.fork(pids[0]);
    for number in [3_i32, 6, 30, 64, 127, 128, 9999, -1] {
        let ask = |world: &mut World, tracer: i32, id: i32| world.value(tracer, 26, &[number as u64, id as u64, 0, 0]);
        assert_eq!(ask(&mut world, pids[0], 99_999), Err(Errno::ESRCH));
        assert_eq!(ask(&mut world, pids[0], child), Err(Errno::EPERM));
        world.attach(pids[0], child);
        assert_eq!(ask(&mut world, pids[1], child), Err(Errno::EBUSY));
        assert_eq!(ask(&mut world, pids[0], child), Err(Errno::EINVAL));
        world.resume(pids[0], Request::Detach, child, 0);
    }
}

#[test]
fn a_signal_beyond_the_last_changes_nothing() {
    let (mut world, pids) = World::with_children(1);
    let child = world.fork(pids[0]);
    world.attach(pids[0], child);
    let resumes = [Request::Continue, Request::Step, Request::Detach, Request::ToSce, Request::ToScx, Request::Syscall];
    for request in resumes {
        for signal in [129, -1, i32::MIN] {
            assert_eq!(world.ptrace(pids[0], request, child, 1, signal), Err(Errno::EINVAL), "{request:?}");
        }
        let process = world.table.get(Pid::new(child).expect("a pid")).expect("alive");
        assert!(process.is(Flags::WAITED) && process.is(Flags::TRACED));
        assert_eq!(process.events, proc_abi::event::EventMask::EXEC);
    }
}

#[test]
fn a_tid_stands_for_its_process() {
    let (mut world, pids) = World::with_children(1);
    let child = world.fork(pids[0]);
    let second = world.thr_new(child);
    let tid = world.tid(second);
    assert_eq!(ask(&mut world, pids[0], Request::Attach, tid), Ok(0));
    world.wait_stop(pids[0], child);
    assert_eq!(world.lwpinfo(pids[0], tid).lwpid, tid);
    assert_eq!(world.lwpinfo(pids[0], child).lwpid, world.tid(world.main(child)), "the reporting one");
    assert_eq!(ask(&mut world, pids[0], Request::Detach, tid), Ok(0));
    assert!(world.runs(child) && world.model.in_user(second));
}
