//! Exec's last step: what the new image starts with, what is gone, and what a refusal leaves.
//!
//! Decides nothing. Neighbours: `core::exec`, `session` (handles over exec).

use kernel_abi::effect::EffectVerb as V;
use kernel_abi::message::Kind;
use kernel_abi::registers::{DebugRegisters, RFLAGS_FIXED};

use super::case::{Case, kinds};
use super::fork::begin;
use super::world::{DATA, USER_PRIORITY, effect, error};
use crate::errno::Errno;
use crate::file::Object;
use crate::memory::Protection;
use crate::thread::ThreadKey;

/// execve as FreeBSD numbers it.
pub(super) const EXECVE: u32 = 59;
/// Where the new image begins, and where the loader lies.
const NEW_ENTRY: u64 = 0x50_0000;
const LOADER: u64 = 0x7000_0000;

/// A loader that has built an image: its thread.
pub(super) fn loader(case: &mut Case) -> ThreadKey {
    let group = case.world.group(case.server.scheme, USER_PRIORITY);
    let space = case.world.core.groups.get(group).unwrap().space.unwrap();
    case.world.map(space, NEW_ENTRY, 4096, Protection::READ | Protection::WRITE);
    case.world.map(space, LOADER, 8192, Protection::READ | Protection::WRITE);
    let thread = case.world.thread(group);
    case.world.poke(thread, NEW_ENTRY, b"image");
    case.world.poke(thread, LOADER, b"loader");
    thread
}

pub(super) fn commit(case: &Case, loader: ThreadKey) -> kernel_abi::effect::Effect {
    let group = case.world.group_of(loader).raw();
    effect(V::ExecCommit, case.client.raw(), &[group, NEW_ENTRY, DATA + 4096, LOADER, 8192])
}

/// The client waits in execve; the tag.
fn executing() -> (Case, u64) {
    Case::taken(EXECVE)
}

#[test]
fn a_new_image_starts_clean() {
    let (mut case, tag) = executing();
    let context = &mut case.world.core.threads.get_mut(case.client).unwrap().context;
    (context.fs_base, context.gs_base, context.registers.rbx) = (7, 8, 9);
    context.debug.dr[7] = 1;
    let loader = loader(&mut case);
    let effects = [commit(&case, loader), effect(V::ReplyFrame, tag, &[])];
    case.world.order(&case.server, &effects);
    case.world.finish_jobs();
    assert!(case.world.result(case.client).is_some());
    let context = &case.world.core.threads.get(case.client).unwrap().context;
    let registers = context.registers;
    assert_eq!((registers.rip, registers.rsp, registers.rbx), (NEW_ENTRY, DATA + 4096, 0));
    assert_eq!((registers.rflags, context.fs_base, context.gs_base), (RFLAGS_FIXED, 0, 0));
    assert_eq!(context.debug, DebugRegisters::default());
    assert_eq!(case.world.peek(case.client, NEW_ENTRY, 5), b"image");
    let space = case.world.core.space_of(case.client).unwrap();
    assert_eq!(case.world.core.copy_in(space, LOADER, &mut [0]), Err(Errno::EFAULT), "the loader is gone");
    case.world.audit();
}

#[test]
fn the_loader_and_the_old_image_leave_nothing() {
    let (mut case, tag) = executing();
    case.world.touch(case.client);
    case.world.touch(case.server.thread);
    let loader = loader(&mut case);
    case.world.touch(loader);
    let threads = case.world.core.threads.len();
    let effects = [commit(&case, loader), effect(V::ReplyFrame, tag, &[])];
    case.world.order(&case.server, &effects);
    case.world.finish_jobs();
    let messages = case.world.order(&case.server, &[]);
    assert!(kinds(&messages).contains(&(Kind::GroupDead as u32)), "{messages:?}");
    assert_eq!(case.world.core.threads.len(), threads - 1);
    assert_eq!(case.world.core.memory.spaces.len(), 2);
    case.world.audit();
}

#[test]
fn descriptors_marked_for_it_are_closed() {
    let (mut case, tag) = executing();
    let group = case.world.group_of(case.client);
    for (number, flags) in [(0, 0), (1, kernel_abi::O_CLOEXEC), (5, kernel_abi::O_CLOEXEC), (6, 0)] {
        case.world.core.install(group, number, Object::Log, flags).unwrap();
    }
    let loader = loader(&mut case);
    let effects = [commit(&case, loader), effect(V::ReplyFrame, tag, &[])];
    case.world.order(&case.server, &effects);
    let table = &case.world.core.groups.get(group).unwrap().table;
    let open: Vec<usize> = (0..8).filter(|number| table.get(*number).is_ok()).collect();
    assert_eq!(open, [0, 6]);
}

#[test]
fn siblings_never_name_the_old_tables() {
    let (mut case, _) = executing();
    let sibling = case.world.thread(case.world.group_of(case.client));
    let loader = loader(&mut case);
    let effects = [commit(&case, loader)];
    case.world.order(&case.server, &effects);
    case.world.finish_jobs();
    let root = |key| case.world.core.threads.get(key).unwrap().context.root;
    assert_eq!(root(sibling), root(case.client));
}

#[test]
fn a_refused_commit_changes_nothing() {
    let (mut case, _) = executing();
    let rival = case.world.server("rival");
    let stranger = case.world.client(&rival);
    let loader = loader(&mut case);
    let good = commit(&case, loader);
    let own = case.world.group_of(case.client).raw();
    let with = |index: usize, word: u64| {
        let mut effect = good;
        effect.words[index] = word;
        effect
    };
    let strange = case.world.group_of(stranger).raw();
    for (bad, errno) in [
        (with(0, 12_345), Errno::ESRCH),
        (with(0, strange), Errno::EPERM),
        (with(0, own), Errno::EBUSY),
        (with(1, 1 << 47), Errno::EINVAL),
        (with(1, u64::MAX), Errno::EINVAL),
        (with(2, u64::MAX), Errno::EINVAL),
        (with(3, u64::MAX), Errno::EINVAL),
        (with(4, 0), Errno::EINVAL),
        (with(4, u64::MAX), Errno::EINVAL),
        (effect(V::ExecCommit, case.server.thread.raw(), &good.words), Errno::EBUSY),
        (effect(V::ExecCommit, stranger.raw(), &good.words), Errno::EPERM),
        (effect(V::ExecCommit, 1, &good.words), Errno::ESRCH),
    ] {
        assert_eq!(case.world.batch(&case.server, &[bad], 0), Some(Err(errno.0)), "{bad:x?}");
    }
    assert!(case.world.core.threads.get(loader).is_some());
    assert_eq!(case.world.result(case.client), None);
    case.world.audit();
}

#[test]
fn a_caller_killed_in_the_same_batch_loses_no_space() {
    let (mut case, _) = executing();
    case.world.touch(case.server.thread);
    let loader = loader(&mut case);
    let loader_group = case.world.group_of(loader).raw();
    let effects = [effect(V::Kill, case.client.raw(), &[]), commit(&case, loader)];
    case.world.order(&case.server, &effects);
    case.world.order(&case.server, &[effect(V::KillGroup, loader_group, &[])]);
    case.world.finish_jobs();
    case.world.order(&case.server, &[]);
    assert_eq!(case.world.core.memory.spaces.len(), 1, "the server's own");
    case.world.audit();
}

#[test]
fn a_loader_without_threads_is_released() {
    let (mut case, tag) = executing();
    let loader = loader(&mut case);
    let group = case.world.group_of(loader);
    let other = case.world.group(case.server.scheme, USER_PRIORITY);
    let mut good = commit(&case, loader);
    good.words[0] = other.raw();
    case.world.order(&case.server, &[good, effect(V::ReplyFrame, tag, &[])]);
    case.world.finish_jobs();
    assert!(case.world.core.groups.get(other).is_none());
    assert!(case.world.core.groups.get(group).is_some());
    case.world.audit();
}

#[test]
fn a_space_that_is_being_copied_is_no_image_yet() {
    let (mut case, _) = executing();
    let loader = loader(&mut case);
    let caller = case.client;
    case.client = loader;
    let commit_now = {
        let group = case.world.group_of(loader).raw();
        effect(V::ExecCommit, caller.raw(), &[group, NEW_ENTRY, DATA + 4096, LOADER, 8192])
    };
    begin(&mut case);
    case.client = caller;
    let commit = commit_now;
    assert_eq!(case.world.batch(&case.server, &[commit], 0), Some(Err(Errno::EBUSY.0)));
    case.world.finish_jobs();
    case.world.order(&case.server, &[commit]);
}

#[test]
fn an_answer_after_the_commit_is_the_first_thing_in_rax() {
    let (mut case, tag) = executing();
    let loader = loader(&mut case);
    let effects = [commit(&case, loader), effect(V::Reply, tag, &[error(Errno::EINTR) as u64])];
    case.world.order(&case.server, &effects);
    assert_eq!(case.world.result(case.client), Some(error(Errno::EINTR)));
}
