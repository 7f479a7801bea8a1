//! Verbs that need process authority: create, copy and inspect threads, groups and their memory.
//!
//! Decides arguments and results; each verb is one short function. Neighbours: `information` (what is told of them), `birth`,
//! `fork`, `target`, `register_file` (what they do), `kernel_abi::verb` (layouts).

use kernel_abi::redox::flag::O_RDWR;
use kernel_abi::registers::RegisterSet;
use kernel_abi::stop::Reasons;
use kernel_abi::verb::{ForkFlags, Forked, MapRequest, SocketVerb, ThreadStart};
use zerocopy::{FromBytes, FromZeros, IntoBytes};

use crate::Core;
use crate::birth::NewThread;
use crate::call::{Done, Served};
use crate::errno::Errno;
use crate::file::{DescriptorTable, Object};
use crate::frame::start_registers;
use crate::group::GroupKey;
use crate::memory::{Side, SpaceKey};
use crate::namespace::View;
use crate::scheme::{Name, Scheme, SchemeKey};
use crate::seam::Machine;
use crate::target::Wanted;
use crate::thread::ThreadKey;

impl<M: Machine> Core<M> {
    pub(super) fn authority_call(
        &mut self,
        key: ThreadKey,
        scheme: SchemeKey,
        verb: SocketVerb,
        payload: (u64, u64),
        (first, second): (u64, u64),
    ) -> Served {
        use SocketVerb as V;
        let own = self.own_space(key)?;
        match verb {
            V::ReadMemory => {
                let theirs = Side::debugger(self.space_of_own(scheme, first)?, second);
                self.move_memory(theirs, Side::program(own, payload.0), payload.1)
            }
            V::WriteMemory => {
                let theirs = Side::debugger(self.space_of_own(scheme, first)?, second);
                self.mark_edited(GroupKey::from_raw(first));
                self.move_memory(Side::program(own, payload.0), theirs, payload.1)
            }
            V::GetRegisters => {
                let thread = self.own_thread(scheme, first)?;
                let set = RegisterSet::from_raw(second).ok_or(Errno::EINVAL)?;
                self.read_registers(thread, set, own, payload)
            }
            V::SetRegisters => {
                let thread = self.own_thread(scheme, first)?;
                let set = RegisterSet::from_raw(second).ok_or(Errno::EINVAL)?;
                self.write_registers(thread, set, own, payload)
            }
            V::CreateGroup => self.create_group_call(scheme, first, second),
            V::CreateThread => self.create_thread_call(key, scheme, first, payload),
            V::Fork => self.fork_call(key, scheme, (first, second), payload),
            V::Map => self.map_into(key, scheme, first, payload),
            V::Grant => self.grant(key, scheme, first, second),
            V::ThreadInformation => {
                let information = self.thread_information(self.own_thread(scheme, first)?)?;
                self.hand_out(key, payload, information.as_bytes())
            }
            V::GroupInformation => {
                let information = self.group_information(self.own_group(scheme, first)?)?;
                self.hand_out(key, payload, information.as_bytes())
            }
            V::Descriptor => {
                let information = self.descriptor_information(self.own_group(scheme, first)?, second)?;
                self.hand_out(key, payload, information.as_bytes())
            }
            V::Region => {
                let region = self.region_information(self.space_of_own(scheme, first)?, second)?;
                self.hand_out(key, payload, region.as_bytes())
            }
            V::CreateScheme => self.create_scheme_call(key, first, payload),
            V::Identify => self.identify(key, scheme, (first, second), payload),
            V::GrantObject => self.grant_object(key, scheme, (first, second), payload),
            V::Lend => self.lend(key, scheme, first, payload),
            V::Remote => self.remote(key, scheme, first, payload),
            V::Batch | V::CopyIn | V::CopyOut | V::Watch => Err(Errno::EINVAL),
        }
    }

    /// The space of a group that reports to the scheme.
    fn space_of_own(&self, scheme: SchemeKey, group: u64) -> Result<SpaceKey, Errno> {
        let group = self.own_group(scheme, group)?;
        self.groups.get(group).and_then(|group| group.space).ok_or(Errno::ESRCH)
    }

    /// The payload is written twice: once to know that it can be, while there is no child that could be lost.
    fn fork_call(
        &mut self,
        key: ThreadKey,
        scheme: SchemeKey,
        (parent, how): (u64, u64),
        payload: (u64, u64),
    ) -> Served {
        let parent = self.own_thread(scheme, parent)?;
        let flags = ForkFlags::from_bits(how & 0xffff_ffff).ok_or(Errno::EINVAL)?;
        if payload.1 != size_of::<Forked>() as u64 {
            return Err(Errno::EINVAL);
        }
        self.hand_out(key, payload, Forked::default().as_bytes())?;
        let forked = self.fork(parent, flags, how >> 32)?;
        self.hand_out(key, payload, forked.as_bytes())?;
        Ok(Done::Value(0))
    }

    pub(super) fn hand_in<T: FromZeros + FromBytes + IntoBytes>(
        &mut self,
        key: ThreadKey,
        payload: (u64, u64),
    ) -> Result<T, Errno> {
        if payload.1 != size_of::<T>() as u64 {
            return Err(Errno::EINVAL);
        }
        let mut value = T::new_zeroed();
        let space = self.own_space(key)?;
        self.copy_in(space, payload.0, value.as_mut_bytes())?;
        Ok(value)
    }

    pub(super) fn hand_out(&mut self, key: ThreadKey, payload: (u64, u64), bytes: &[u8]) -> Served {
        let count = usize::try_from(payload.1).unwrap_or(usize::MAX).min(bytes.len());
        let space = self.own_space(key)?;
        self.copy_out(space, payload.0, bytes.get(..count).unwrap_or_default())?;
        Ok(Done::Value(count))
    }

    /// `namesake` is 0 or the group whose names the new one sees.
    fn create_group_call(&mut self, scheme: SchemeKey, namesake: u64, priority: u64) -> Served {
        let view = match namesake {
            0 => View::default(),
            raw => self.groups.get(self.own_group(scheme, raw)?).map(|group| group.view).unwrap_or_default(),
        };
        let priority = u8::try_from(priority).map_err(|_| Errno::EINVAL)?;
        let space = self.memory.create_space(&mut self.machine)?;
        match self.create_group(scheme, space, DescriptorTable::default(), priority) {
            Ok(group) => {
                let process = self.schemes.get(scheme).is_some_and(|entry| entry.name != Name::default());
                if let Some(entry) = self.groups.get_mut(group) {
                    entry.process = process;
                    entry.view = view;
                }
                Ok(Done::Value(group.raw() as usize))
            }
            Err(errno) => {
                self.memory.release_space(space);
                self.reap_soon();
                Err(errno)
            }
        }
    }

    fn create_thread_call(&mut self, key: ThreadKey, scheme: SchemeKey, group: u64, payload: (u64, u64)) -> Served {
        let group = self.own_group(scheme, group)?;
        let start: ThreadStart = self.hand_in(key, payload)?;
        let registers = start_registers(start.entry, start.stack, start.arguments)?;
        let new = NewThread { group, registers, bases: (0, 0), reasons: Reasons::NOT_STARTED };
        Ok(Done::Value(self.create_thread(new)?.raw() as usize))
    }

    fn map_into(&mut self, key: ThreadKey, scheme: SchemeKey, group: u64, payload: (u64, u64)) -> Served {
        let space = self.space_of_own(scheme, group)?;
        let wanted: MapRequest = self.hand_in(key, payload)?;
        let object = if wanted.descriptor == u64::MAX {
            None
        } else {
            match self.object_of(key, usize::try_from(wanted.descriptor).map_err(|_| Errno::EBADF)?)? {
                Object::Memory(object) => Some(object),
                _ => return Err(Errno::ENODEV),
            }
        };
        self.map_for_server(space, &wanted, object, scheme)
    }

    fn grant(&mut self, key: ThreadKey, scheme: SchemeKey, group: u64, packed: u64) -> Served {
        let group = self.own_group(scheme, group)?;
        let source = self.description_of(key, (packed & 0xffff_ffff) as usize)?;
        let target = match packed >> 32 {
            0xffff_ffff => kernel_abi::LOWEST_FREE,
            target => target as usize,
        };
        let descriptor = self.share(group, target, source, false)?;
        if let Some(Object::Socket(socket)) = self.descriptions.get(source).map(|entry| entry.object)
            && let Some(entry) = self.schemes.get_mut(socket)
        {
            entry.owner = group;
        }
        Ok(Done::Value(descriptor))
    }

    fn grant_object(
        &mut self,
        key: ThreadKey,
        scheme: SchemeKey,
        (group, descriptor): (u64, u64),
        payload: (u64, u64),
    ) -> Served {
        let group = self.own_group(scheme, group)?;
        let words: [u64; 4] = self.hand_in(key, payload)?;
        let target = self.make_target(scheme, Wanted::from_words(words)?)?;
        let descriptor = usize::try_from(descriptor).map_err(|_| Errno::EBADF)?;
        Ok(Done::Value(self.install(group, descriptor, Object::Target(target), O_RDWR)?))
    }

    fn create_scheme_call(&mut self, key: ThreadKey, flags: u64, payload: (u64, u64)) -> Served {
        let mut bytes = [0; crate::scheme::NAME_LENGTH];
        let length = usize::try_from(payload.1).map_err(|_| Errno::ENAMETOOLONG)?;
        let space = self.own_space(key)?;
        let bytes = bytes.get_mut(..length).ok_or(Errno::ENAMETOOLONG)?;
        self.copy_in(space, payload.0, bytes)?;
        let name = Name::new(bytes).ok_or(Errno::EINVAL)?;
        self.create_scheme(key, name, flags & kernel_abi::verb::SCHEME_AUTHORITY != 0).map(Done::Value)
    }

    /// A new scheme, its socket in the caller's table.
    pub(crate) fn create_scheme(&mut self, key: ThreadKey, name: Name, authority: bool) -> Result<usize, Errno> {
        let group = self.group_of(key).ok_or(Errno::ESRCH)?;
        let text = core::str::from_utf8(name.as_bytes()).map_err(|_| Errno::EINVAL)?;
        if self.namespace.find(text).is_some() || crate::file::open::is_kernel_scheme(text) {
            return Err(Errno::EEXIST);
        }
        self.namespace.reserve()?;
        let scheme = self.schemes.insert(Scheme::new(name, authority, group))?;
        match self.install(group, kernel_abi::LOWEST_FREE, Object::Socket(scheme), 0) {
            Ok(descriptor) => {
                self.namespace.add(name, scheme);
                Ok(descriptor)
            }
            Err(errno) => {
                self.schemes.remove(scheme);
                Err(errno)
            }
        }
    }

    fn identify(
        &mut self,
        key: ThreadKey,
        scheme: SchemeKey,
        (group, descriptor): (u64, u64),
        payload: (u64, u64),
    ) -> Served {
        let group = self.own_group(scheme, group)?;
        let descriptor = usize::try_from(descriptor).map_err(|_| Errno::EBADF)?;
        let description = self.groups.get(group).ok_or(Errno::ESRCH)?.table.get(descriptor)?.description;
        let words = match self.descriptions.get(description).map(|entry| entry.object) {
            Some(Object::Scheme { scheme, handle, .. }) => [scheme.raw(), handle],
            _ => [0, 0],
        };
        self.hand_out(key, payload, words.as_bytes())
    }
}
