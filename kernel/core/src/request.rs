//! Calls that a server answers: how they become pending and reach the inbox.
//!
//! Decides when a call may be sent at all. Main type: [`Request`]. Neighbours: `receive` (what the server sees of it),
//! `reply` (how it ends), `file::call` and `map` (who ask), `call` (process calls).

use kernel_abi::redox::schemev2::Opcode;

use crate::Core;
use crate::call::{Done, Served};
use crate::errno::Errno;
use crate::inbox::{Item, Node};
use crate::pending::{After, Ask, Direction, SchemeWait, Wait};
use crate::scheme::SchemeKey;
use crate::seam::Machine;
use crate::thread::ThreadKey;

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
        let ask = Ask::Request { opcode, handle };
        self.send(key, SchemeWait { scheme, taken: false, ask, buffer, direction, words, after })
    }

    /// Sends a process call to the thread's process server.
    pub(crate) fn forward_process_call(&mut self, key: ThreadKey, number: u32, arguments: [u64; 6]) -> Served {
        let group = self.threads.get(key).ok_or(Errno::ESRCH)?.group;
        let scheme = self.groups.get(group).ok_or(Errno::ESRCH)?.server;
        let [a, b, c, d, e, f] = arguments;
        let wait = SchemeWait {
            scheme,
            taken: false,
            ask: Ask::Process { number },
            buffer: (0, 0),
            direction: Direction::Anywhere,
            words: [a, b, c, d, e, f, 0, 0],
            after: After::Plain,
        };
        self.send(key, wait)
    }

    fn send(&mut self, key: ThreadKey, wait: SchemeWait) -> Served {
        let thread = self.threads.get(key).ok_or(Errno::ESRCH)?;
        let (group, node) = (thread.group, thread.nodes.call);
        let scheme = self.schemes.get(wait.scheme).ok_or(Errno::ENODEV)?;
        // The only thread of a server that calls itself would wait for ever.
        let alone = self.groups.get(group).is_some_and(|group| group.threads.len() == 1);
        if scheme.owner == group && alone {
            return Err(Errno::EDEADLK);
        }
        let target = wait.scheme;
        self.begin_wait(key, Wait::Scheme(wait));
        self.deliver(target, node, Item::Call(key));
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
            self.wake(receiver.thread, receiver.tag);
        }
    }
}
