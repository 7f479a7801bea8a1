//! Bytes between a program's buffer and the kernel: rings, and small texts.
//!
//! Decides what a hole in the buffer does: a read ends short in front of it, a write of it fails as a whole; EFAULT if
//! nothing was done. Main entries: [`take_bytes`], [`add_bytes`], [`Core::read_text`]. Neighbours: `ring`, `memory::walk`.

use super::TRANSFER;
use super::ring::Ring;
use crate::Core;
use crate::call::{Done, Served};
use crate::errno::Errno;
use crate::memory::{Accessor, Hardware, Memory, SpaceKey};
use crate::seam::Machine;
use crate::thread::ThreadKey;
use crate::user::short_errno;

/// Length of a buffer as this entry uses it.
pub(super) fn clamp(length: u64) -> usize {
    length.min(TRANSFER) as usize
}

/// Moves the oldest bytes of a ring to a program; how many.
///
/// # Errors
/// EFAULT or ENOMEM if nothing could be moved.
pub(super) fn take_bytes(
    memory: &mut Memory,
    machine: &mut impl Hardware,
    ring: &mut Ring,
    space: SpaceKey,
    (address, length): (u64, usize),
) -> Result<usize, Errno> {
    let mut done = 0_usize;
    while done < length && !ring.is_empty() {
        let run = ring.readable();
        let run = run.get(..length.saturating_sub(done)).unwrap_or(run);
        let count = run.len();
        let at = address.saturating_add(done as u64);
        let written = memory.write(machine, space, at, run, Accessor::Program);
        let moved = written.map_or_else(|short| short.done, |()| count);
        ring.consume(moved);
        done = done.saturating_add(moved);
        if let Err(short) = written {
            return if done == 0 { Err(short_errno(short.kind)) } else { Ok(done) };
        }
    }
    Ok(done)
}

/// Appends bytes of a program to a ring that has room for them, all or none.
///
/// # Errors
/// EFAULT or ENOMEM.
pub(super) fn add_bytes(
    memory: &mut Memory,
    machine: &mut impl Hardware,
    ring: &mut Ring,
    space: SpaceKey,
    (address, length): (u64, usize),
) -> Result<(), Errno> {
    let mut done = 0_usize;
    while done < length {
        let run = ring.writable();
        let count = run.len().min(length.saturating_sub(done));
        let at = address.saturating_add(done as u64);
        let Some(run) = run.get_mut(..count).filter(|run| !run.is_empty()) else {
            break;
        };
        if let Err(short) = memory.read(machine, space, at, run, Accessor::Program) {
            ring.revoke(done);
            return Err(short_errno(short.kind));
        }
        ring.commit(count);
        done = done.saturating_add(count);
    }
    Ok(())
}

impl<M: Machine> Core<M> {
    /// Reads `text` as a file, from an offset on.
    pub(super) fn read_text(&mut self, key: ThreadKey, text: &[u8], buffer: (u64, u64), offset: u64) -> Served {
        let rest = usize::try_from(offset).ok().and_then(|offset| text.get(offset..)).unwrap_or_default();
        let rest = rest.get(..clamp(buffer.1)).unwrap_or(rest);
        let space = self.space_of(key).ok_or(Errno::ESRCH)?;
        self.copy_out(space, buffer.0, rest)?;
        Ok(Done::Value(rest.len()))
    }
}
