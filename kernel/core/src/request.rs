//! Calls that a server answers: how they become pending and reach the inbox.
//!
//! Decides when a call may be sent at all. Main type: [`Request`]. Neighbours: `receive` (what the server sees of it),
//! `reply` (how it ends), `file::call` and `map` (who ask), `call` (process calls).

use kernel_abi::redox::schemev2::Opcode;

use crate::Core;
use crate::call::{Done, Served};
use crate::complete::next_tag;
use crate::errno::Errno;
use crate::group::Group;
use crate::inbox::{Item, Node};
use crate::pending::{After, Ask, Direction, SchemeWait, Wait};
use crate::scheme::{Scheme, SchemeKey};
use crate::seam::Machine;
use crate::slab::Slab;
use crate::thread::{Thread, ThreadKey};

/// A request on an open file of a user scheme.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request {
    pub(crate) scheme: SchemeKey,
    pub(crate) handle: u64,
    pub(crate) opcode: Opcode,
    /// The caller's buffer: address and length.
    pub(crate) buffer: (u64, u64),
    pub(crate) direction: Direction,
    pub(crate) words: [u64; 8],
    pub(crate) after: After,
}

impl<M: Machine> Core<M> {
    /// Sends a request and makes the caller wait for the answer.
    pub(crate) fn request(&mut self, key: ThreadKey, request: Request) -> Served {
        let Request { scheme, handle, opcode, buffer, direction, words, after } = request;
        if let Some(thread) = self.threads.get_mut(key) {
            thread.words = words;
        }
        let ask = Ask::Request { opcode, handle };
        self.send(key, SchemeWait { scheme, taken: false, ask, buffer, direction, after })
    }

    fn send(&mut self, key: ThreadKey, wait: SchemeWait) -> Served {
        let Self { threads, groups, schemes, last_tag, .. } = self;
        let thread = threads.get_mut(key).ok_or(Errno::ESRCH)?;
        let group = groups.get(thread.group).ok_or(Errno::ESRCH)?;
        let (scheme, node) = (wait.scheme, begin_request((key, thread), group, schemes, last_tag, wait)?);
        self.deliver(scheme, node, Item::Call(key));
        Ok(Done::Wait)
    }

    /// Gives an item to a scheme's server if that waits, else puts it into the inbox.
    pub(crate) fn deliver(&mut self, scheme: SchemeKey, node: Node, item: Item) {
        if self.hand_to_receiver(scheme, item) {
            return;
        }
        if let Some(entry) = self.schemes.get_mut(scheme) {
            self.nodes.push(&mut entry.queue, node, item);
            self.wake_receiver(scheme);
        }
    }

    /// As [`Self::deliver`], with a node that nobody else owns any more.
    pub(crate) fn deliver_owned(&mut self, scheme: SchemeKey, node: Node, item: Item) {
        if self.hand_to_receiver(scheme, item) {
            self.nodes.give(node);
            return;
        }
        match self.schemes.get_mut(scheme) {
            Some(entry) => {
                self.nodes.push_owned(&mut entry.queue, node, item);
                self.wake_receiver(scheme);
            }
            None => self.nodes.give(node),
        }
    }

    /// Lets the thread that waits for a message look.
    pub(crate) fn wake_receiver(&mut self, scheme: SchemeKey) {
        if let Some(receiver) = self.schemes.get_mut(scheme).and_then(|scheme| scheme.receiver.take()) {
            self.wake(receiver.waiter.thread, receiver.waiter.tag);
        }
    }
}

/// Makes the call of a thread wait for its server's answer. The node in which it can wait to be received.
///
/// # Errors
/// ENODEV without a server; EDEADLK for the only thread of a server that calls itself, which would wait for ever.
#[inline]
pub(crate) fn begin_request(
    (key, thread): (ThreadKey, &mut Thread),
    group: &Group,
    schemes: &Slab<Scheme>,
    last_tag: &mut u64,
    wait: SchemeWait,
) -> Result<Node, Errno> {
    let scheme = schemes.get(wait.scheme).ok_or(Errno::ENODEV)?;
    if scheme.owner == thread.group && group.threads.len() == 1 {
        return Err(Errno::EDEADLK);
    }
    thread.begin_wait(next_tag(last_tag, key), Wait::Scheme(wait));
    Ok(thread.nodes.call)
}
