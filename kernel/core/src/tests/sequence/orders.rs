//! What the servers of a sequence order: effects and verbs that mostly make sense, and now and then none.
//!
//! Decides names and words by verb, so that most batches are accepted and get deep into the kernel. Neighbour: `sequence`.

use kernel_abi::calls::{self, TABLE};
use kernel_abi::effect::{Effect, EffectVerb as V};
use kernel_abi::registers::{DebugRegisters, SegmentBases};
use kernel_abi::verb::{Lend, RemoteCall, SocketVerb as S, ThreadStart};
use zerocopy::{FromZeros, IntoBytes};

use super::{Choices, GROUPS, PLACE, Play};
use crate::tests::world::{DATA, ENTRY, Server};
use crate::thread::ThreadKey;

/// What each set of reasons, causes, rights and the like is chosen from, beside any byte.
const RIGHTS: [u64; 5] = [3, 1, 2, 1 << 16 | 3, 1 << 17 | 3];
const KINDS: [u64; 8] = [0, 1, 16, 17, 18, 19, 20, 5];
const SESSIONS: [u64; 4] = [1, 2, 3, 0];

impl Play {
    /// A thread, mostly one that lives and reports to the server.
    fn thread(&mut self, server: &Server, choices: &mut Choices<'_>) -> u64 {
        let core = &self.world.core;
        let own: Vec<ThreadKey> = (self.clients.iter().copied())
            .filter(|thread| core.own_thread(server.scheme, thread.raw()).is_ok())
            .collect();
        match choices.below(16) {
            0 => choices.pick(&self.clients).map_or(0, |thread| thread.raw()),
            1 => server.thread.raw(),
            2 => u64::from(choices.byte()),
            _ => choices.pick(&own).map_or(7, |thread| thread.raw()),
        }
    }

    /// The same for groups.
    fn group(&mut self, server: &Server, choices: &mut Choices<'_>) -> u64 {
        let thread = ThreadKey::from_raw(self.thread(server, choices));
        let groups: Vec<u64> = self.world.core.groups.iter().map(|(key, _)| key.raw()).collect();
        match choices.below(8) {
            0 => choices.pick(&groups).unwrap_or(0),
            1 => u64::from(choices.byte()),
            _ => self.world.core.group_of(thread).map_or(1, |group| group.raw()),
        }
    }

    pub(super) fn order(&mut self, choices: &mut Choices<'_>) {
        let Some(server) = self.server(choices) else { return };
        let count = 1 + choices.below(3);
        let effects: Vec<Effect> = (0..count).map(|_| self.effect(&server, choices)).collect();
        self.world.inbox_count = choices.below(9) as u32;
        self.world.refused = Some(u64::from(choices.byte() % 8));
        let received = self.world.batch(&server, &effects, u32::from(choices.byte() & 1));
        self.note(received);
    }

    fn effect(&mut self, server: &Server, choices: &mut Choices<'_>) -> Effect {
        let raw = u32::from(choices.byte() % 35);
        let Some(verb) = V::from_raw(raw) else {
            return Effect { verb: raw, ..Effect::new_zeroed() };
        };
        let small = u64::from(choices.byte());
        let tag = choices.pick(&self.tags).unwrap_or(5);
        let reasons = small & 0x7f;
        let (target, words) = match verb {
            V::Reply | V::ReplyRestart | V::ReplyFrame => {
                (tag, [if small > 128 { small.wrapping_neg() } else { small }, 3, 0, 0])
            }
            V::ReplyStore => (tag, [small, 0, DATA.wrapping_add(small << 8), small]),
            V::ReplyFill => (tag, [small, small << 8, if small > 128 { self.thread(server, choices) } else { 0 }, 0]),
            V::ReplyOpen => (tag, [small, small & 1, 0, 0]),
            V::ReplyDescriptor => (tag, [small % 4, 0, 0, 0]),
            V::ReplyObject => {
                let kind = choices.pick(&KINDS).unwrap_or(0);
                let target = if kind <= 1 { self.group(server, choices) } else { self.thread(server, choices) };
                let session = choices.pick(&SESSIONS).unwrap_or(0);
                (tag, [kind, target, session, choices.pick(&RIGHTS).unwrap_or(0)])
            }
            V::Notify => (small, [small, 0, 0, 0]),
            V::Timer => (small % 8, [small << 20, 0, 0, 0]),
            V::Resume | V::Step | V::Kill | V::Interrupt => (self.thread(server, choices), [small & 1, small, 0, 0]),
            V::Hold | V::Release => (self.thread(server, choices), [reasons, 0, 0, 0]),
            V::Post => (self.thread(server, choices), [0; 4]),
            V::Stop | V::Continue => (self.group(server, choices), [reasons, small & 1, 0, 0]),
            V::Arm => (self.group(server, choices), [small & 0x83, 0, 0, 0]),
            V::KillGroup | V::Epoch => (self.group(server, choices), [0; 4]),
            V::Wake => (self.group(server, choices), [DATA.wrapping_add(small << 8), 0, 0, 0]),
            V::Identity => (self.group(server, choices), [small, small & 3, small & 1, 0]),
            V::SessionOpen => {
                let tracer = self.group(server, choices);
                (self.group(server, choices), [choices.pick(&SESSIONS).unwrap_or(1), tracer, small % 3, 0])
            }
            V::SessionPolicy => (choices.pick(&SESSIONS).unwrap_or(1), [small % 3, 0, 0, 0]),
            V::SessionEnd | V::SessionCollect => (choices.pick(&SESSIONS).unwrap_or(1), [0; 4]),
            V::Delegate => (choices.pick(&SESSIONS).unwrap_or(1), [small & 1, small, self.thread(server, choices), 0]),
            V::ExecCommit => {
                let loader = self.group(server, choices);
                (self.thread(server, choices), [loader, ENTRY, DATA, DATA + 50 * 4096])
            }
        };
        let [a, b, c, d] = words;
        let length = if small == 3 { small } else { 4096 };
        // One word in sixteen is not what the verb wants.
        let wild = if choices.below(16) == 0 { 1 << choices.below(64) } else { 0 };
        let flags =
            if matches!(verb, V::Reply | V::ReplyStore | V::ReplyFrame) { u32::from(choices.byte() % 17) } else { 0 };
        Effect { verb: raw, flags, target, words: [a ^ wild, b, c, d, length, 0] }
    }

    pub(super) fn verb(&mut self, choices: &mut Choices<'_>) {
        let Some(server) = self.server(choices) else { return };
        let Some(verb) = S::from_raw(u64::from(choices.byte() % 21 + 12)) else { return };
        let makes_groups = matches!(verb, S::Fork | S::CreateGroup);
        if makes_groups && self.world.core.groups.len() >= GROUPS {
            return;
        }
        let Some((words, payload)) = self.arguments(&server, verb, choices) else { return };
        self.world.poke(server.thread, PLACE, &payload);
        self.world.refused = Some(u64::from(choices.byte() % 8));
        let made = self.world.verb(&server, verb, words, (PLACE, payload.len() as u64));
        if let Some(Ok(raw)) = made.map(kernel_abi::decode_result) {
            self.note_made(&server, verb, raw as u64);
        }
    }

    /// Words and payload that a verb may be called with; `None` for those that other choices call.
    fn arguments(&mut self, server: &Server, verb: S, choices: &mut Choices<'_>) -> Option<([u64; 2], Vec<u8>)> {
        let (thread, group) = (self.thread(server, choices), self.group(server, choices));
        let small = u64::from(choices.byte());
        let address = choices.pick(&[DATA, DATA + 4090, 0, u64::MAX]).unwrap_or(0);
        Some(match verb {
            S::Batch | S::CopyIn | S::CopyOut | S::Watch => return None,
            S::ReadMemory | S::WriteMemory => ([group, address], vec![0; [1, 64, 65, 5000][(small & 3) as usize]]),
            S::GetRegisters => ([thread, small % 6], vec![0; 900]),
            S::SetRegisters => registers(thread, small),
            S::CreateGroup => ([0, small % 9], vec![]),
            S::CreateThread => {
                let start = ThreadStart { entry: ENTRY, stack: DATA + 4096, arguments: [0; 3] };
                ([group, 0], start.as_bytes().to_vec())
            }
            S::Fork => ([thread, small & 1 | 8 << 32], vec![0; 16]),
            S::Map => {
                let map = [u64::MAX, 0, 0x5000_0000 + (small << 12), 8192, 0x0003_0002 | small & 1, 0];
                ([group, 0], map.as_bytes().to_vec())
            }
            S::Grant => ([group, (small % 3) | ((small % 40) << 32)], vec![]),
            S::ThreadInformation => ([thread, 0], vec![0; 128]),
            S::GroupInformation | S::Region => ([group, small % 4], vec![0; 64]),
            S::Descriptor => ([group, small], vec![0; 88]),
            S::CreateScheme => ([0, 0], b"three".to_vec()),
            S::Identify => ([group, small % 8], vec![0; 16]),
            S::GrantObject => {
                let kind = choices.pick(&KINDS).unwrap_or(0);
                let target = if kind <= 1 { group } else { thread };
                let words = [kind, target, choices.pick(&SESSIONS).unwrap_or(0), choices.pick(&RIGHTS).unwrap_or(0)];
                ([group, small % 8], words.as_bytes().to_vec())
            }
            S::Lend => {
                let (source, descriptor, target) = (self.group(server, choices), small % 8, small % 9);
                ([group, 0], Lend { source, descriptor, target, reserved: 0 }.as_bytes().to_vec())
            }
            S::Remote => {
                let calls: Vec<_> = TABLE.iter().filter(|row| calls::is_remote(row)).collect();
                let number = choices.pick(&calls).map_or(0, |row| row.number as u64) ^ (small >> 7 << 32);
                let arguments = [small % 8, DATA, 4096, small & 7, 0, 0];
                ([thread, 0], RemoteCall { number, arguments, result: 0 }.as_bytes().to_vec())
            }
        })
    }

    /// New threads join the play.
    fn note_made(&mut self, server: &Server, verb: S, raw: u64) {
        match verb {
            S::CreateThread => self.clients.push(ThreadKey::from_raw(raw)),
            S::CreateGroup => self.start_in(raw),
            S::Fork => {
                let forked = self.world.peek(server.thread, PLACE + 8, 8);
                self.clients.push(ThreadKey::from_raw(u64::from_le_bytes(forked.try_into().expect("eight bytes"))));
            }
            _ => {}
        }
    }

    /// A new group gets memory and a thread, so that something can become of it.
    fn start_in(&mut self, group: u64) {
        let key = crate::group::GroupKey::from_raw(group);
        let space = self.world.core.groups.get(key).and_then(|group| group.space).expect("just made");
        self.world.map(space, DATA, 0x4_0000, crate::memory::Protection::READ | crate::memory::Protection::WRITE);
        let thread = self.world.thread(key);
        self.clients.push(thread);
    }
}

/// A set of registers that can be accepted.
fn registers(thread: u64, small: u64) -> ([u64; 2], Vec<u8>) {
    match small % 3 {
        0 => ([thread, 2], DebugRegisters::new_zeroed().as_bytes().to_vec()),
        1 => ([thread, 4], SegmentBases { fs: small, gs: DATA }.as_bytes().to_vec()),
        _ => {
            let frame =
                crate::frame::start_registers(ENTRY + small, DATA + 4096, [small, 0, 0]).expect("user addresses");
            ([thread, 0], frame.as_bytes().to_vec())
        }
    }
}
