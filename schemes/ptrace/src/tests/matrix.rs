//! The permission matrix: who may do what to whom, against an oracle written from the rules and not from `permission`.
//!
//! Decides the rules a second time ([`Facts::right`], [`Facts::answer`]): specification sections 1.3 to 1.5 (p_candebug and
//! the per-request checks), with the two lines of docs/ptrace.md that differ (the protected are nobody's, before all else;
//! GET_CHILDREN needs no tracing). Each cell is asked of a world in that state, and again after an exec of a plain and of a
//! set-id image. Neighbours: `permission` (the pure functions), `errno` and `errors` (the order among all errors).

use kernel_abi::calls::EXEC_READY;
use proc_abi::id::Pid;
use proc_abi::request::Request;
use proc_abi::text::TextVerb;
use proc_abi::wait::WaitStatus;

use super::world::World;
use crate::credentials::{Credentials, Ids};
use crate::process::Flags;
use crate::{Arguments, Caller, Errno, Image, RequestArguments, Result, Tag};

/// 5 users, 2 groups, 2 P_SUGID, 2 P_INEXEC, 2 P2_NOTRACE, 7 kinds of target, 8 acts.
const CELLS: usize = 5 * 2 * 2 * 2 * 2 * 7 * 8;

/// The caller's effective user and group; its other ids are nobody's, so that a check of the wrong one shows.
const USER: u32 = 5;
const GROUP: u32 = 20;
const OTHER: u32 = 77;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Users {
    Superuser,
    Same,
    EffectiveDiffers,
    RealDiffers,
    SavedDiffers,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Own,
    Child,
    Stranger,
    Tracee,
    Protected,
    Exiting,
    Zombie,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Attach,
    Registers,
    Unknown,
    Children,
    OpenControl,
    OpenMemory,
    OpenRun,
    Stop,
}

const USERS: [Users; 5] =
    [Users::Superuser, Users::Same, Users::EffectiveDiffers, Users::RealDiffers, Users::SavedDiffers];
const KINDS: [Kind; 7] =
    [Kind::Own, Kind::Child, Kind::Stranger, Kind::Tracee, Kind::Protected, Kind::Exiting, Kind::Zombie];
const ACTS: [Act; 8] = [
    Act::Attach,
    Act::Registers,
    Act::Unknown,
    Act::Children,
    Act::OpenControl,
    Act::OpenMemory,
    Act::OpenRun,
    Act::Stop,
];

/// What decides, as the rules name it.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is one column of the matrix")]
struct Facts {
    users: Users,
    foreign_group: bool,
    changed: bool,
    in_exec: bool,
    forbidden: bool,
    kind: Kind,
}

impl Facts {
    /// p_candebug, after the lookup.
    fn right(&self) -> std::result::Result<(), &'static str> {
        match self.kind {
            Kind::Exiting | Kind::Zombie => return Err("ESRCH"),
            Kind::Protected => return Err("EPERM"),
            Kind::Own => return Ok(()),
            Kind::Child | Kind::Stranger | Kind::Tracee => {}
        }
        let superuser = self.users == Users::Superuser;
        if !superuser && (self.users != Users::Same || self.foreign_group) {
            return Err("EPERM");
        }
        if self.changed && !superuser {
            return Err("EPERM");
        }
        if self.in_exec {
            return Err("EBUSY");
        }
        if self.forbidden && !superuser {
            return Err("EPERM");
        }
        Ok(())
    }

    /// What the act is answered with.
    fn answer(&self, act: Act) -> std::result::Result<(), &'static str> {
        self.right()?;
        match (act, self.kind) {
            (Act::Children | Act::OpenControl | Act::OpenMemory | Act::Stop, _) => Ok(()),
            (Act::Attach, Kind::Own) => Err("EINVAL"),
            // It is the other tracer's; and nobody has a session here, which a run needs.
            (Act::Attach | Act::Registers | Act::Unknown, Kind::Tracee) | (Act::OpenRun, _) => Err("EBUSY"),
            (Act::Attach, _) => Ok(()),
            (Act::Registers | Act::Unknown, _) => Err("EPERM"),
        }
    }

    /// The same after a complete exec of this image.
    fn after(self, set_user: Option<u32>) -> Self {
        let mut after = Self { in_exec: false, forbidden: false, ..self };
        match set_user {
            // Set-id bits count unless the process is traced; whoever is not the superuser is a stranger from then on.
            Some(_) if self.kind != Kind::Tracee => {
                after.changed = true;
                after.users = if self.users == Users::Superuser { self.users } else { Users::EffectiveDiffers };
            }
            // The saved ids become the effective ones; P_SUGID stays while the real ones are not those.
            _ => {
                after.users = if self.users == Users::SavedDiffers { Users::Same } else { self.users };
                after.foreign_group = false;
                after.changed &= matches!(self.users, Users::EffectiveDiffers | Users::RealDiffers);
            }
        }
        after
    }

    fn credentials(&self) -> Credentials {
        let mut user = Ids::all(USER);
        match self.users {
            Users::Superuser | Users::Same => {}
            Users::EffectiveDiffers => user.effective = OTHER,
            Users::RealDiffers => user.real = OTHER,
            Users::SavedDiffers => user.saved = OTHER,
        }
        let saved = if self.foreign_group { OTHER } else { GROUP };
        Credentials { user, group: Ids { saved, ..Ids::all(GROUP) }, groups: vec![31] }
    }

    fn caller(&self) -> Credentials {
        let effective = if self.users == Users::Superuser { 0 } else { USER };
        let user = Ids { real: OTHER, effective, saved: OTHER };
        // The real group counts for nothing (groupmember).
        Credentials { user, group: Ids { real: OTHER, effective: GROUP, saved: OTHER }, groups: vec![30, 31] }
    }
}

/// One world for each kind of target: who asks, and whom about.
fn world_of(kind: Kind) -> (World, Pid, Pid) {
    let (mut world, pids) = World::with_children(3);
    let [caller, stranger, tracer] = pids[..] else { panic!("three") };
    let target = match kind {
        Kind::Own => caller,
        Kind::Stranger => stranger,
        Kind::Child | Kind::Tracee | Kind::Protected | Kind::Exiting | Kind::Zombie => world.fork(caller),
    };
    if kind == Kind::Tracee {
        world.attach(tracer, target);
        world.resume(tracer, Request::Continue, target, 0);
    }
    if kind == Kind::Zombie {
        world.call(target, 1, &[0]);
    }
    let [caller, target] = [caller, target].map(|raw| Pid::new(raw).expect("a pid"));
    if kind == Kind::Exiting {
        world.turn(|turn| turn.exit_now(target, WaitStatus::Exited(0)));
    }
    (world, caller, target)
}

/// The world of a cell, before anything else happens; a target in exec has its loader at work.
fn prepare(base: &(World, Pid, Pid), facts: &Facts) -> World {
    let (mut world, caller, target) = base.clone();
    let process = world.table.get_mut(target).expect("there");
    process.flags.set(Flags::PROTECTED, facts.kind == Kind::Protected);
    if facts.in_exec && !can_exec(facts.kind) {
        process.flags.insert(Flags::INEXEC);
    } else if facts.in_exec {
        world.call(target.raw(), 59, &[1, 2, 3]);
    }
    let process = world.table.get_mut(target).expect("there");
    process.flags.set(Flags::SUGID, facts.changed);
    process.flags.set(Flags::NOTRACE, facts.forbidden);
    process.credentials = facts.credentials();
    // Of one's own process the caller's ids are the target's.
    world.table.get_mut(caller).expect("there").credentials = facts.caller();
    world
}

const fn can_exec(kind: Kind) -> bool {
    !matches!(kind, Kind::Exiting | Kind::Zombie)
}

/// The exec comes to its end.
fn complete(world: &mut World, target: Pid, in_exec: bool, set_user: Option<u32>) {
    if !in_exec {
        world.call(target.raw(), 59, &[1, 2, 3]);
    }
    world.model.image = Image { set_user, ..Image::default() };
    let loader = *world.model.threads.keys().last().expect("a loader");
    world.call_raw(loader, EXEC_READY, [3, 0x1000, 0x2000, 0, 0, 0]);
}

fn ask(world: &World, caller: Pid, target: Pid, act: Act) -> Result<()> {
    let mut world = world.clone();
    let mut request = |number| {
        let asked = RequestArguments { number, id: target.raw(), address: 0, data: 0 };
        world
            .turn(|turn| turn.request(Caller { pid: caller, tid: None }, asked, &mut Arguments::Call(Tag(0))))
            .map(drop)
    };
    match act {
        Act::Attach => request(Request::Attach.raw()),
        Act::Registers => request(Request::GetRegs.raw()),
        Act::Unknown => request(9_999),
        Act::Children => request(Request::GetChildren.raw()),
        Act::OpenControl => world.turn(|turn| turn.open_control(caller, target, crate::Sharing::Shared)).map(drop),
        Act::OpenMemory => world.turn(|turn| turn.check_debug(caller, target)),
        Act::OpenRun => world.turn(|turn| turn.open_run(caller, target)).map(drop),
        Act::Stop => world.turn(|turn| turn.text(caller, target, TextVerb::Stop)),
    }
}

fn name(errno: Errno) -> &'static str {
    let names = [
        (Errno::EPERM, "EPERM"),
        (Errno::ESRCH, "ESRCH"),
        (Errno::EBUSY, "EBUSY"),
        (Errno::EINVAL, "EINVAL"),
        (Errno::EFAULT, "EFAULT"),
    ];
    names.into_iter().find(|row| row.0 == errno).map_or("another", |row| row.1)
}

fn compare(world: &World, pids: (Pid, Pid), facts: &Facts, when: &str) -> usize {
    for act in ACTS {
        let answer = ask(world, pids.0, pids.1, act).map_err(name);
        assert_eq!(answer, facts.answer(act), "{when}: {act:?}, {facts:?}");
    }
    ACTS.len()
}

fn cases(kind: Kind) -> impl Iterator<Item = Facts> {
    USERS.into_iter().flat_map(move |users| {
        (0..16_u32).map(move |bits| Facts {
            users,
            foreign_group: bits & 1 != 0,
            changed: bits & 2 != 0,
            in_exec: bits & 4 != 0,
            forbidden: bits & 8 != 0,
            kind,
        })
    })
}

#[test]
fn every_cell_is_as_the_rules_say_before_and_after_exec() {
    let (mut cells, mut after) = (0, 0);
    for kind in KINDS {
        let base = world_of(kind);
        let (caller, target) = (base.1, base.2);
        for facts in cases(kind) {
            let world = prepare(&base, &facts);
            cells += compare(&world, (caller, target), &facts, "before exec");
            for image in [None, Some(0)].into_iter().filter(|_| can_exec(kind)) {
                let mut world = world.clone();
                complete(&mut world, target, facts.in_exec, image);
                after += compare(&world, (caller, target), &facts.after(image), "after exec");
            }
        }
    }
    println!("{cells} cells, {after} more after exec");
    assert_eq!((cells, after), (CELLS, 2 * CELLS / 7 * 5));
}
