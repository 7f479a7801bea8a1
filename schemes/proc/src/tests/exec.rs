//! Loaders: the first process, execve, and every way in which they fail.
//!
//! A test plays the loader: it calls exec_ready or exec_failed, faults or dies. What exec does to signals and siblings is
//! tested in `ptrace`. Neighbours: `gate`, `first`, `world`.

use kernel_abi::effect::{EffectVerb, GROUP_PRIVILEGED, GROUP_PROTECTED, ObjectKind, RIGHT_READ};
use kernel_abi::redox::error::{EINVAL, ENOENT, ENOEXEC, ENOMEM, ENOSYS};
use kernel_abi::stop::{Cause, Reasons};
use ptrace::Errno;

use super::kernel::Loaded;
use super::world::{DATA, FILE_SCHEME, Program, Reply, STACK, World, file_number};
use crate::first::{End, InitEnd};
use crate::gate::LOADER_RANGE;

const EXECVE: u32 = 59;

fn number(errno: i32) -> u32 {
    errno.unsigned_abs()
}

fn exec(world: &mut World, program: Program) -> u64 {
    world.call(program, EXECVE, &[DATA, DATA + 8, DATA + 16])
}

#[test]
fn the_first_process_is_made_of_a_loader_and_protected() {
    let mut world = World::new();
    assert_eq!(world.model().loaded, [Loaded::Path("/sbin/init".to_string())]);
    let init = world.init();
    let identity = world.effects().into_iter().rfind(|effect| effect.verb == EffectVerb::Identity as u32);
    let identity = identity.expect("an identity");
    assert_eq!(identity.target, init.group);
    assert_eq!(identity.words[..3], [1, GROUP_PRIVILEGED | GROUP_PROTECTED, 1]);
    let commit = world.effects().into_iter().find(|effect| effect.verb == EffectVerb::ExecCommit as u32);
    let commit = commit.expect("a commit");
    assert_eq!(commit.target, init.thread);
    assert_eq!(commit.words[1..5], [0x40_0000, STACK, LOADER_RANGE.0, LOADER_RANGE.1]);
    let released = Reasons::NOT_STARTED.bits();
    assert!(world.effects().iter().any(|effect| {
        effect.verb == EffectVerb::Release as u32 && effect.target == init.thread && effect.words[0] == released
    }));
}

#[test]
fn without_memory_there_is_no_first_process_and_nothing_is_left() {
    let mut world = World::empty();
    world.model().failure = Some(Errno::ENOMEM);
    assert_eq!(world.server.start_first(), Err(Errno::ENOMEM));
    assert!(world.model().groups.is_empty());
    assert_eq!(world.server.processes().count(), 0);
}

#[test]
fn execve_gives_the_loader_a_handle_on_its_callers_memory_and_three_addresses() {
    let mut world = World::new();
    let init = world.init();
    let child = world.fork(init);
    let tag = exec(&mut world, child);
    assert_eq!(world.reply(tag), None);
    let (loader, _) = world.loader();
    let object = [ObjectKind::Memory as u64, child.group, 0, RIGHT_READ];
    assert_eq!(world.model().granted, [(loader, object, 0)]);
    assert_eq!(world.model().loaded.last(), Some(&Loaded::Memory(0, [DATA, DATA + 8, DATA + 16])));
    world.finish_exec("/bin/sh");
    assert_eq!(world.reply(tag), Some(Reply::Frame));
    assert_eq!(world.ordered(EffectVerb::ExecCommit, child.thread), 1);
    assert!(world.read_text(1, "2/status").contains("name:     sh\n"));
}

#[test]
fn set_id_bits_count_for_files_of_the_sealed_image_only() {
    let mut world = World::new();
    let init = world.init();
    let child = world.fork(init);
    const SETUID: u32 = 23;
    world.call(child, SETUID, &[1000]);
    exec(&mut world, child);
    world.model().identity = (FILE_SCHEME + 1, file_number("/bin/su"));
    let (group, thread) = world.loader();
    world.call_of_thread(group, thread, kernel_abi::calls::EXEC_READY, &[3, 0x40_0000, STACK]);
    assert!(world.read_text(1, "2/status").contains("uid:      1000 1000 1000\n"));
    exec(&mut world, child);
    world.finish_exec("/bin/su");
    assert!(world.read_text(1, "2/status").contains("uid:      1000 0 0\n"));
}

#[test]
fn a_loaders_errno_is_the_callers() {
    let mut world = World::new();
    let init = world.init();
    let child = world.fork(init);
    let tag = exec(&mut world, child);
    let (loader, _) = world.loader();
    world.fail_exec(number(ENOENT));
    assert_eq!(world.reply(tag), Some(Reply::Error(number(ENOENT))));
    assert_eq!(world.ordered(EffectVerb::KillGroup, loader), 1);
    let again = exec(&mut world, child);
    world.finish_exec("/bin/sh");
    assert_eq!(world.reply(again), Some(Reply::Frame));
}

#[test]
fn a_loader_that_names_no_open_file_fails_the_exec() {
    let mut world = World::new();
    let init = world.init();
    let child = world.fork(init);
    let tag = exec(&mut world, child);
    let (group, thread) = world.loader();
    world.call_of_thread(group, thread, kernel_abi::calls::EXEC_READY, &[9, 0x40_0000, STACK]);
    assert_eq!(world.reply(tag), Some(Reply::Error(number(EINVAL))));
}

#[test]
fn a_loader_that_faults_or_dies_fails_the_exec() {
    let mut world = World::new();
    let init = world.init();
    let child = world.fork(init);
    let tag = exec(&mut world, child);
    let (group, thread) = world.loader();
    world.report(Program { pid: child.pid, group, thread }, Cause::Fault, [14, 0, 0, 1, 0, 0, 0, 0]);
    assert_eq!(world.reply(tag), Some(Reply::Error(number(ENOEXEC))));
    let tag = exec(&mut world, child);
    let (group, _) = world.loader();
    world.model().kill_group(group);
    world.pump();
    assert_eq!(world.reply(tag), Some(Reply::Error(number(ENOEXEC))));
}

#[test]
fn a_loader_that_cannot_be_made_fails_the_exec_at_once() {
    let mut world = World::new();
    let init = world.init();
    let child = world.fork(init);
    let groups = world.model().groups.len();
    world.model().failure = Some(Errno::ENOMEM);
    let tag = exec(&mut world, child);
    assert_eq!(world.reply(tag), Some(Reply::Error(number(ENOMEM))));
    assert_eq!(world.model().groups.len(), groups);
}

#[test]
fn a_loader_has_no_other_calls_and_dies_with_its_caller() {
    let mut world = World::new();
    let init = world.init();
    let child = world.fork(init);
    exec(&mut world, child);
    let (group, thread) = world.loader();
    let tag = world.call_of_thread(group, thread, 2, &[]);
    assert_eq!(world.reply(tag), Some(Reply::Error(number(ENOSYS))));
    const KILL: u32 = 37;
    world.call(init, KILL, &[2, 9]);
    assert!(!world.model().groups.contains_key(&group), "the loader is gone");
    assert!(!world.model().groups.contains_key(&child.group));
}

#[test]
fn exec_ready_of_a_process_is_no_call() {
    let mut world = World::new();
    let init = world.init();
    let tag = world.call(init, kernel_abi::calls::EXEC_READY, &[3, 0x40_0000, STACK]);
    assert_eq!(world.reply(tag), Some(Reply::Error(number(ENOSYS))));
}

#[test]
fn an_init_that_cannot_be_run_ends_the_server() {
    let mut world = World::empty();
    world.server.start_first().expect("a first process");
    world.pump();
    assert_eq!(world.server.init_end(), None);
    world.fail_exec(number(ENOEXEC));
    assert_eq!(world.server.init_end(), Some(InitEnd::NotRun(Errno::ENOEXEC)));
    assert_eq!(world.server.serve(), End::Init(InitEnd::NotRun(Errno::ENOEXEC)));
}

#[test]
fn an_init_that_ends_ends_the_server_and_no_other_process_does() {
    let mut world = World::new();
    let init = world.init();
    let child = world.fork(init);
    world.exit(child, 3);
    assert_eq!(world.server.init_end(), None);
    world.exit(init, 3 << 8);
    world.pump();
    assert!(matches!(world.server.init_end(), Some(InitEnd::Dead(_))), "{:?}", world.server.init_end());
}
