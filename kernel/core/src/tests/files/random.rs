//! Random sequences of file calls by two threads, with a server that answers well, badly or not at all.
//!
//! Decides that nothing panics and that nothing is left behind: after the group is killed every file, object, frame and
//! inbox node is back. Neighbours: `files` (helpers), `memory::audit` (the rules of memory).

use kernel_abi::effect::{Effect, EffectVerb as V};
use kernel_abi::message::{Kind, Message};
use kernel_abi::redox::flag::{MapFlags, O_NONBLOCK, O_RDWR};
use kernel_abi::redox::number as n;
use kernel_abi::redox::schemev2::Opcode;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use zerocopy::IntoBytes;

use super::super::world::{DATA, DATA_LENGTH, HOLE, Server, World, effect, error};
use super::{IN, OUT, pass};
use crate::errno::Errno;
use crate::pending::Interruption;
use crate::thread::ThreadKey;

const PATHS: [&str; 9] =
    ["pipe:", "event:", "time:4", "time:1", "memory:anonymous/20000", "sys:counts", "file:x", "file:y", "nowhere:z"];

/// The sequences are the same in every run.
const SEED: u64 = 0x5eed_0f11;

/// One step: what, with which descriptor, and how.
#[derive(Clone, Copy, Debug)]
struct Step {
    thread: usize,
    what: u8,
    descriptor: u64,
    detail: u64,
}

fn step() -> impl Strategy<Value = Step> {
    (0..2_usize, 0..17_u8, 0..9_u64, any::<u64>()).prop_map(|(thread, what, descriptor, detail)| Step {
        thread,
        what,
        descriptor,
        detail,
    })
}

/// A program's call. Calls that wait leave the thread waiting.
fn program(world: &mut World, thread: ThreadKey, step: Step) {
    let Step { what, descriptor, detail, .. } = step;
    let length = [0, 1, 24, 100, 4096, 9000][(detail % 6) as usize];
    let buffer = if detail % 11 == 0 { HOLE - 4096 - 10 } else { IN };
    let _raw = match what {
        0..=2 => {
            let path = PATHS[(detail % 9) as usize];
            let flags = if detail & 64 == 0 { O_RDWR } else { O_RDWR | O_NONBLOCK };
            super::try_open(world, thread, path, flags)
        }
        3 => {
            world.poke(thread, OUT, b"peer");
            world.call(thread, n::SYS_DUP_INTO, &[descriptor, kernel_abi::LOWEST_FREE as u64, OUT, (detail & 1) * 4])
        }
        4 | 5 => world.call(thread, n::SYS_READ, &[descriptor, buffer, length]),
        6 | 7 => world.call(thread, n::SYS_WRITE, &[descriptor, buffer, length]),
        8 => world.call(thread, n::SYS_CLOSE, &[descriptor]),
        9 | 10 => {
            world.poke(thread, OUT, [detail % 9, detail >> 8 & 3, detail].as_bytes());
            world.call(thread, n::SYS_WRITE, &[descriptor, OUT, 24])
        }
        11 => world.call(thread, n::SYS_LSEEK, &[descriptor, detail % 9000, detail >> 32 & 3]),
        12 => {
            let shared = if detail & 1 == 0 { MapFlags::MAP_SHARED } else { MapFlags::MAP_PRIVATE };
            let flags = (MapFlags::PROT_READ | MapFlags::PROT_WRITE | shared).bits() as u64;
            world.poke(thread, OUT, [0, length, flags, 0].as_bytes());
            world.call(thread, n::SYS_FMAP, &[descriptor, OUT, 32])
        }
        13 => {
            world.poke(thread, OUT, [detail % 3, detail % 2_000_000_000].as_bytes());
            world.call(thread, n::SYS_WRITE, &[descriptor, OUT, 16])
        }
        14 => world.call(thread, n::SYS_FUTEX, &[IN, detail % 3, detail >> 8 & 1, 0, IN + 4]),
        15 => world.call(thread, n::SYS_FSTAT, &[descriptor, buffer, 104]),
        _ => {
            world.poke(thread, OUT, [detail % 2, detail % 1_000_000_000].as_bytes());
            world.call(thread, n::SYS_NANOSLEEP, &[OUT, buffer])
        }
    };
}

/// What the server does with a request.
fn answer(server: &Server, message: &Message, mood: u64) -> Option<Effect> {
    let error = error(Errno::EPERM) as u64;
    match mood % 8 {
        0 => return None,
        1 => return Some(effect(V::Reply, message.tag, &[error])),
        2 => return Some(effect(V::ReplyOpen, message.tag, &[mood, 1])),
        3 => return Some(effect(V::ReplyDescriptor, message.tag, &[server.socket as u64])),
        4 => return Some(effect(V::Reply, message.tag, &[mood])),
        _ => {}
    }
    Some(if message.number == Opcode::OpenAt as u32 || message.number == Opcode::Dup as u32 {
        effect(V::ReplyOpen, message.tag, &[mood % 5, mood >> 3 & 1])
    } else if message.number == Opcode::MmapPrep as u32 {
        effect(V::ReplyDescriptor, message.tag, &[server.socket as u64 + 1])
    } else {
        effect(V::Reply, message.tag, &[message.length])
    })
}

/// The server takes what is there, answers, and notifies.
fn serve(world: &mut World, server: &Server, mood: u64) {
    let messages = world.order(server, &[effect(V::Notify, mood % 5, &[mood >> 8 & 3])]);
    let requests = messages.iter().filter(|message| message.kind == Kind::Request as u32);
    let effects: Vec<Effect> = requests.filter_map(|message| answer(server, message, mood)).collect();
    world.order(server, &effects);
}

/// Runs the steps; one of the frames that they allocate is refused.
fn run(steps: &[Step], refused: Option<u64>) {
    let mut world = World::new();
    let server = world.server("file");
    let memory = super::open(&mut world, server.thread, "memory:anonymous/9000");
    assert_eq!(memory, server.socket as u64 + 1);
    // Pages that the server or its object would get on the way are there from the start.
    world.poke(server.thread, DATA, &[0; DATA_LENGTH as usize]);
    super::write(&mut world, server.thread, memory, &[0; 12_288]);
    let before = (world.core.memory.in_use(&world.core.machine), world.core.nodes.used());
    let first = world.client(&server);
    let group = world.group_of(first);
    let threads = [first, world.thread(group)];
    world.poke(first, DATA, &[0; DATA_LENGTH as usize]);
    world.core.memory.frames.fail_after(refused);
    for step in steps {
        let thread = threads[step.thread];
        if world.result(thread).is_some() {
            program(&mut world, thread, *step);
        } else if step.what == 0 {
            world.core.interrupt(thread, Interruption::Restart);
        }
        serve(&mut world, &server, step.detail);
        pass(&mut world, step.detail % 100_000_000);
    }
    world.core.kill_group(group);
    for _ in 0..1000 {
        if world.core.jobs.is_pending() {
            world.core.run_job();
        }
    }
    assert!(!world.core.jobs.is_pending());
    for _ in 0..100 {
        world.order(&server, &[]);
    }
    pass(&mut world, 1 << 60);
    let core = &world.core;
    assert_eq!((core.descriptions.len(), core.pipes.len(), core.queues.len()), (2, 0, 0));
    assert_eq!(core.files.watched_count(), 0);
    assert_eq!((core.memory.in_use(&core.machine), core.nodes.used()), before);
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(SEED),
        ..ProptestConfig::default()
    })]
    #[test]
    fn nothing_is_left_behind(
        steps in proptest::collection::vec(step(), 1..80),
        refused in proptest::option::of(1..40_u64),
    ) {
        run(&steps, refused);
    }
}
