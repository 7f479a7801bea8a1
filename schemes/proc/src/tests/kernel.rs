//! A model of the kernel: groups, threads, memory, and the effects that were performed.
//!
//! Decides, in small, what the kernel decides: which effects are refused, and which messages follow from those that are
//! not. Main type: [`Model`]. Neighbours: `world` hands its messages to the server.

use std::collections::{BTreeMap, VecDeque};

use kernel_abi::descriptor::DescriptorInformation;
use kernel_abi::effect::{Effect, EffectVerb};
use kernel_abi::message::{Kind, Message, Slot};
use kernel_abi::registers::{RegisterSet, Registers};
use kernel_abi::verb::{ForkFlags, Forked, GroupInformation, RegionInformation, ThreadInformation, ThreadStart};
use ptrace::{Errno, Result};
use runtime::socket::Orders;
use zerocopy::IntoBytes;

use crate::verbs::{LoaderInput, Refusal, Verbs, Wait};

/// What a loader was made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Loaded {
    Path(String),
    Memory(u32, [u64; 3]),
}

#[derive(Debug, Default)]
pub(super) struct Model {
    last: u64,
    pub(super) groups: BTreeMap<u64, Vec<u64>>,
    /// Memory of each group: pieces of bytes by their first address.
    pub(super) memory: BTreeMap<(u64, u64), Vec<u8>>,
    pub(super) regions: BTreeMap<u64, Vec<RegionInformation>>,
    /// Open descriptors of each group.
    pub(super) descriptors: BTreeMap<u64, Vec<DescriptorInformation>>,
    /// What `identify` says of any descriptor.
    pub(super) identity: (u64, u64),
    /// Buffers of pending requests.
    pub(super) buffers: BTreeMap<u64, Vec<u8>>,
    /// Groups that pending process calls read and write.
    pub(super) callers: BTreeMap<u64, u64>,
    pub(super) sessions: Vec<u64>,
    /// Effects that were performed, oldest first.
    pub(super) performed: Vec<Effect>,
    pub(super) inbox: VecDeque<Slot>,
    pub(super) loaded: Vec<Loaded>,
    pub(super) granted: Vec<(u64, [u64; 4], u32)>,
    /// The next creation or fork fails with this.
    pub(super) failure: Option<Errno>,
    /// What the job that copies a space for a fork ends with.
    pub(super) copy_errno: u32,
    pub(super) information: BTreeMap<u64, ThreadInformation>,
    pub(super) registers: BTreeMap<(u64, u64), Vec<u8>>,
    pub(super) log: Vec<String>,
}

impl Model {
    pub(super) fn fresh(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    pub(super) fn message(&mut self, message: Message) {
        self.inbox.push_back(Slot { message, ..Slot::default() });
    }

    fn fails(&mut self) -> Result<()> {
        self.failure.take().map_or(Ok(()), Err)
    }

    pub(super) fn group_of(&self, thread: u64) -> Option<u64> {
        self.groups.iter().find(|(_, threads)| threads.contains(&thread)).map(|(group, _)| *group)
    }

    /// The kernel's own check of an effect: what it names must be there.
    fn check(&self, effect: &Effect) -> Result<()> {
        let known = match EffectVerb::from_raw(effect.verb).expect("a verb") {
            EffectVerb::Resume
            | EffectVerb::Hold
            | EffectVerb::Release
            | EffectVerb::Post
            | EffectVerb::Interrupt
            | EffectVerb::Step
            | EffectVerb::Kill
            | EffectVerb::ExecCommit => self.group_of(effect.target).is_some(),
            EffectVerb::Stop
            | EffectVerb::Continue
            | EffectVerb::Arm
            | EffectVerb::KillGroup
            | EffectVerb::Identity
            | EffectVerb::Epoch => self.groups.contains_key(&effect.target),
            EffectVerb::SessionOpen => !self.sessions.contains(&effect.words[0]),
            EffectVerb::SessionEnd | EffectVerb::SessionCollect | EffectVerb::SessionPolicy | EffectVerb::Delegate => {
                self.sessions.contains(&effect.target)
            }
            _ => true,
        };
        if known { Ok(()) } else { Err(Errno::ESRCH) }
    }

    fn perform(&mut self, effect: &Effect) {
        let effect = &self.stored(effect);
        self.performed.push(*effect);
        match EffectVerb::from_raw(effect.verb).expect("a verb") {
            EffectVerb::KillGroup => self.kill_group(effect.target),
            EffectVerb::Kill => self.kill_thread(effect.target),
            // The loader has given its space away and ends.
            EffectVerb::ExecCommit => self.kill_group(effect.words[0]),
            EffectVerb::Stop if effect.words[1] == 0 => {
                let epoch = [u64::MAX, 0, 0, 0, 0, 0, 0, 0];
                let (kind, group) = (Kind::Stopped as u32, effect.target);
                self.message(Message { kind, group, words: epoch, ..Message::default() });
            }
            EffectVerb::SessionOpen => self.sessions.push(effect.words[0]),
            EffectVerb::SessionEnd => self.sessions.retain(|session| *session != effect.target),
            _ => {}
        }
    }

    /// Fills a buffer that an answer brings bytes for.
    fn fill(&mut self, effect: &Effect, bytes: &[u8]) -> Result<()> {
        let [length, offset, thread, place, ..] = effect.words;
        if effect.verb != EffectVerb::ReplyFill as u32 {
            return Ok(());
        }
        let (length, offset) = (length as usize, offset as usize);
        self.copy_out(effect.target, 0, &bytes[offset..][..length])?;
        if thread == 0 {
            return Ok(());
        }
        let mut registers = Registers::default();
        self.get_registers(thread, RegisterSet::General, registers.as_mut_bytes())?;
        self.copy_out(effect.target, place, registers.as_bytes())
    }

    /// An answer that stores something first, as the answer that it comes to.
    fn stored(&mut self, effect: &Effect) -> Effect {
        let [result, _, address, value, ..] = effect.words;
        if effect.verb != EffectVerb::ReplyStore as u32 {
            return *effect;
        }
        let stored = self.copy_out(effect.target, address, &(value as u32).to_le_bytes());
        let result = stored.map_or_else(|errno| kernel_abi::encode_result(Err(errno.number())) as u64, |()| result);
        Effect { verb: EffectVerb::Reply as u32, words: [result, 0, 0, 0, 0, 0], ..*effect }
    }

    fn kill_thread(&mut self, thread: u64) {
        let Some(group) = self.group_of(thread) else { return };
        self.groups.get_mut(&group).expect("a group").retain(|other| *other != thread);
        let kind = Kind::ThreadDead as u32;
        self.message(Message { kind, thread, group, ..Message::default() });
    }

    pub(super) fn kill_group(&mut self, group: u64) {
        for thread in self.groups.get(&group).cloned().unwrap_or_default() {
            self.kill_thread(thread);
        }
        self.groups.remove(&group);
        self.message(Message { kind: Kind::GroupDead as u32, group, ..Message::default() });
    }

    fn piece(&self, group: u64, address: u64) -> Option<(u64, usize)> {
        let (key, bytes) = self.memory.range(..=(group, address)).next_back()?;
        let offset = usize::try_from(address - key.1).ok()?;
        (key.0 == group && offset < bytes.len()).then_some((key.1, offset))
    }
}

impl Verbs for Model {
    fn batch(&mut self, orders: &Orders<'_>, inbox: &mut [Slot], _wait: Wait) -> core::result::Result<usize, Refusal> {
        // As the kernel does: all are checked against what is, then all are done.
        for (index, effect) in orders.effects.iter().enumerate() {
            let filled = self.check(effect).and_then(|()| self.fill(effect, orders.bytes));
            filled.map_err(|errno| Refusal { errno, effect: Some(index) })?;
        }
        for effect in orders.effects {
            self.perform(effect);
        }
        let Some(place) = inbox.first_mut() else { return Ok(0) };
        let Some(slot) = self.inbox.pop_front() else { return Ok(0) };
        *place = slot;
        Ok(1)
    }

    fn copy_in(&mut self, tag: u64, offset: u64, into: &mut [u8]) -> Result<usize> {
        if let Some(group) = self.callers.get(&tag).copied() {
            return self.read_memory(group, offset, into);
        }
        let bytes = self.buffers.get(&tag).ok_or(Errno::ESRCH)?;
        let start = usize::try_from(offset).map_err(|_| Errno::EFAULT)?;
        let from = bytes.get(start..start + into.len()).ok_or(Errno::EFAULT)?;
        into.copy_from_slice(from);
        Ok(into.len())
    }

    fn copy_out(&mut self, tag: u64, offset: u64, from: &[u8]) -> Result<()> {
        if let Some(group) = self.callers.get(&tag).copied() {
            let written = self.write_memory(group, offset, from)?;
            return if written == from.len() { Ok(()) } else { Err(Errno::EFAULT) };
        }
        let bytes = self.buffers.get_mut(&tag).ok_or(Errno::ESRCH)?;
        let start = usize::try_from(offset).map_err(|_| Errno::EFAULT)?;
        bytes.get_mut(start..start + from.len()).ok_or(Errno::EFAULT)?.copy_from_slice(from);
        Ok(())
    }

    fn read_memory(&mut self, group: u64, address: u64, into: &mut [u8]) -> Result<usize> {
        let (start, offset) = self.piece(group, address).ok_or(Errno::EFAULT)?;
        let bytes = &self.memory[&(group, start)][offset..];
        let count = bytes.len().min(into.len());
        into[..count].copy_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn write_memory(&mut self, group: u64, address: u64, from: &[u8]) -> Result<usize> {
        let (start, offset) = self.piece(group, address).ok_or(Errno::EFAULT)?;
        let bytes = &mut self.memory.get_mut(&(group, start)).expect("a piece")[offset..];
        let count = bytes.len().min(from.len());
        bytes[..count].copy_from_slice(&from[..count]);
        Ok(count)
    }

    fn get_registers(&mut self, thread: u64, set: RegisterSet, into: &mut [u8]) -> Result<usize> {
        self.group_of(thread).ok_or(Errno::ESRCH)?;
        let bytes = self.registers.get(&(thread, set as u64)).cloned().unwrap_or_else(|| vec![0; into.len().min(512)]);
        let count = bytes.len().min(into.len());
        into[..count].copy_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn set_registers(&mut self, thread: u64, set: RegisterSet, from: &[u8]) -> Result<()> {
        self.group_of(thread).ok_or(Errno::ESRCH)?;
        self.registers.insert((thread, set as u64), from.to_vec());
        Ok(())
    }

    fn remote_call(&mut self, thread: u64, _number: usize, arguments: [u64; 6]) -> Result<u64> {
        self.group_of(thread).ok_or(Errno::ESRCH)?;
        Ok(arguments[0])
    }

    fn extended_mask(&mut self) -> u64 {
        7
    }

    fn fork(&mut self, parent: u64, flags: ForkFlags, cookie: u32) -> Result<Forked> {
        self.fails()?;
        self.group_of(parent).ok_or(Errno::ESRCH)?;
        let (group, thread) = (self.fresh(), self.fresh());
        self.groups.insert(group, vec![thread]);
        if !flags.contains(ForkFlags::SHARE_SPACE) {
            let words = [u64::from(cookie), self.copy_errno.into(), 0, 0, 0, 0, 0, 0];
            self.message(Message { kind: Kind::Job as u32, words, ..Message::default() });
        }
        Ok(Forked { group, thread })
    }

    fn create_group(&mut self, _namesake: Option<u64>) -> Result<u64> {
        self.fails()?;
        let group = self.fresh();
        self.groups.insert(group, Vec::new());
        Ok(group)
    }

    fn create_thread(&mut self, group: u64, _start: &ThreadStart) -> Result<u64> {
        let thread = self.fresh();
        self.groups.get_mut(&group).ok_or(Errno::ESRCH)?.push(thread);
        Ok(thread)
    }

    fn load_loader(&mut self, group: u64, what: &LoaderInput<'_>) -> Result<u64> {
        self.fails()?;
        self.loaded.push(match what {
            LoaderInput::Path(path) => Loaded::Path((*path).to_string()),
            LoaderInput::Memory { descriptor, addresses } => Loaded::Memory(*descriptor, *addresses),
        });
        self.create_thread(group, &ThreadStart::default())
    }

    fn lend(&mut self, _group: u64, _source: u64, _descriptor: u64, _target: u64) -> Result<()> {
        self.fails()
    }

    fn load_dumper(&mut self, group: u64, _target: u64) -> Result<u64> {
        self.fails()?;
        self.create_thread(group, &ThreadStart::default())
    }

    fn thread_information(&mut self, thread: u64) -> Result<ThreadInformation> {
        let group = self.group_of(thread).ok_or(Errno::ESRCH)?;
        let idle = ThreadInformation { group, call: u32::MAX, cause: u32::MAX, ..ThreadInformation::default() };
        Ok(self.information.get(&thread).copied().unwrap_or(idle))
    }

    fn group_information(&mut self, group: u64) -> Result<GroupInformation> {
        self.groups.get(&group).map(|_| GroupInformation::default()).ok_or(Errno::ESRCH)
    }

    fn region(&mut self, group: u64, index: u64) -> Result<RegionInformation> {
        self.groups.get(&group).ok_or(Errno::ESRCH)?;
        let regions = self.regions.get(&group).ok_or(Errno::ENOENT)?;
        regions.get(usize::try_from(index).expect("an index")).copied().ok_or(Errno::ENOENT)
    }

    fn descriptor(&mut self, group: u64, from: u64) -> Result<DescriptorInformation> {
        self.groups.get(&group).ok_or(Errno::ESRCH)?;
        let open = self.descriptors.get(&group).ok_or(Errno::ENOENT)?;
        open.iter().find(|one| one.number.saturating_add(u64::from(one.kind != 0)) > from).copied().ok_or(Errno::ENOENT)
    }

    fn grant_object(&mut self, group: u64, object: [u64; 4], descriptor: u32) -> Result<()> {
        self.granted.push((group, object, descriptor));
        Ok(())
    }

    fn identify(&mut self, group: u64, descriptor: u64) -> Result<(u64, u64)> {
        self.groups.get(&group).ok_or(Errno::ESRCH)?;
        if descriptor == 3 { Ok(self.identity) } else { Err(Errno::EINVAL) }
    }

    fn now(&mut self) -> u64 {
        1_000_000
    }

    fn log(&mut self, line: core::fmt::Arguments<'_>) {
        self.log.push(line.to_string());
    }
}
