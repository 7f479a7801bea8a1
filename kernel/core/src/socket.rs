//! SYS_CALL on a descriptor: the verbs of a scheme's socket, and calls that are passed on to schemes.
//!
//! Decides who may use which verb. Neighbours: `batch` (the verb used for all ordinary work), `socket/authority` (verbs on
//! threads and groups), `kernel_abi::verb` (numbers and payloads).

use kernel_abi::redox::flag::CallFlags;
use kernel_abi::redox::schemev2::Opcode;
use kernel_abi::verb::SocketVerb;
use zerocopy::IntoBytes;

use crate::Core;
use crate::call::{Done, Served};
use crate::errno::Errno;
use crate::file::Object;
use crate::memory::{Side, SpaceKey};
use crate::pending::{After, Direction, Outcome, Wait};
use crate::request::Request;
use crate::scheme::SchemeKey;
use crate::seam::Machine;
use crate::thread::ThreadKey;

mod authority;
mod descriptor;
mod information;
mod lend;
mod remote;

/// Most metadata words of a call.
const METADATA: usize = 3;

impl<M: Machine> Core<M> {
    /// SYS_CALL(descriptor, payload, length, flags and metadata count, metadata).
    pub(crate) fn object_call(
        &mut self,
        key: ThreadKey,
        descriptor: usize,
        payload: (u64, u64),
        flags: u64,
        metadata: u64,
    ) -> Served {
        let thread = self.threads.get(key).ok_or(Errno::EBADF)?;
        let group = self.groups.get(thread.group).ok_or(Errno::EBADF)?;
        let entry = self.descriptions.get(group.table.get(descriptor)?.description).ok_or(Errno::EBADF)?;
        let space = group.space.ok_or(Errno::ESRCH)?;
        let count = (flags & 0xff) as usize;
        if let (&Object::Socket(scheme), 0) = (&entry.object, count) {
            // Words that are left out are 0, and so is the verb of all ordinary work.
            return self.batch(key, scheme, space, payload);
        }
        let object = entry.object;
        let mut words = [0_u64; METADATA];
        let wanted = words.get_mut(..count).ok_or(Errno::EINVAL)?;
        self.copy_in(space, metadata, wanted.as_mut_bytes())?;
        match object {
            Object::Socket(scheme) => self.socket_call(key, scheme, space, payload, words),
            Object::Scheme { scheme, handle, .. } => {
                let [a, b, c] = words;
                let reads = flags & CallFlags::WRITE.bits() as u64 == 0 && flags & CallFlags::READ.bits() as u64 != 0;
                let direction = if reads { Direction::Out } else { Direction::Both };
                let words = [a, b, c, count as u64, flags >> 8, 0, 0, 0];
                let after = After::Plain;
                self.request(
                    key,
                    Request { scheme, handle, opcode: Opcode::Call, buffer: payload, direction, words, after },
                )
            }
            Object::Pipe(end) if flags & CallFlags::FD.bits() as u64 != 0 => {
                self.pass_descriptor(key, end, payload, CallFlags::from_bits_truncate(flags as usize))
            }
            Object::Target(target) => self.run_call(key, target, payload, words),
            _ => Err(Errno::EOPNOTSUPP),
        }
    }

    fn socket_call(
        &mut self,
        key: ThreadKey,
        scheme: SchemeKey,
        space: SpaceKey,
        payload: (u64, u64),
        words: [u64; METADATA],
    ) -> Served {
        let [verb, first, second] = words;
        let verb = SocketVerb::from_raw(verb).ok_or(Errno::EINVAL)?;
        match verb {
            SocketVerb::Batch => self.batch(key, scheme, space, payload),
            SocketVerb::CopyIn => self.copy_call(key, scheme, (first, second), payload, Direction::In),
            SocketVerb::CopyOut => self.copy_call(key, scheme, (first, second), payload, Direction::Out),
            SocketVerb::Watch => {
                let source = self.description_of(key, first as usize)?;
                self.watch(scheme, source, second).map(|()| Done::Value(0))
            }
            _ if !self.schemes.get(scheme).is_some_and(|entry| entry.authority) => Err(Errno::EPERM),
            _ => self.authority_call(key, scheme, verb, payload, (first, second)),
        }
    }

    /// CopyIn and CopyOut: between the server's payload and the memory of a caller whose call it has taken.
    fn copy_call(
        &mut self,
        key: ThreadKey,
        scheme: SchemeKey,
        (tag, place): (u64, u64),
        payload: (u64, u64),
        direction: Direction,
    ) -> Served {
        let (client, wait) = self.answered(scheme, tag).ok_or(Errno::ESRCH)?;
        let theirs = self.space_of(client).ok_or(Errno::ESRCH)?;
        let own = self.space_of(key).ok_or(Errno::ESRCH)?;
        let (address, length) = match wait.direction {
            Direction::Anywhere => (place, payload.1),
            allowed if allowed == Direction::Both || allowed == direction => {
                let rest = wait.buffer.1.checked_sub(place).ok_or(Errno::EINVAL)?;
                let address = wait.buffer.0.checked_add(place).ok_or(Errno::EFAULT)?;
                (address, payload.1.min(rest))
            }
            _ => return Err(Errno::EINVAL),
        };
        let (client, server) = (Side::program(theirs, address), Side::program(own, payload.0));
        let (from, to) = if direction == Direction::In { (client, server) } else { (server, client) };
        self.move_whole(from, to, length)
    }

    /// The server's socket was closed: its name is free, its inbox is emptied, calls that wait for it fail with ENODEV.
    pub(crate) fn close_scheme(&mut self, key: SchemeKey) {
        self.end_watches(key);
        self.end_server_timers(key);
        self.wake_receiver(key);
        self.end_runs_of(key);
        let Some(mut entry) = self.schemes.remove(key) else {
            return;
        };
        while self.nodes.pop(&mut entry.queue).is_some() {}
        self.namespace.remove(entry.name, key);
        self.hang_up(key);
        for index in 0..self.threads.index_end() {
            if let Some((thread, after)) = self.call_on(key, index) {
                let raw = kernel_abi::encode_result(Err(Errno::ENODEV.0));
                self.settle(thread, after, Outcome::Result(raw));
            }
        }
    }

    /// The thread in a slot, if its call waits for the scheme.
    fn call_on(&self, scheme: SchemeKey, index: u32) -> Option<(ThreadKey, After)> {
        let (key, thread) = self.threads.at_index(index)?;
        match thread.pending?.wait {
            Wait::Scheme(wait) if wait.scheme == scheme => Some((key, wait.after)),
            _ => None,
        }
    }

    /// The space of the caller, for verbs with a payload.
    fn own_space(&self, key: ThreadKey) -> Result<SpaceKey, Errno> {
        self.space_of(key).ok_or(Errno::ESRCH)
    }
}
