//! The model as the state machine's [`Kernel`]: memory, registers, copies, loaders, answered at once.
//!
//! Decides what each question is answered with; registers and maps are made up. Neighbours: `model` (the state behind it).

use kernel_abi::registers::{FloatRegisters, RegisterSet, Registers, SegmentBases};
use kernel_abi::verb::{ForkFlags, Forked, GroupInformation, RegionInformation, ThreadInformation, ThreadStart};
use proc_abi::id::Pid;
use zerocopy::{FromBytes, IntoBytes};

use super::model::{Message, Model};
use crate::{Errno, FileName, Helper, Image, Kernel, KernelGroup, KernelThread, Loader, LoaderRequest, Result, Tag};

/// Addresses from here on are unmapped.
pub(super) const UNMAPPED: u64 = 0x7000_0000_0000;

impl Model {
    fn caller(&self, tag: Tag) -> Result<u64> {
        let found = self.threads.values().find(|thread| thread.call.is_some_and(|call| call.tag == tag.0));
        found.map(|thread| thread.group).ok_or(Errno::ESRCH)
    }

    fn holds(&self, thread: KernelThread) -> Result<()> {
        if self.threads.contains_key(&thread.0) { Ok(()) } else { Err(Errno::ESRCH) }
    }
}

impl Kernel for Model {
    fn copy_in(&mut self, tag: Tag, address: u64, into: &mut [u8]) -> Result<()> {
        let group = KernelGroup(self.caller(tag)?);
        if self.read_memory(group, address, into)? == into.len() { Ok(()) } else { Err(Errno::EFAULT) }
    }

    fn copy_out(&mut self, tag: Tag, address: u64, from: &[u8]) -> Result<()> {
        let group = KernelGroup(self.caller(tag)?);
        if self.write_memory(group, address, from)? == from.len() { Ok(()) } else { Err(Errno::EFAULT) }
    }

    fn read_memory(&mut self, group: KernelGroup, address: u64, into: &mut [u8]) -> Result<usize> {
        let mut count = 0;
        for (byte, at) in into.iter_mut().zip(address..UNMAPPED.max(address)) {
            *byte = self.memory.get(&(group.0, at)).copied().unwrap_or(0);
            count += 1;
        }
        if count == 0 && !into.is_empty() { Err(Errno::EFAULT) } else { Ok(count) }
    }

    fn write_memory(&mut self, group: KernelGroup, address: u64, from: &[u8]) -> Result<usize> {
        let mut count = 0;
        for (byte, at) in from.iter().zip(address..UNMAPPED.max(address)) {
            self.memory.insert((group.0, at), *byte);
            count += 1;
        }
        if count == 0 && !from.is_empty() { Err(Errno::EFAULT) } else { Ok(count) }
    }

    fn get_registers(&mut self, thread: KernelThread, set: RegisterSet, into: &mut [u8]) -> Result<usize> {
        self.holds(thread)?;
        let (registers, bases) = (self.thread(thread.0).registers, self.thread(thread.0).bases);
        let bytes: Vec<u8> = match set {
            RegisterSet::General => registers.as_bytes().to_vec(),
            RegisterSet::Float => vec![0; 512],
            RegisterSet::Debug => vec![0; 128],
            RegisterSet::Extended => vec![0; 832],
            RegisterSet::Bases => bases.as_bytes().to_vec(),
        };
        let count = bytes.len().min(into.len());
        into[..count].copy_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn set_registers(&mut self, thread: KernelThread, set: RegisterSet, from: &[u8]) -> Result<()> {
        self.holds(thread)?;
        if set == RegisterSet::General {
            let registers = Registers::read_from_bytes(from).map_err(|_| Errno::EINVAL)?;
            if registers.rip >= 0x7fff_ffff_f000 {
                return Err(Errno::EINVAL);
            }
            self.thread(thread.0).registers = registers;
        }
        if set == RegisterSet::Bases {
            self.thread(thread.0).bases = SegmentBases::read_from_bytes(from).map_err(|_| Errno::EINVAL)?;
        }
        if set == RegisterSet::Float {
            FloatRegisters::read_from_bytes(from).map_err(|_| Errno::EINVAL)?;
        }
        Ok(())
    }

    fn remote_call(&mut self, thread: KernelThread, number: usize, arguments: [u64; 6]) -> Result<u64> {
        self.holds(thread)?;
        self.remote.push((thread.0, number, arguments));
        Ok(arguments[0])
    }

    fn extended_mask(&mut self) -> u64 {
        if self.legacy { 0 } else { 7 }
    }

    fn fork(&mut self, parent: KernelThread, flags: ForkFlags, cookie: u32) -> Result<Forked> {
        self.holds(parent)?;
        let group = self.new_group();
        let thread = self.new_thread(group);
        let parent_group = self.thread(parent.0).group;
        self.thread(thread).registers = self.thread(parent.0).registers;
        let copied: Vec<_> = self
            .memory
            .iter()
            .filter(|((owner, _), _)| *owner == parent_group)
            .map(|((_, at), byte)| (*at, *byte))
            .collect();
        for (at, byte) in copied {
            self.memory.insert((group, at), byte);
        }
        if !flags.contains(ForkFlags::SHARE_SPACE) {
            self.inbox.push_back(Message::Job(u64::from(cookie)));
        }
        Ok(Forked { group, thread })
    }

    fn create_thread(&mut self, group: KernelGroup, start: &ThreadStart) -> Result<KernelThread> {
        if start.entry >= 0x7fff_ffff_f000 {
            return Err(Errno::EINVAL);
        }
        Ok(KernelThread(self.new_thread(group.0)))
    }

    fn thread_information(&mut self, thread: KernelThread) -> Result<ThreadInformation> {
        self.holds(thread)?;
        let state = self.thread(thread.0);
        let call = state.call;
        let arguments = call.map_or([11, 12, 13, 14, 15, 16], |call| call.arguments);
        let waits = u32::from(state.call.is_some());
        let parked = if state.report.is_some() { 2 } else { waits };
        let call = call.map_or(u32::MAX, |call| call.number);
        Ok(ThreadInformation { call, arguments, state: parked, group: state.group, ..ThreadInformation::default() })
    }

    fn group_information(&mut self, group: KernelGroup) -> Result<GroupInformation> {
        let state = self.groups.get(&group.0).ok_or(Errno::ESRCH)?;
        Ok(GroupInformation { map_timestamp: 0x1_0000_0007, regions: 2, stop_epoch: state.epoch, ..Default::default() })
    }

    fn region(&mut self, _group: KernelGroup, index: u64) -> Result<RegionInformation> {
        let start = 0x40_0000 + index * 0x1000;
        let file = u32::from(index == 0);
        Ok(RegionInformation { start, end: start + 0x1000, protection: 5, file, timestamp: 7, ..Default::default() })
    }

    fn region_file(&mut self, region: &RegionInformation, path: &mut [u8]) -> Option<FileName> {
        const NAME: &[u8] = b"/bin/target";
        if region.file == 0 {
            return None;
        }
        path[..NAME.len()].copy_from_slice(NAME);
        Some(FileName { length: NAME.len(), file: 42, file_system: 3 })
    }

    fn start_loader(&mut self, _request: &LoaderRequest) -> Result<Loader> {
        let group = self.new_group();
        let thread = self.new_thread(group);
        Ok(Loader { group: KernelGroup(group), thread: KernelThread(thread), range: (0x7ff0_0000_0000, 0x10_0000) })
    }

    fn start_dumper(&mut self, _tracer: KernelGroup, descriptor: u32, target: Pid) -> Result<Helper> {
        let group = self.new_group();
        let thread = self.new_thread(group);
        self.dumpers.push((thread, group, descriptor, target.raw()));
        Ok(Helper { group: KernelGroup(group), thread: KernelThread(thread) })
    }

    fn identify_image(&mut self, _loader: KernelGroup, _descriptor: u64) -> Result<Image> {
        Ok(self.image)
    }
}
