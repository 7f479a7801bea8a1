//! execve: success, failure, siblings, events, set-id, and a kill in the middle.
//!
//! Decides nothing. Neighbours: `exec`; FreeBSD's suite has ptrace_exec_disable and ptrace_exec_enable.

use kernel_abi::calls::{EXEC_FAILED, EXEC_READY};
use proc_abi::event::{EventFlags, EventMask};
use proc_abi::id::Pid;
use proc_abi::request::Request;
use proc_abi::signal::{SIGKILL, SIGTRAP, SIGUSR1};
use proc_abi::syscall::EJUSTRETURN;
use proc_abi::wait::WaitStatus;
use zerocopy::IntoBytes;

use super::world::{BUFFER, World};
use crate::credentials::{Credentials, Ids};
use crate::{Errno, Flags, Image};

fn traced(mask: EventMask) -> (World, i32, i32) {
    let (mut world, pids) = World::with_children(1);
    let child = world.fork(pids[0]);
    world.attach(pids[0], child);
    world.poke(pids[0], BUFFER, mask.bits().as_bytes());
    assert_eq!(world.ptrace(pids[0], Request::SetEventMask, child, BUFFER, 4), Ok(0));
    (world, pids[0], child)
}

/// The process's first thread calls execve; gives the loader's thread.
fn begin(world: &mut World, pid: i32) -> u64 {
    world.call(pid, 59, &[1, 2, 3]);
    *world.model.threads.keys().last().expect("a loader")
}

fn image(set_user: Option<u32>) -> Image {
    let mut name = [0; 20];
    name[..6].copy_from_slice(b"target");
    Image { set_user, set_group: None, name }
}

fn process(world: &World, pid: i32) -> &crate::Process {
    world.table.get(Pid::new(pid).expect("a pid")).expect("alive")
}

#[test]
fn an_exec_stops_if_it_was_asked_for() {
    let (mut world, tracer, child) = traced(EventMask::EXEC);
    world.resume(tracer, Request::Continue, child, 0);
    world.model.image = image(None);
    let loader = begin(&mut world, child);
    world.loaded(loader);
    assert_eq!(world.wait_stop(tracer, child), SIGTRAP);
    let info = world.lwpinfo(tracer, child);
    assert_eq!(EventFlags::from_bits_retain(info.flags), EventFlags::SCX | EventFlags::EXEC);
    assert_eq!((info.syscall_code, &info.tdname[..6]), (59, &b"target"[..]));
    assert_eq!(world.ptrace(tracer, Request::GetScRet, child, BUFFER, 24), Ok(0));
    assert_eq!(world.peek_int(tracer, BUFFER + 16), EJUSTRETURN);
    world.resume(tracer, Request::Continue, child, 0);
    assert!(world.runs(child));
}

#[test]
fn an_exec_that_nobody_asked_for_does_not_stop() {
    let (mut world, tracer, child) = traced(EventMask::empty());
    world.resume(tracer, Request::Continue, child, 0);
    let loader = begin(&mut world, child);
    world.loaded(loader);
    assert_eq!(world.wait(tracer, child, 1).map(|told| told.0), Ok(0));
    assert!(world.runs(child));
}

#[test]
fn what_was_caught_is_default_and_what_was_ignored_stays() {
    let (mut world, pids) = World::with_children(1);
    world.dispose(pids[0], SIGUSR1, 0x5000, 0);
    world.dispose(pids[0], SIGTRAP, 1, 0);
    let loader = begin(&mut world, pids[0]);
    world.loaded(loader);
    let actions = &process(&world, pids[0]).actions;
    assert!(actions.get(SIGUSR1).is_default() && actions.get(SIGTRAP).is_ignored());
}

#[test]
fn siblings_end_before_the_exec_and_report_it_if_wanted() {
    let (mut world, tracer, child) = traced(EventMask::EXEC | EventMask::LWP);
    world.resume(tracer, Request::Continue, child, 0);
    world.call(child, 455, &[BUFFER, 104]);
    let sibling = world.newest_thread(child);
    assert_eq!(world.wait_stop(tracer, child), SIGTRAP, "born");
    world.resume(tracer, Request::Continue, child, 0);
    assert!(world.model.in_user(sibling));
    let loader = begin(&mut world, child);
    assert!(!world.model.in_user(sibling), "parked until the outcome");
    world.loaded(loader);
    assert_eq!(world.wait_stop(tracer, child), SIGTRAP);
    let info = world.lwpinfo(tracer, child);
    assert_eq!(EventFlags::from_bits_retain(info.flags), EventFlags::EXITED, "killed from outside: no SCE");
    assert_eq!(info.lwpid, world.tid(sibling));
    world.resume(tracer, Request::Continue, child, 0);
    assert_eq!(world.wait_stop(tracer, child), SIGTRAP);
    let info = world.lwpinfo(tracer, child);
    assert_eq!(EventFlags::from_bits_retain(info.flags), EventFlags::SCX | EventFlags::EXEC);
    assert_eq!(info.lwpid, world.tid(world.main(child)), "the caller stays");
}

#[test]
fn a_failed_exec_leaves_everything_as_it_was() {
    let (mut world, pids) = World::with_children(1);
    let (pid, main) = (pids[0], world.main(pids[0]));
    let sibling = world.thr_new(pid);
    let loader = begin(&mut world, pids[0]);
    world.model.enter(loader, EXEC_FAILED, [2, 0, 0, 0, 0, 0]);
    world.run();
    assert_eq!(world.result(main), Err(Errno::ENOENT));
    assert!(world.model.in_user(sibling) && !world.model.threads.contains_key(&loader));
    assert!(!process(&world, pid).is(Flags::INEXEC));
}

#[test]
fn a_loader_that_faults_or_lies_fails_the_exec() {
    let (mut world, pids) = World::with_children(1);
    let main = world.main(pids[0]);
    let loader = begin(&mut world, pids[0]);
    world.model.enter(loader, EXEC_READY, [3, u64::MAX, 0, 0, 0, 0]);
    world.run();
    assert_eq!(world.result(main), Err(Errno::ENOEXEC));
    let loader = begin(&mut world, pids[0]);
    world.model.trap(loader, kernel_abi::stop::Cause::Fault, [14, 0, 0, 1, 0, 0, 0, 0]);
    world.run();
    assert_eq!(world.result(main), Err(Errno::ENOEXEC));
    let loader = begin(&mut world, pids[0]);
    world.model.kill(loader);
    world.run();
    assert_eq!(world.result(main), Err(Errno::ENOEXEC));
}

#[test]
fn a_stack_may_end_where_user_space_does() {
    for (stack, wanted) in [(0x7fff_ffff_f000, None), (0x7fff_ffff_f001, Some(Errno::ENOEXEC))] {
        let (mut world, pids) = World::with_children(1);
        let main = world.main(pids[0]);
        let loader = begin(&mut world, pids[0]);
        world.model.enter(loader, EXEC_READY, [3, 0x1000, stack, 0, 0, 0]);
        world.run();
        assert!(!world.waits(main) && !process(&world, pids[0]).is(Flags::INEXEC));
        assert_eq!(process(&world, pids[0]).is(Flags::EXECED), wanted.is_none());
        assert!(wanted.is_none_or(|errno| world.result(main) == Err(errno)));
    }
}

#[test]
fn a_sibling_that_was_ending_already_does_not_end_the_wait_for_the_loader() {
    let (mut world, pids) = World::with_children(1);
    let (pid, main) = (pids[0], world.main(pids[0]));
    let sibling = world.thr_new(pid);
    world.model.enter(sibling, 431, [0; 6]);
    world.model.enter(main, 59, [1, 2, 3, 0, 0, 0]);
    world.run();
    assert!(!world.model.threads.contains_key(&sibling) && process(&world, pid).is(Flags::INEXEC));
    let loader = *world.model.threads.keys().last().expect("a loader");
    world.loaded(loader);
    assert!(process(&world, pid).is(Flags::EXECED) && world.runs(pid));
}

#[test]
fn a_report_that_an_exec_overtook_waits_for_its_outcome() {
    for succeeds in [false, true] {
        let (mut world, tracer, child) = traced(EventMask::empty());
        world.resume(tracer, Request::Continue, child, 0);
        let (main, second) = (world.main(child), world.thr_new(child));
        world.model.enter(main, 59, [1, 2, 3, 0, 0, 0]);
        world.model.trap(second, kernel_abi::stop::Cause::Breakpoint, [0x4000, 0, 0, 0, 0, 0, 0, 0]);
        world.model.prepare(second);
        world.run();
        assert!(!process(&world, child).is(Flags::STOPPED_TRACE), "the other thread may end with the image");
        let loader = *world.model.threads.keys().last().expect("a loader");
        if succeeds {
            world.loaded(loader);
            assert!(!world.model.threads.contains_key(&second) && world.runs(child));
        } else {
            world.model.enter(loader, EXEC_FAILED, [2, 0, 0, 0, 0, 0]);
            world.run();
            assert_eq!(world.wait_stop(tracer, child), SIGTRAP, "nothing is lost");
        }
    }
}

#[test]
fn only_a_plain_image_of_equal_users_and_groups_makes_a_process_plain() {
    for (user, group, marked) in [(5, 5, false), (6, 5, true), (5, 6, true), (6, 6, true)] {
        let (mut world, pids) = World::with_children(1);
        let target = world.table.get_mut(Pid::new(pids[0]).expect("a pid")).expect("there");
        target.credentials = Credentials { user: Ids::all(5), group: Ids::all(5), ..Credentials::root() };
        (target.credentials.user.effective, target.credentials.group.effective) = (user, group);
        target.flags.insert(Flags::SUGID);
        let loader = begin(&mut world, pids[0]);
        world.loaded(loader);
        assert_eq!(process(&world, pids[0]).is(Flags::SUGID), marked, "{user} {group}");
    }
}

#[test]
fn a_process_between_two_images_is_busy_for_debuggers_but_not_for_kill() {
    let (mut world, pids) = World::with_children(2);
    let loader = begin(&mut world, pids[0]);
    assert_eq!(world.ptrace(pids[1], Request::Attach, pids[0], 0, 0), Err(Errno::EBUSY));
    world.kill(pids[1], pids[0], SIGKILL);
    assert!(!world.model.threads.contains_key(&loader), "the loader goes with it");
    assert_eq!(world.wait_end(1, pids[0]), WaitStatus::Killed(SIGKILL));
}

#[test]
fn set_id_counts_only_without_a_tracer_and_ends_foreign_sessions() {
    let (mut world, pids) = World::with_children(2);
    let (user, other) = (pids[0], pids[1]);
    for pid in [user, other] {
        assert_eq!(world.value(pid, 23, &[5]), Ok(0));
        let loader = begin(&mut world, pid);
        world.loaded(loader);
        assert!(!process(&world, pid).is(Flags::SUGID), "exec as a plain user clears it");
    }
    let watched = |world: &mut World| {
        let (opener, target) = (Pid::new(other).expect("a pid"), Pid::new(user).expect("a pid"));
        world.turn(|turn| turn.open_control(opener, target, crate::Sharing::Shared)).expect("the same user")
    };
    let session = watched(&mut world);
    world.model.image = image(Some(0));
    let loader = begin(&mut world, user);
    world.loaded(loader);
    let changed = process(&world, user);
    assert_eq!((changed.credentials.user.real, changed.credentials.user.effective), (5, 0));
    assert!(changed.is(Flags::SUGID));
    assert!(!world.model.sessions.contains_key(&session.0), "no authority survives a privileged image");
    assert_eq!(world.ptrace(other, Request::Attach, user, 0, 0), Err(Errno::EPERM));
}

#[test]
fn a_traced_process_gets_no_set_id() {
    let (mut world, pids) = World::with_children(1);
    assert_eq!(world.value(pids[0], 23, &[5]), Ok(0));
    let loader = begin(&mut world, pids[0]);
    world.loaded(loader);
    let child = world.fork(pids[0]);
    world.attach(pids[0], child);
    world.resume(pids[0], Request::Continue, child, 0);
    world.model.image = image(Some(0));
    let loader = begin(&mut world, child);
    world.loaded(loader);
    assert_eq!(world.wait_stop(pids[0], child), SIGTRAP);
    assert_eq!(process(&world, child).credentials.user.effective, 5);
}
