//! Descriptors passed through a pipe: SYS_CALL on an end with CallFlags FD and WRITE or READ (FreeBSD's SCM_RIGHTS).
//!
//! Decides that an open file in transit is owned by the pipe, that what nobody received is closed with the end it was meant
//! for, and that pipes do not travel in pipes, so that no ring of pipes can keep itself alive. Neighbours: `pipe`, `socket`
//! (the call), `install` (the receiver's table).

use kernel_abi::redox::flag::CallFlags;
use zerocopy::IntoBytes;

use super::{End, Life};
use crate::Core;
use crate::call::{Done, Served};
use crate::errno::Errno;
use crate::file::event::{READ, WRITE};
use crate::file::wait::WaitPlace;
use crate::file::{DescriptionKey, Object};
use crate::seam::Machine;
use crate::thread::ThreadKey;

/// Open files that wait at one end at most.
const LIMIT: usize = 16;

impl<M: Machine> Core<M> {
    /// The payload is one word: the sender's descriptor. A receiver's new descriptor is the result.
    ///
    /// # Errors
    /// EINVAL for another payload, for neither or both directions, and for a pipe; EPIPE if the other end is closed;
    /// EAGAIN or a wait where the call would block; EBADF, EMFILE, ENOMEM.
    pub(crate) fn pass_descriptor(
        &mut self,
        key: ThreadKey,
        end: End,
        payload: (u64, u64),
        flags: CallFlags,
    ) -> Served {
        if payload.1 != size_of::<u64>() as u64 {
            return Err(Errno::EINVAL);
        }
        match (flags.contains(CallFlags::WRITE), flags.contains(CallFlags::READ)) {
            (true, false) => self.send_descriptor(key, end, payload.0, flags),
            (false, true) => self.receive_descriptor(key, end, flags),
            _ => Err(Errno::EINVAL),
        }
    }

    fn send_descriptor(&mut self, key: ThreadKey, end: End, address: u64, flags: CallFlags) -> Served {
        let space = self.space_of(key).ok_or(Errno::ESRCH)?;
        let mut word = 0_u64;
        self.copy_in(space, address, word.as_mut_bytes())?;
        let descriptor = usize::try_from(word).map_err(|_| Errno::EBADF)?;
        let description = self.description_of(key, descriptor)?;
        if let Object::Pipe(_) = self.object_of(key, descriptor)? {
            return Err(Errno::EINVAL);
        }
        let target = end.other();
        let half = self.pipes.get_mut(end.pipe).ok_or(Errno::EBADF)?.half_mut(target.side);
        if half.life == Life::Closed {
            return Err(Errno::EPIPE);
        }
        if half.passed.len() >= LIMIT {
            return self.wait_at(key, WaitPlace::PipeRoom(target));
        }
        half.passed.try_reserve(1).map_err(|_| Errno::ENOMEM)?;
        self.retain_description(description)?;
        if let Some(pipe) = self.pipes.get_mut(end.pipe) {
            pipe.half_mut(target.side).passed.push_back(description);
        }
        if !flags.contains(CallFlags::FD_CLONE) {
            self.close_call(key, descriptor)?;
        }
        self.wake_all(WaitPlace::PipeData(target));
        self.pipe_ready(target, READ);
        Ok(Done::Value(0))
    }

    fn receive_descriptor(&mut self, key: ThreadKey, end: End, flags: CallFlags) -> Served {
        let pipe = self.pipes.get_mut(end.pipe).ok_or(Errno::EBADF)?;
        let peer_closed = pipe.half(end.side.other()).life == Life::Closed;
        let Some(description) = pipe.half_mut(end.side).passed.front().copied() else {
            return if peer_closed { Err(Errno::EPIPE) } else { self.wait_at(key, WaitPlace::PipeData(end)) };
        };
        let group = self.group_of(key).ok_or(Errno::ESRCH)?;
        let close_on_exec = flags.contains(CallFlags::FD_CLOEXEC);
        let descriptor = self.share(group, kernel_abi::LOWEST_FREE, description, close_on_exec)?;
        if let Some(pipe) = self.pipes.get_mut(end.pipe) {
            pipe.half_mut(end.side).passed.pop_front();
        }
        self.release_description(description);
        self.wake_all(WaitPlace::PipeRoom(end));
        self.pipe_ready(end.other(), WRITE);
        Ok(Done::Value(descriptor))
    }

    /// Closes what nobody received at an end that is gone.
    pub(super) fn drop_passed(&mut self, end: End) {
        while let Some(description) = self.next_passed(end) {
            self.release_description(description);
        }
    }

    fn next_passed(&mut self, end: End) -> Option<DescriptionKey> {
        self.pipes.get_mut(end.pipe)?.half_mut(end.side).passed.pop_front()
    }
}
