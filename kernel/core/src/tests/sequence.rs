//! Sequences of system calls, effects, traps and time that bytes choose: the kernel's fuzz target.
//!
//! Decides what a byte string does to a kernel with two servers and a few processes. After each step the rules of `audit`
//! hold; at the end everything is killed and nothing is left. Main entry: [`run`]. Neighbours: `sequence/orders` (what servers order), tests/fuzz/corpus/kernel (the
//! strings that are run here), `world`, `audit`.

use kernel_abi::message::Kind;
use kernel_abi::redox::flag::O_RDWR;
use kernel_abi::redox::number as n;
use kernel_abi::stop::Causes;
use kernel_abi::{LOWEST_FREE, NAMESPACE};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

mod orders;

use super::world::{DATA, HOLE, Server, World};
use crate::seam::Exit;
use crate::thread::ThreadKey;

/// Where a test's structures lie in a program's memory.
const PLACE: u64 = DATA + 2 * 4096;
/// Groups that are alive at most, so that memory lasts.
const GROUPS: usize = 9;
const PATHS: [&str; 6] = ["one:a", "two:b", "pipe:", "event:", "memory:anonymous/5000", "time:4"];
const CALLS: [u32; 8] = [1, 2, 7, 59, 66, 340, 341, 417];

/// The bytes, read as choices. What is missing is 0.
struct Choices<'a>(&'a [u8]);

impl Choices<'_> {
    fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().map_or((0, self.0), |(first, rest)| (*first, rest));
        self.0 = rest;
        first
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::from(self.byte()) % limit.max(1)
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        from.get(self.below(from.len())).copied()
    }
}

struct Play {
    world: World,
    servers: [Server; 2],
    /// Threads of processes, also dead ones.
    clients: Vec<ThreadKey>,
    /// Tags that servers received.
    tags: Vec<u64>,
}

impl Play {
    fn new() -> Self {
        let mut world = World::with_frames(400);
        let servers = [world.server("one"), world.server("two")];
        let clients = vec![world.client(&servers[0]), world.client(&servers[0]), world.client(&servers[1])];
        Self { world, servers, clients, tags: Vec::new() }
    }

    /// The thread can play a part: it is in user code with its memory in place.
    fn is_usable(&mut self, thread: ThreadKey) -> bool {
        if self.world.result(thread).is_none() {
            return false;
        }
        let core = &mut self.world.core;
        let Some(space) = core.space_of(thread) else { return false };
        let mut pages = (0..5).chain(32..44);
        pages.all(|page| core.copy_out(space, DATA + page * 4096 + 4000, &[0]).is_ok())
    }

    fn step(&mut self, choices: &mut Choices<'_>) {
        match choices.below(12) {
            0 | 1 => self.process_call(choices),
            2 | 3 => self.file_call(choices),
            4 | 5 => self.receive(choices),
            6 | 7 => self.order(choices),
            8 => self.verb(choices),
            9 => self.trap(choices),
            10 => {
                let passed = u64::from(choices.byte()) << choices.below(40);
                if self.world.core.machine.advance(passed) {
                    self.world.core.handle(Exit::Interrupt(crate::seam::Interrupt::Timer));
                }
            }
            _ => {
                self.world.settle();
            }
        }
    }

    fn client(&mut self, choices: &mut Choices<'_>) -> Option<ThreadKey> {
        let client = choices.pick(&self.clients)?;
        self.is_usable(client).then_some(client)
    }

    fn server(&mut self, choices: &mut Choices<'_>) -> Option<Server> {
        let server = choices.pick(&self.servers)?;
        self.is_usable(server.thread).then_some(server)
    }

    fn process_call(&mut self, choices: &mut Choices<'_>) {
        let Some(client) = self.client(choices) else { return };
        let number = choices.pick(&CALLS).unwrap_or(0);
        self.world.process_call(client, number, &[DATA, 1, 2]);
    }

    fn file_call(&mut self, choices: &mut Choices<'_>) {
        let Some(client) = self.client(choices) else { return };
        let path = choices.pick(&PATHS).unwrap_or("");
        let descriptor = choices.below(8) as u64;
        let buffer = choices.pick(&[DATA, PLACE, HOLE, HOLE - 4100]).unwrap_or(0);
        let length = choices.pick(&[0, 1, 64, 65, 176, 4096, 9000]).unwrap_or(0);
        self.world.refused = Some(u64::from(choices.byte() % 8));
        let (number, arguments) = match choices.below(8) {
            0 | 1 => {
                self.world.poke(client, PLACE, path.as_bytes());
                let target = if descriptor == 7 { 7 } else { LOWEST_FREE as u64 };
                (n::SYS_OPENAT_INTO2, [NAMESPACE as u64, PLACE, path.len() as u64, O_RDWR as u64, target])
            }
            2 => (n::SYS_READ, [descriptor, buffer, length, 0, 0]),
            3 => (n::SYS_WRITE, [descriptor, buffer, length, 0, 0]),
            4 => (n::SYS_READ2, [descriptor, buffer, length, DATA, 0]),
            5 => (n::SYS_WRITE2, [descriptor, buffer, length, DATA, 0]),
            6 => (n::SYS_CLOSE, [descriptor, 0, 0, 0, 0]),
            _ => (n::SYS_DUP_INTO, [descriptor, LOWEST_FREE as u64, 0, 0, 0]),
        };
        self.world.call(client, number, &arguments);
    }

    fn receive(&mut self, choices: &mut Choices<'_>) {
        let Some(server) = self.server(choices) else { return };
        self.world.inbox_count = choices.below(9) as u32;
        let flags = u32::from(choices.byte() & 1);
        let received = self.world.batch(&server, &[], flags);
        self.note(received);
    }

    fn note(&mut self, received: Option<Result<Vec<kernel_abi::message::Message>, u32>>) {
        let messages = received.and_then(Result::ok).unwrap_or_default();
        assert!(messages.iter().all(|message| Kind::from_raw(message.kind).is_some()), "{messages:?}");
        self.tags.extend(messages.iter().map(|message| message.tag).filter(|tag| *tag != 0));
        let threads = messages.iter().map(|message| ThreadKey::from_raw(message.thread));
        let new: Vec<_> = threads.filter(|thread| !self.clients.contains(thread)).collect();
        self.clients.extend(new.into_iter().filter(|thread| self.world.core.threads.get(*thread).is_some()));
        let drop = self.tags.len().saturating_sub(16);
        self.tags.drain(..drop);
    }

    fn trap(&mut self, choices: &mut Choices<'_>) {
        let Some(client) = self.client(choices) else { return };
        self.world.focus(client);
        let address = choices.pick(&[DATA, HOLE, 0, u64::MAX]).unwrap_or(0);
        let exit = match choices.below(3) {
            0 => Exit::Exception { vector: choices.byte() % 20, code: u32::from(choices.byte() % 32), address },
            1 => Exit::Debug { dr6: u64::from(choices.byte()) << 7, system_call: false },
            _ => Exit::Debug { dr6: 1 << 14, system_call: true },
        };
        self.world.core.handle(exit);
    }

    /// Everybody is killed: nothing may be left.
    fn end(mut self) {
        let groups: Vec<_> = self.world.core.groups.iter().map(|(key, _)| key).collect();
        for group in groups {
            self.world.core.kill_group(group);
        }
        self.world.finish_jobs();
        self.world.audit();
        let core = &self.world.core;
        let tables = [core.threads.len(), core.groups.len(), core.schemes.len(), core.descriptions.len()];
        let objects = [core.pipes.len(), core.queues.len(), core.sessions.len(), core.memory.objects.len()];
        assert_eq!((tables, objects, core.memory.spaces.len()), ([0; 4], [0; 4], 0));
        assert_eq!(core.memory.frames.free(), core.memory.frames.total());
        assert_eq!(core.nodes.used(), core.timers.node_count());
    }
}

/// Runs what the bytes say.
pub(super) fn run(bytes: &[u8]) {
    let mut play = Play::new();
    let mut choices = Choices(bytes);
    let everything = Causes::CALL_ENTRY | Causes::CALL_EXIT | Causes::THREAD_EXIT;
    if choices.byte() & 1 == 1 {
        for (_, group) in play.world.core.groups.iter_mut().filter(|(_, group)| group.process) {
            group.armed = everything;
        }
    }
    while !choices.0.is_empty() {
        play.step(&mut choices);
        play.world.audit();
    }
    play.end();
}

#[test]
fn the_corpus_keeps_the_rules() {
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fuzz/corpus/kernel");
    let mut count = 0;
    for entry in std::fs::read_dir(corpus).expect("the corpus is there") {
        let path = entry.expect("is readable").path();
        run(&std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())));
        count += 1;
    }
    assert!(count > 0, "no corpus");
}

/// Where random strings begin; a failure prints the string that is left after shrinking.
const SEED: u64 = 0x5eed_c0de;

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 150,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(SEED),
        ..ProptestConfig::default()
    })]
    #[test]
    fn random_sequences_keep_the_rules(bytes in proptest::collection::vec(any::<u8>(), 1..600)) {
        run(&bytes);
    }
}
