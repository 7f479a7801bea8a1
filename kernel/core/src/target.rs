//! Handles on a thread or group under debugging: its memory and its register sets as files of the kernel's own.
//!
//! Decides on each use whether the handle still holds: the image and incarnation it was opened on, its session, its
//! restrictions. Main types: [`Target`], [`Rights`], [`Wanted`]. Neighbours: `session`, `frame` (what may be written), `reply` (REPLY_OBJECT makes handles),
//! `register_file` (the sets' bytes). This is the data plane: no server takes part.

use bitflags::bitflags;
use kernel_abi::effect::{NEED_COLLECTED, NEED_STOPPED, ObjectKind, RIGHT_READ, RIGHT_WRITE};
use kernel_abi::registers::RegisterSet;
use kernel_abi::stop::Reasons;

use crate::Core;
use crate::call::{Done, Served};
use crate::errno::Errno;
use crate::group::GroupKey;
use crate::memory::{Budget, Side, SpaceKey};
use crate::scheme::SchemeKey;
use crate::seam::Machine;
use crate::thread::ThreadKey;
use crate::user::short_errno;

bitflags! {
    /// What a handle allows, and what every use of it needs.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Rights: u64 {
        /// Reads.
        const READ = RIGHT_READ;
        /// Writes.
        const WRITE = RIGHT_WRITE;
        /// Every use needs the group stopped.
        const NEED_STOPPED = NEED_STOPPED;
        /// Writes need the stop collected in the session.
        const NEED_COLLECTED = NEED_COLLECTED;
    }
}

/// A handle as a server asks for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    kind: ObjectKind,
    /// Thread or group.
    on: u64,
    session: u64,
    rights: Rights,
}

impl Wanted {
    /// From the words of REPLY_OBJECT and of GrantObject.
    ///
    /// # Errors
    /// EINVAL for a kind or for rights that are not known: a restriction that is not understood must not be dropped.
    pub(crate) fn from_words([kind, on, session, rights]: [u64; 4]) -> Result<Self, Errno> {
        let kind = ObjectKind::from_raw(kind).ok_or(Errno::EINVAL)?;
        let rights = Rights::from_bits(rights).ok_or(Errno::EINVAL)?;
        Ok(Self { kind, on, session, rights })
    }
}

/// What a handle is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// The memory of a group's image.
    Memory { group: GroupKey, image: u64 },
    /// Runs of a group.
    Run { group: GroupKey },
    /// A register set of a thread.
    Registers { thread: ThreadKey, set: RegisterSet },
}

/// A handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    pub(crate) subject: Subject,
    /// 0 for none.
    pub(crate) session: u64,
    pub(crate) rights: Rights,
    /// The group's when the handle was made.
    pub(crate) incarnation: u64,
}

impl Target {
    /// The same handle without the right to write; none if it cannot read. Rights only ever go down.
    pub(crate) fn reader(self) -> Option<Self> {
        let rights = self.rights.difference(Rights::WRITE);
        rights.contains(Rights::READ).then_some(Self { rights, ..self })
    }
}

/// Stops that a tracer or an operator made; in them a register set stands still.
const STOPS: Reasons = Reasons::TRACE.union(Reasons::JOB).union(Reasons::OPERATOR);

/// Largest access that goes through a buffer of the kernel's instead of page-wise copies.
const SMALL: usize = 64;

impl<M: Machine> Core<M> {
    /// A handle on an existing target that reports to the scheme.
    ///
    /// # Errors
    /// ESRCH, EPERM.
    pub(crate) fn make_target(&self, scheme: SchemeKey, wanted: Wanted) -> Result<Target, Errno> {
        let Wanted { kind, on, session, rights } = wanted;
        let set = match kind {
            ObjectKind::Memory => {
                let key = self.own_group(scheme, on)?;
                let group = self.groups.get(key).ok_or(Errno::ESRCH)?;
                let subject = Subject::Memory { group: key, image: group.image };
                return Ok(Target { subject, session, rights, incarnation: group.incarnation });
            }
            ObjectKind::Run => {
                let group = self.own_group(scheme, on)?;
                let incarnation = self.groups.get(group).ok_or(Errno::ESRCH)?.incarnation;
                return Ok(Target { subject: Subject::Run { group }, session, rights, incarnation });
            }
            ObjectKind::General => RegisterSet::General,
            ObjectKind::Float => RegisterSet::Float,
            ObjectKind::Debug => RegisterSet::Debug,
            ObjectKind::Extended => RegisterSet::Extended,
            ObjectKind::Bases => RegisterSet::Bases,
        };
        let thread = self.own_thread(scheme, on)?;
        let group = self.group_of(thread).and_then(|group| self.groups.get(group)).ok_or(Errno::ESRCH)?;
        let incarnation = group.incarnation;
        Ok(Target { subject: Subject::Registers { thread, set }, session, rights, incarnation })
    }

    /// The handle's right and restrictions hold now; gives the space for memory handles.
    pub(crate) fn check_target(&self, target: &Target, right: Rights) -> Result<Option<SpaceKey>, Errno> {
        if !target.rights.contains(right) {
            return Err(Errno::EBADF);
        }
        let (group_key, image) = match target.subject {
            Subject::Memory { group, image } => (group, Some(image)),
            Subject::Run { group } => (group, None),
            Subject::Registers { thread, .. } => (self.threads.get(thread).ok_or(Errno::ESRCH)?.group, None),
        };
        let group = self.groups.get(group_key).ok_or(Errno::ESRCH)?;
        // Exec of a set-id image (kern_exec.c, execve_nosetid): who could debug the old program may not look at the new one.
        if image.is_some_and(|image| image != group.image) || target.incarnation != group.incarnation {
            return Err(Errno::ESTALE);
        }
        let collected = match target.session {
            0 => None,
            number => self.sessions.get(&number).ok_or(Errno::ESTALE)?.collected,
        };
        if target.rights.contains(Rights::NEED_STOPPED) && !group.reasons.intersects(STOPS) {
            return Err(Errno::EBUSY);
        }
        let stop = Some(group.stop_epoch).filter(|_| group.reasons.contains(Reasons::TRACE));
        let needs_collected = right == Rights::WRITE && target.rights.contains(Rights::NEED_COLLECTED);
        if needs_collected && (stop.is_none() || collected != stop) {
            return Err(Errno::EBUSY);
        }
        Ok(group.space)
    }

    /// Reads through a handle. Memory: short at a hole, EFAULT if nothing could be read. Registers: the set from its start;
    /// any other offset is the end of the file.
    pub(crate) fn target_read(&mut self, key: ThreadKey, target: Target, buffer: (u64, u64), offset: u64) -> Served {
        let space = self.check_target(&target, Rights::READ)?.ok_or(Errno::ESRCH)?;
        let own = self.space_of(key).ok_or(Errno::ESRCH)?;
        match target.subject {
            Subject::Memory { .. } => {
                self.move_memory(Side::debugger(space, offset), Side::program(own, buffer.0), buffer.1)
            }
            Subject::Run { .. } => Err(Errno::EINVAL),
            Subject::Registers { .. } if offset != 0 => Ok(Done::Value(0)),
            Subject::Registers { thread, set } => self.read_registers(thread, set, own, buffer),
        }
    }

    /// Writes through a handle. Registers: the whole set at offset 0, or EINVAL with nothing changed.
    pub(crate) fn target_write(&mut self, key: ThreadKey, target: Target, buffer: (u64, u64), offset: u64) -> Served {
        let space = self.check_target(&target, Rights::WRITE)?.ok_or(Errno::ESRCH)?;
        let own = self.space_of(key).ok_or(Errno::ESRCH)?;
        match target.subject {
            Subject::Memory { group, .. } => {
                self.mark_edited(group);
                self.move_memory(Side::program(own, buffer.0), Side::debugger(space, offset), buffer.1)
            }
            Subject::Run { .. } => Err(Errno::EINVAL),
            Subject::Registers { .. } if offset != 0 => Err(Errno::EINVAL),
            Subject::Registers { thread, set } => self.write_registers(thread, set, own, buffer),
        }
    }

    /// Every thread parked at an entry stop latches its call again when it goes on.
    pub(crate) fn mark_edited(&mut self, group: GroupKey) {
        if let Some(group) = self.groups.get_mut(group) {
            group.writes = group.writes.wrapping_add(1);
        }
    }

    /// Moves bytes between two spaces, a bounded number of pages at a time; longer requests end short.
    pub(crate) fn move_memory(&mut self, from: Side, to: Side, length: u64) -> Served {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length <= SMALL {
            return self.move_small(from, to, length);
        }
        let copied = self.memory.copy(&mut self.machine, from, to, length, &mut Budget::call());
        match (copied.bytes, copied.fault) {
            (0, Some(kind)) => Err(short_errno(kind)),
            (bytes, _) => Ok(Done::Value(bytes)),
        }
    }

    /// As [`Self::move_memory`]; bytes that cannot be moved are EFAULT even if some before them were.
    pub(crate) fn move_whole(&mut self, from: Side, to: Side, length: u64) -> Served {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length <= SMALL {
            return match self.move_small(from, to, length)? {
                Done::Value(count) if count < length => Err(Errno::EFAULT),
                done => Ok(done),
            };
        }
        let copied = self.memory.copy(&mut self.machine, from, to, length, &mut Budget::call());
        match copied.fault {
            Some(kind) => Err(short_errno(kind)),
            None => Ok(Done::Value(copied.bytes)),
        }
    }

    fn move_small(&mut self, from: Side, to: Side, length: usize) -> Served {
        let mut bytes = [0; SMALL];
        let bytes = bytes.get_mut(..length).ok_or(Errno::EINVAL)?;
        let read = self.memory.read(&mut self.machine, from.space, from.address, bytes, from.accessor);
        let (count, fault) = read.map_or_else(|short| (short.done, Some(short.kind)), |()| (length, None));
        let bytes = bytes.get(..count).ok_or(Errno::EFAULT)?;
        if count == 0 {
            return fault.map_or(Ok(Done::Value(0)), |kind| Err(short_errno(kind)));
        }
        match self.memory.write(&mut self.machine, to.space, to.address, bytes, to.accessor) {
            Ok(()) => Ok(Done::Value(count)),
            Err(short) if short.done == 0 => Err(short_errno(short.kind)),
            Err(short) => Ok(Done::Value(short.done)),
        }
    }
}
