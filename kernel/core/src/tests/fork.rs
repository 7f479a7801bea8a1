//! Fork: what the child gets, that nobody runs in between, and that nothing is left of one that failed.
//!
//! Decides nothing. Neighbours: `core::fork`, `memory::tests::forks` (spaces alone), `failures` (every allocation).

use kernel_abi::effect::{EffectVerb as V, StopNews};
use kernel_abi::message::Kind;
use kernel_abi::redox::number::{SYS_READ, SYS_WRITE};
use kernel_abi::registers::RFLAGS_TF;
use kernel_abi::stop::Reasons;
use kernel_abi::verb::{ForkFlags, Forked, SocketVerb};
use zerocopy::FromBytes;

use super::case::{Case, kinds};
use super::files;
use super::world::{DATA, ENTRY, HOLE, effect, error};
use crate::errno::Errno;
use crate::thread::ThreadKey;

/// fork as FreeBSD numbers it.
const FORK: u32 = 2;

/// The server's answer to a fork: the verb's raw result and what it wrote.
pub(super) fn fork(case: &mut Case, flags: ForkFlags) -> Result<(ThreadKey, u64), usize> {
    let words = [case.client.raw(), flags.bits() | 9 << 32];
    let raw = case.world.verb(&case.server, SocketVerb::Fork, words, (DATA, 16)).expect("does not wait");
    if raw != 0 {
        return Err(raw);
    }
    let forked = Forked::read_from_bytes(&case.world.peek(case.server.thread, DATA, 16)).unwrap();
    Ok((ThreadKey::from_raw(forked.thread), forked.group))
}

/// A fork whose copy has not begun: no job has run. The child.
pub(super) fn begin(case: &mut Case) -> ThreadKey {
    ThreadKey::from_raw(case.world.core.fork(case.client, ForkFlags::empty(), 9).unwrap().thread)
}

fn start(case: &mut Case, child: ThreadKey) {
    let release = effect(V::Release, child.raw(), &[Reasons::NOT_STARTED.bits()]);
    case.world.order(&case.server, &[release]);
}

#[test]
fn a_child_is_its_parent_with_another_result() {
    let mut case = Case::new();
    case.world.poke(case.client, DATA + 8192, b"before");
    case.world.process_call(case.client, FORK, &[1, 2]);
    let tag = case.world.only(&case.server, Kind::ProcessCall).tag;
    case.thread(V::Step, &[1]);
    let (child, group) = fork(&mut case, ForkFlags::empty()).unwrap();
    case.world.finish_jobs();
    let job = case.world.only(&case.server, Kind::Job);
    assert_eq!(job.words[..2], [9, 0]);
    case.world.order(&case.server, &[effect(V::Reply, tag, &[500])]);
    start(&mut case, child);
    assert_eq!(case.world.result(child), Some(0));
    let (parent, child_frame) = {
        let thread = |key| &case.world.core.threads.get(key).unwrap().context;
        (thread(case.client).registers, thread(child).registers)
    };
    assert_eq!((child_frame.rip, child_frame.rdx, child_frame.rdi), (ENTRY + 2, 1, parent.rdi));
    assert_eq!((child_frame.rflags & RFLAGS_TF, parent.rflags & RFLAGS_TF), (0, RFLAGS_TF));
    assert_eq!(case.world.group_of(child).raw(), group);
    case.world.poke(child, DATA + 8192, b"child!");
    assert_eq!(case.world.peek(case.client, DATA + 8192, 6), b"before");
    case.world.poke(case.client, DATA + 8192, b"parent");
    assert_eq!(case.world.peek(child, DATA + 8192, 6), b"child!");
    case.world.audit();
}

#[test]
fn neither_side_runs_before_the_copy_is_whole() {
    let mut case = Case::new();
    case.world.touch(case.client);
    let child = begin(&mut case);
    case.world.core.release(child, Reasons::NOT_STARTED);
    for thread in [case.client, child] {
        assert!(!case.world.core.is_runnable(thread));
    }
    let second = case.world.core.fork(case.client, ForkFlags::empty(), 9);
    assert_eq!(second, Err(Errno::EBUSY), "one copy at a time");
    assert!(!case.world.core.is_runnable(case.client));
    let client = case.client.raw();
    let refused = case.world.batch(&case.server, &[effect(V::Release, client, &[Reasons::COPYING.bits()])], 0);
    assert_eq!(refused, Some(Err(Errno::EINVAL.0)), "no server may end the kernel's own reason");
    case.world.finish_jobs();
    assert!(case.world.core.is_runnable(case.client) && case.world.core.is_runnable(child));
    case.world.audit();
}

#[test]
fn a_stop_that_came_during_the_copy_holds_after_it() {
    let mut case = Case::new();
    begin(&mut case);
    case.world.core.stop_group(case.world.group_of(case.client), Reasons::TRACE, StopNews::Awaited);
    case.world.finish_jobs();
    assert!(!case.world.core.is_runnable(case.client));
    case.group(V::Continue, &[Reasons::TRACE.bits(), 1]);
    assert!(case.world.core.is_runnable(case.client));
}

#[test]
fn a_vfork_child_has_its_parents_memory() {
    let mut case = Case::new();
    let (child, _) = fork(&mut case, ForkFlags::SHARE_SPACE).unwrap();
    assert!(!case.world.core.jobs.is_pending() && case.world.order(&case.server, &[]).is_empty());
    case.world.poke(child, DATA + 8192, b"shared");
    assert_eq!(case.world.peek(case.client, DATA + 8192, 6), b"shared");
    case.world.core.kill_thread(child);
    case.world.finish_jobs();
    assert_eq!(case.world.peek(case.client, DATA + 8192, 6), b"shared");
    case.world.audit();
}

#[test]
fn a_child_has_the_open_files_of_its_parent() {
    let mut case = Case::new();
    let (reader, writer) = files::pipe(&mut case.world, case.client);
    let (child, _) = fork(&mut case, ForkFlags::empty()).unwrap();
    case.world.finish_jobs();
    start(&mut case, child);
    assert_eq!(case.world.call(child, SYS_WRITE, &[writer, DATA, 3]), Some(3));
    assert_eq!(case.world.call(case.client, SYS_READ, &[reader, DATA, 9]), Some(3));
    case.world.core.kill_thread(case.client);
    case.world.finish_jobs();
    assert_eq!(case.world.call(child, SYS_READ, &[reader, DATA, 9]), None, "the child still holds the other end");
    case.world.audit();
}

#[test]
fn a_payload_that_cannot_be_filled_makes_no_child() {
    let mut case = Case::new();
    let (groups, threads) = (case.world.core.groups.len(), case.world.core.threads.len());
    let space = case.world.core.space_of(case.server.thread).unwrap();
    case.world.map(space, 0x5000_0000, 4096, crate::memory::Protection::READ);
    for (payload, errno) in [
        ((DATA, 8), Errno::EINVAL),
        ((DATA, 24), Errno::EINVAL),
        ((HOLE, 16), Errno::EFAULT),
        ((0x5000_0000, 16), Errno::EFAULT),
        ((u64::MAX - 4, 16), Errno::EFAULT),
    ] {
        let words = [case.client.raw(), 0];
        assert_eq!(case.world.verb(&case.server, SocketVerb::Fork, words, payload), Some(error(errno)), "{payload:x?}");
    }
    assert_eq!((case.world.core.groups.len(), case.world.core.threads.len()), (groups, threads));
    let unknown = case.world.verb(&case.server, SocketVerb::Fork, [case.client.raw(), 2], (DATA, 16));
    assert_eq!(unknown, Some(error(Errno::EINVAL)));
}

#[test]
fn either_side_can_die_during_the_copy() {
    for dying in 0..3 {
        let mut case = Case::new();
        case.world.touch(case.client);
        case.world.touch(case.server.thread);
        let parent = case.world.group_of(case.client);
        let before = case.world.counts();
        let second = case.world.client(&case.server);
        case.world.touch(second);
        case.client = second;
        let child = begin(&mut case);
        let (first, last) = if dying == 0 { (second, child) } else { (child, second) };
        case.world.core.kill_thread(first);
        case.world.audit();
        if dying != 2 {
            case.world.finish_jobs();
        }
        case.world.core.kill_thread(last);
        case.world.finish_jobs();
        let messages = case.world.order(&case.server, &[]);
        assert_eq!(
            messages.iter().filter(|message| message.kind == Kind::Job as u32).count(),
            1,
            "{:?}",
            kinds(&messages)
        );
        case.world.audit();
        assert_eq!(case.world.counts(), before);
        assert!(case.world.core.groups.get(parent).is_some());
    }
}
