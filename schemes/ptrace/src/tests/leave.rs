//! Leave to run without the server: each thing a resume would have to look at withholds it.
//!
//! Decides nothing. The states are set directly, one thing at a time, in a world where leave was given. Neighbours:
//! `delegate` (the same by what users do), `delegate::runnable_by`.

use proc_abi::event::EventMask;
use proc_abi::id::Pid;
use proc_abi::signal::{SIGUSR1, SigSet};

use super::world::World;
use crate::blocked::{Blocked, Waiting};
use crate::thread::{DebugFlags, Deferred, Point, Stage, Stop};
use crate::{Flags, Process, Tag, Thread};

/// A debugger with its tracee, stopped and collected, and leave to run it.
fn with_leave() -> (World, Pid) {
    let (mut world, pids) = World::with_children(1);
    let target = world.fork(pids[0]);
    world.thr_new(target);
    world.attach(pids[0], target);
    world.resume(pids[0], proc_abi::request::Request::Continue, target, 0);
    world.trap(target, kernel_abi::stop::Cause::Breakpoint, [0x4000, 0, 0, 0, 0, 0, 0, 0]);
    world.wait_stop(pids[0], target);
    world.open_run(pids[0], target);
    world.turn(|_| ());
    assert!(!world.model.leaves.is_empty(), "leave was given");
    (world, Pid::new(target).expect("a pid"))
}

fn keeps_leave(change: impl FnOnce(&mut Process)) -> bool {
    let (mut world, target) = with_leave();
    change(world.table.get_mut(target).expect("there"));
    world.turn(|_| ());
    !world.model.leaves.is_empty()
}

/// What would be looked at, and how it comes to be there.
type Change<T> = (&'static str, fn(&mut T));

const THREAD: [Change<Thread>; 13] = [
    ("a given result", |thread| thread.given_result = Some(0)),
    ("a child", |thread| thread.child = Some(Pid::INIT)),
    ("a vfork child", |thread| thread.vfork_child = Some(Pid::INIT)),
    ("a call put off", |thread| thread.deferred = Some(Deferred { tag: Tag(0), number: 1, arguments: [0; 6] })),
    ("a call that waits", |thread| thread.blocked = Some(Blocked { tag: Tag(0), waiting: Waiting::Exit })),
    ("a sigsuspend", |thread| thread.suspending = true),
    ("a mask to restore", |thread| thread.saved_mask = Some(SigSet::EMPTY)),
    ("a hold", |thread| thread.flags.insert(DebugFlags::SUSPEND)),
    ("an entry that no exit follows", |thread| thread.flags.insert(DebugFlags::SCE)),
    ("an exec", |thread| thread.flags.insert(DebugFlags::EXEC)),
    ("a blocked trap", |thread| thread.mask.insert(proc_abi::signal::SIGTRAP)),
    ("a stop at an exit", |thread| thread.stage = Stage::Stopped(Stop::Event(Point::Exit), 1)),
    ("a stop at a start", |thread| thread.stage = Stage::Stopped(Stop::Event(Point::Start), 1)),
];

/// Of a thread that did not report.
const OTHER: [Change<Thread>; 9] = [
    ("a report", |thread| thread.stage = Stage::Pending(Point::Scan, 1)),
    ("a stop of its own", |thread| thread.stage = Stage::Stopped(Stop::Event(Point::CallEntry), 1)),
    ("a death", |thread| thread.stage = Stage::Dying),
    ("a birth", |thread| thread.flags.insert(DebugFlags::BORN)),
    ("a given result", |thread| thread.given_result = Some(0)),
    ("a child", |thread| thread.child = Some(Pid::INIT)),
    ("a vfork child", |thread| thread.vfork_child = Some(Pid::INIT)),
    ("a call put off", |thread| thread.deferred = Some(Deferred { tag: Tag(0), number: 1, arguments: [0; 6] })),
    ("a sigsuspend", |thread| thread.suspending = true),
];

const PROCESS: [Change<Process>; 9] = [
    ("an operator's stop", |process| process.flags.insert(Flags::OPERATOR_STOP)),
    ("a vfork", |process| process.flags.insert(Flags::PPWAIT)),
    ("a diverted signal", |process| process.flags.insert(Flags::PPTRACE)),
    ("an exec under way", |process| process.flags.insert(Flags::INEXEC)),
    ("a kill", |process| process.flags.insert(Flags::WKILLED)),
    ("an exit under way", |process| process.flags.insert(Flags::SINGLE_EXIT)),
    ("another reporter", |process| process.xthread = None),
    ("traps that do not stop", |process| process.stops.signals = SigSet::of(SIGUSR1)),
    ("no session", |process| process.tracing = None),
];

#[test]
fn nothing_withholds_leave_from_a_plain_stop() {
    assert!(keeps_leave(|_| ()));
    assert!(keeps_leave(|process| {
        process.events = EventMask::SCE;
        process.threads[0].flags.insert(DebugFlags::SCE);
    }));
    assert!(keeps_leave(|process| process.threads[0].flags.insert(DebugFlags::SCX)));
    let others: [fn(&mut Thread); 5] = [
        |thread| thread.flags.insert(DebugFlags::SUSPEND),
        |thread| thread.flags.insert(DebugFlags::SCE),
        |thread| thread.blocked = Some(Blocked { tag: Tag(0), waiting: Waiting::Exit }),
        |thread| thread.saved_mask = Some(SigSet::EMPTY),
        |thread| thread.mask.insert(proc_abi::signal::SIGTRAP),
    ];
    for change in others {
        assert!(keeps_leave(|process| change(&mut process.threads[1])));
    }
}

#[test]
fn whatever_a_resume_would_look_at_withholds_it() {
    for (what, change) in THREAD {
        assert!(!keeps_leave(|process| change(&mut process.threads[0])), "{what}");
    }
    for (what, change) in OTHER {
        assert!(!keeps_leave(|process| change(&mut process.threads[1])), "of the other thread: {what}");
    }
    for (what, change) in PROCESS {
        assert!(!keeps_leave(change), "{what}");
    }
}
