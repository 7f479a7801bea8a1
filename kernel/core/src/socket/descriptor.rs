//! What the process server is told of an open descriptor of a group of its own.
//!
//! Decides by which name each kind of open file is told, and that one entry looks at [`LOOKED_AT`] numbers at most: a table
//! with a few open descriptors far apart is walked in several. Neighbours: `authority` (the verb that asks),
//! `file::stat` (the paths), `kernel_abi::descriptor` (the layout).

use kernel_abi::descriptor::{CLOSE_ON_EXEC, DescriptorInformation, DescriptorKind, NAME_SIZE, POSITIONED};
use kernel_abi::effect::ObjectKind;
use kernel_abi::registers::RegisterSet;

use super::{Core, Errno, Machine, Object, SchemeKey};
use crate::file::{Description, SCHEMES, own_path};
use crate::group::GroupKey;
use crate::target::{Subject, Target};

/// Numbers that one entry looks at.
const LOOKED_AT: usize = 256;

impl<M: Machine> Core<M> {
    /// The first open descriptor of a group from a number on.
    ///
    /// # Errors
    /// ENOENT at the end, ESRCH.
    pub(super) fn descriptor_information(&self, group: GroupKey, from: u64) -> Result<DescriptorInformation, Errno> {
        let table = &self.groups.get(group).ok_or(Errno::ESRCH)?.table;
        let from = usize::try_from(from).map_err(|_| Errno::ENOENT)?;
        let window = table.window(from, LOOKED_AT).ok_or(Errno::ENOENT)?;
        let Some((place, descriptor)) = window.iter().enumerate().find_map(|(place, slot)| Some((place, (*slot)?)))
        else {
            let number = from.saturating_add(window.len()) as u64;
            return Ok(DescriptorInformation { number, ..DescriptorInformation::default() });
        };
        let description = self.descriptions.get(descriptor.description).ok_or(Errno::ENOENT)?;
        let mut information = self.description_information(description);
        information.number = from.saturating_add(place) as u64;
        if descriptor.close_on_exec {
            information.state |= CLOSE_ON_EXEC;
        }
        Ok(information)
    }

    fn description_information(&self, description: &Description) -> DescriptorInformation {
        let object = description.object;
        let mut information = DescriptorInformation {
            offset: description.offset,
            kind: DescriptorKind::Kernel as u32,
            flags: u32::try_from(description.flags).unwrap_or(u32::MAX),
            state: if object.is_positioned() { POSITIONED } else { 0 },
            references: description.references,
            ..DescriptorInformation::default()
        };
        match object {
            Object::Scheme { scheme, handle, .. } => {
                information.kind = DescriptorKind::File as u32;
                (information.scheme, information.label) = (scheme.raw(), handle);
                add(&mut information.name, 0, self.scheme_name(scheme));
            }
            Object::Socket(scheme) => {
                let end = add(&mut information.name, 0, b"scheme/");
                add(&mut information.name, end, self.scheme_name(scheme));
            }
            Object::Target(target) => tell_handle(&mut information, target),
            other => {
                information.label = other.pipe().unwrap_or(0);
                let path = own_path(other).and_then(|path| path.strip_prefix(SCHEMES));
                add(&mut information.name, 0, path.unwrap_or_default());
            }
        }
        information
    }

    fn scheme_name(&self, scheme: SchemeKey) -> &[u8] {
        self.schemes.get(scheme).map_or(&[], |scheme| scheme.name.as_bytes())
    }
}

fn tell_handle(information: &mut DescriptorInformation, target: Target) {
    let (object, label) = match target.subject {
        Subject::Memory { group, .. } => (ObjectKind::Memory, group.raw()),
        Subject::Run { group } => (ObjectKind::Run, group.raw()),
        Subject::Registers { thread, set } => {
            let kind = match set {
                RegisterSet::General => ObjectKind::General,
                RegisterSet::Float => ObjectKind::Float,
                RegisterSet::Debug => ObjectKind::Debug,
                RegisterSet::Extended => ObjectKind::Extended,
                RegisterSet::Bases => ObjectKind::Bases,
            };
            (kind, thread.raw())
        }
    };
    information.kind = DescriptorKind::Handle as u32;
    information.object = object as u32;
    information.label = label;
}

/// Writes a part of a name; where the next one begins. What has no room is left out, and so is a NUL's place.
fn add(name: &mut [u8; NAME_SIZE], start: usize, part: &[u8]) -> usize {
    let room = name.get_mut(start..NAME_SIZE.saturating_sub(1)).unwrap_or_default();
    room.iter_mut().zip(part).for_each(|(to, from)| *to = *from);
    start.saturating_add(part.len())
}
