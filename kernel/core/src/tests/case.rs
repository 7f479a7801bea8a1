//! One server and one client of it, the cast of most tests about stops and calls.
//!
//! Decides nothing. Main type: [`Case`]. Neighbours: `world`, `pending`, `review`, `races`, `target`.

use kernel_abi::effect::EffectVerb as V;
use kernel_abi::message::{Kind, Message};
use kernel_abi::registers::{RegisterSet, Registers};
use kernel_abi::verb::SocketVerb;
use zerocopy::{FromBytes, IntoBytes};

use super::world::{DATA, Server, World, effect};
use crate::thread::ThreadKey;

/// wait4: restartable.
pub(super) const WAIT4: u32 = 7;
/// sigsuspend: fails with EINTR.
pub(super) const SIGSUSPEND: u32 = 341;
/// sigprocmask: never waits.
pub(super) const SIGPROCMASK: u32 = 340;

/// A process server with authority and one process.
pub(super) struct Case {
    pub(super) world: World,
    pub(super) server: Server,
    pub(super) client: ThreadKey,
}

impl Case {
    /// The client is in user code.
    pub(super) fn new() -> Self {
        Self::in_world(World::new())
    }

    /// The same in a machine of one's own.
    pub(super) fn in_world(mut world: World) -> Self {
        let server = world.server("proc");
        let client = world.client(&server);
        Self { world, server, client }
    }

    /// The client has made a process call that nobody has received.
    pub(super) fn queued(number: u32) -> Self {
        let mut case = Self::new();
        case.world.process_call(case.client, number, &[]);
        case
    }

    /// The server has received it.
    pub(super) fn taken(number: u32) -> (Self, u64) {
        let mut case = Self::queued(number);
        let tag = case.world.only(&case.server, Kind::ProcessCall).tag;
        (case, tag)
    }

    /// Orders an effect on the client.
    pub(super) fn thread(&mut self, verb: V, words: &[u64]) -> Vec<Message> {
        self.world.order(&self.server, &[effect(verb, self.client.raw(), words)])
    }

    /// Orders an effect on the client's group.
    pub(super) fn group(&mut self, verb: V, words: &[u64]) -> Vec<Message> {
        let group = self.world.group_of(self.client).raw();
        self.world.order(&self.server, &[effect(verb, group, words)])
    }

    /// Answers a call.
    pub(super) fn reply(&mut self, tag: u64, raw: usize) -> Vec<Message> {
        self.world.order(&self.server, &[effect(V::Reply, tag, &[raw as u64])])
    }

    /// The client's general registers, by the server's verb.
    pub(super) fn registers(&mut self) -> Registers {
        let buffer = (DATA, size_of::<Registers>() as u64);
        let words = [self.client.raw(), RegisterSet::General as u64];
        let raw = self.world.verb(&self.server, SocketVerb::GetRegisters, words, buffer);
        assert_eq!(raw, Some(size_of::<Registers>()));
        Registers::read_from_bytes(&self.world.peek(self.server.thread, DATA, size_of::<Registers>())).unwrap()
    }

    /// Sets them.
    pub(super) fn write_registers(&mut self, registers: &Registers) {
        self.world.poke(self.server.thread, DATA, registers.as_bytes());
        let buffer = (DATA, size_of::<Registers>() as u64);
        let words = [self.client.raw(), RegisterSet::General as u64];
        let raw = self.world.verb(&self.server, SocketVerb::SetRegisters, words, buffer);
        assert_eq!(raw, Some(size_of::<Registers>()));
    }
}

/// The kinds of messages, in order.
pub(super) fn kinds(messages: &[Message]) -> Vec<u32> {
    messages.iter().map(|message| message.kind).collect()
}
