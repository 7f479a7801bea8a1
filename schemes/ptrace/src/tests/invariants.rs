//! What must hold whenever nothing is under way: checked after every run of every test.
//!
//! Decides the invariants. Main function: [`check`]. Neighbours: `world` calls it, `explorer` and `random` rely on it.

use kernel_abi::stop::Reasons;

use super::world::World;
use crate::delegate::Leave;
use crate::thread::{DebugFlags, Stage};
use crate::{Flags, Life, Process, Thread};

/// Fails the test if the table and the kernel do not agree, or if something is stuck.
pub(super) fn check(world: &World) {
    check_leaves(world);
    for pid in world.table.pids() {
        let process = world.table.get(*pid).expect("listed");
        check_family(world, process);
        check_news(world, process);
        check_process(world, process);
        for thread in &process.threads {
            check_thread(world, process, thread);
        }
    }
}

/// Who has authority, and who may run a target without the server, is known to both sides, and still may.
fn check_leaves(world: &World) {
    let mut leaves = std::collections::BTreeMap::new();
    let mut sessions = std::collections::BTreeSet::new();
    let mut index = 0;
    while let Some(session) = world.table.sessions.at(index) {
        index += 1;
        sessions.insert(session.id.0);
        let traced = world.table.get(session.target).is_some_and(|process| process.tracing == Some(session.id));
        assert!(session.files > 0 || traced, "a session that nobody uses is left: {session:?}");
        if let Leave::Granted(tid, kernel) = session.leave {
            let thread = (tid, kernel);
            assert_eq!(world.table.runnable_by(session), Some(thread), "leave is out of date");
            let watched = world.table.get(session.target).is_some_and(Process::is_watched);
            assert!(!watched, "{:?} is watched, and runs without the server", session.target);
            leaves.insert(session.id.0, thread);
        }
    }
    assert!(sessions.iter().eq(world.model.sessions.keys()), "the kernel and the server do not agree on sessions");
    assert_eq!(leaves, world.model.leaves, "the kernel and the server do not agree on leaves");
}

fn check_news(world: &World, process: &Process) {
    let children = world.table.pids().iter().filter_map(|pid| world.table.get(*pid));
    let news = children.filter(|child| child.parent == Some(process.pid) && child.has_news()).count();
    assert_eq!(process.news as usize, news, "{:?} has miscounted its news", process.pid);
}

fn check_process(world: &World, process: &Process) {
    let pid = process.pid;
    assert!(!matches!(process.life, Life::Exiting(_)), "{pid:?} never ends");
    if process.zombie().is_some() {
        assert!(process.threads.is_empty() && process.parent.is_some(), "{pid:?} is a zombie for nobody");
        return;
    }
    if process.is(Flags::STOPPED_TRACE) {
        assert!(process.is(Flags::TRACED), "{pid:?} stopped for nobody");
    }
    let group = &world.model.groups[&process.group.0];
    if process.exec.is_none() {
        assert_eq!(process.should_stop(), process.is(Flags::STOP_COMPLETE), "{pid:?} never completes its stop");
        assert_eq!(group.reasons & Reasons::SINGLE.bits(), 0, "{pid:?} is held for an exec that is over");
    }
    let stopping = Reasons::TRACE | Reasons::JOB;
    assert_eq!(group.reasons & stopping.bits() != 0, process.should_stop(), "{pid:?} {:?}", process.flags);
    let holders = world.table.holders(pid).next().is_some();
    assert_eq!(holders, process.is(Flags::HOLD_STOP), "{pid:?} is held by nobody, or not held");
    let stands = group.reasons & Reasons::OPERATOR.bits() != 0;
    assert_eq!(stands, process.stands_by_token(), "{pid:?} does not stand or run as its tokens say");
    let status = process.stop_status();
    let stands = process.threads.iter().any(|thread| thread.tid.raw() == status.tid);
    assert_eq!(stands, process.is_stopped_by_cause(), "{pid:?} stands by a thread that is gone");
    if let Some(session) = process.tracing {
        assert!(process.is(Flags::TRACED), "{pid:?} has authority over it left");
        assert!(world.model.sessions.contains_key(&session.0), "{pid:?} has a session the kernel does not know");
    }
}

fn check_family(world: &World, process: &Process) {
    if let Some(parent) = process.parent {
        let parent = world.table.get(parent).unwrap_or_else(|| panic!("{:?} has a forgotten parent", process.pid));
        assert!(parent.zombie().is_none(), "{:?} has a dead parent", process.pid);
    }
    if process.is(Flags::TRACED) {
        assert!(process.parent.is_some(), "{:?} is traced by nobody", process.pid);
    } else if process.zombie().is_none() {
        assert_eq!(process.parent, process.real_parent, "{:?} is waited for by a stranger", process.pid);
    }
}

fn check_thread(world: &World, process: &Process, thread: &Thread) {
    let tid = thread.tid;
    let kernel = world.model.threads.get(&thread.kernel.0).unwrap_or_else(|| panic!("{tid:?} is dead"));
    let unstarted = thread.stage.is_unstarted();
    assert_eq!(kernel.report.is_some(), thread.is_parked() && !unstarted, "{tid:?}: {:?} {kernel:?}", thread.stage);
    let held = kernel.reasons & Reasons::HELD.bits() != 0;
    assert_eq!(held, thread.flags.contains(DebugFlags::SUSPEND), "{tid:?} is held by nobody, or not held");
    let waits = kernel.reasons & Reasons::VFORK.bits() != 0;
    assert!(!waits || thread.vfork_child.is_some(), "{tid:?} waits for a vfork child that is gone");
    let pending = matches!(thread.stage, Stage::Pending(..));
    let idle = !process.should_stop() && !held && process.exec.is_none() && !process.is(Flags::SINGLE_EXIT);
    assert!(!(pending && idle && !process.is_stopped_by_cause()), "{tid:?} is forgotten at {:?}", thread.stage);
    if thread.flags.contains(DebugFlags::XSIG) {
        assert!(process.is(Flags::STOPPED_TRACE), "{tid:?} is in a stop of nobody's");
        assert_eq!(process.xthread, Some(tid), "{tid:?} is not the one that reports");
    }
    // A signal that could be taken is about to be taken, unless something keeps the thread.
    let running = thread.stage == Stage::Away && idle && kernel.reasons == 0;
    if running && thread.blocked.is_none() && kernel.call.is_none() && thread.deferred.is_none() {
        let own = thread.queue.pending().difference(thread.mask);
        assert!(own.is_empty() || kernel.boundary, "{tid:?} does not look at {own:?}");
        let shared = process.queue.pending().difference(thread.mask);
        assert!(shared.is_empty() || someone_looks(world, process), "nobody looks at {shared:?}");
    }
}

/// A thread will look at the signals of the process, if only when something that keeps it is over.
fn someone_looks(world: &World, process: &Process) -> bool {
    process.threads.iter().any(|thread| thread.is_parked() || world.model.threads[&thread.kernel.0].boundary)
}
