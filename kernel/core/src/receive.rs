//! What a server gets: items of its inbox become messages in the array it gave.
//!
//! Decides the content of every message and that nothing is taken from the inbox before it lies in the server's memory. What
//! happens while the server waits goes straight into its array and never sees the inbox.
//! Neighbours: `batch` (calls [`Core::receive`] last), `inbox`, `kernel_abi::message` (layout).

use kernel_abi::message::{ALONE_WORD, INLINE_PAYLOAD, Kind, Message, Slot};
use zerocopy::IntoBytes;

use crate::Core;
use crate::errno::Errno;
use crate::group::GroupKey;
use crate::inbox::Item;
use crate::memory::SpaceKey;
use crate::pending::{Ask, Direction, Outcome, Pending, Wait};
use crate::scheduler::Place;
use crate::scheme::SchemeKey;
use crate::seam::Machine;
use crate::thread::ThreadKey;

/// Most messages in one entry.
const MESSAGES: u32 = 256;

/// What became of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Handed {
    /// Its message lies in the server's memory.
    Over,
    /// There is nothing to tell any more.
    Nothing,
}

/// What else may be in the inbox when a message is handed over: [`ALONE_WORD`] of a process call tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Others {
    Unknown = 0,
    None = 1,
}

impl<M: Machine> Core<M> {
    /// Moves up to `capacity` messages into the array at `address`; how many.
    pub(crate) fn receive(
        &mut self,
        scheme: SchemeKey,
        space: SpaceKey,
        address: u64,
        capacity: u32,
    ) -> Result<usize, Errno> {
        let capacity = capacity.min(MESSAGES) as usize;
        let mut count = 0_usize;
        while count < capacity {
            let entry = self.schemes.get(scheme).ok_or(Errno::EBADF)?;
            let Some(item) = self.nodes.peek(&entry.queue) else {
                break;
            };
            let offset = (count as u64).checked_mul(size_of::<Slot>() as u64);
            let place = offset.and_then(|offset| address.checked_add(offset)).ok_or(Errno::EFAULT)?;
            match self.hand_over(item, Others::Unknown, space, place) {
                Ok(Handed::Over) => count = count.saturating_add(1),
                Ok(Handed::Nothing) => {}
                Err(errno) if count == 0 => return Err(errno),
                Err(_) => break,
            }
            if let Some(entry) = self.schemes.get_mut(scheme) {
                self.nodes.pop(&mut entry.queue);
            }
        }
        Ok(count)
    }

    /// Hands an item straight to the thread that waits for messages of the scheme. False if there is none, its array cannot be
    /// written, or news of delegated runs, which wake nobody, are to be told first: the item waits in the inbox.
    #[inline]
    pub(crate) fn hand_to_receiver(&mut self, scheme: SchemeKey, item: Item) -> bool {
        let Some(entry) = self.schemes.get_mut(scheme).filter(|entry| entry.queue.is_empty()) else {
            return false;
        };
        let Some(receiver) = entry.receiver.take() else {
            return false;
        };
        let handed = self.hand_over(item, Others::None, receiver.space, receiver.place);
        if handed == Ok(Handed::Over) {
            self.end_receive(receiver.waiter.thread);
        } else if let Some(entry) = self.schemes.get_mut(scheme) {
            entry.receiver = Some(receiver);
        }
        handed.is_ok()
    }

    /// The call that waited for a message has one.
    #[inline]
    fn end_receive(&mut self, key: ThreadKey) {
        if let Some(thread) = self.threads.get_mut(key)
            && let Some(group) = self.groups.get(thread.group)
        {
            thread.end_wait(Outcome::Result(1));
            self.scheduler.enqueue(key, thread, group, Place::Front);
        }
    }

    /// Puts the message for an item into a slot.
    ///
    /// # Errors
    /// EFAULT: the item stays where it is.
    #[inline]
    fn hand_over(&mut self, item: Item, others: Others, space: SpaceKey, place: u64) -> Result<Handed, Errno> {
        let mut message = Message::default();
        let composed = match item {
            Item::Call(key) => self.compose_call(key, others, &mut message, (space, place))?,
            Item::Report(key) => self.compose_report(key, &mut message),
            _ => self.compose(item, &mut message),
        };
        if composed.is_none() {
            return Ok(Handed::Nothing);
        }
        if self.copy_out(space, place, message.as_bytes()).is_err() {
            self.mark_waiting(item);
            return Err(Errno::EFAULT);
        }
        if let Item::Delegated(group) = item {
            self.hand_back(group);
        }
        Ok(Handed::Over)
    }

    /// A call whose message could not be written is not taken.
    #[cold]
    fn mark_waiting(&mut self, item: Item) {
        if let Item::Call(key) = item
            && let Some(thread) = self.threads.get_mut(key)
            && let Some(Pending { wait: Wait::Scheme(wait), .. }) = &mut thread.pending
        {
            wait.taken = false;
        }
    }

    /// The message for other items; `None` if there is nothing to deliver any more.
    #[inline(never)]
    fn compose(&self, item: Item, message: &mut Message) -> Option<()> {
        match item {
            Item::Call(_) | Item::Report(_) => return None,
            Item::Cancel { tag, thread } => {
                message.kind = Kind::Cancel as u32;
                message.tag = tag;
                message.thread = thread.raw();
            }
            Item::ThreadDead { thread, group, badge, status } => {
                message.kind = Kind::ThreadDead as u32;
                message.thread = thread.raw();
                (message.group, message.badge, message.words[0]) = (group.raw(), badge, status);
            }
            Item::GroupDead { group, badge, status } => {
                message.kind = Kind::GroupDead as u32;
                (message.group, message.badge, message.words[0]) = (group.raw(), badge, status);
            }
            Item::Stopped(group) => {
                message.kind = Kind::Stopped as u32;
                message.words[0] = self.groups.get(group)?.stop_epoch;
                self.stamp_group(message, group);
            }
            Item::Timer { cookie } => (message.kind, message.words[0]) = (Kind::Timer as u32, cookie),
            Item::Ready { cookie } => (message.kind, message.words[0]) = (Kind::Ready as u32, cookie),
            Item::Job { cookie, errno } => {
                message.kind = Kind::Job as u32;
                (message.words[0], message.words[1]) = (cookie, u64::from(errno));
            }
            Item::Closed { handle } => (message.kind, message.handle) = (Kind::Closed as u32, handle),
            Item::Delegated(group) => return self.compose_delegated(group, message),
            Item::SessionLost { session, policy } => {
                message.kind = Kind::SessionLost as u32;
                (message.words[0], message.words[1]) = (session, policy);
            }
        }
        Some(())
    }

    #[inline]
    pub(crate) fn stamp_group(&self, message: &mut Message, group: GroupKey) {
        message.group = group.raw();
        message.badge = self.groups.get(group).map_or(0, |group| group.badge);
    }

    #[inline]
    fn compose_report(&self, key: ThreadKey, message: &mut Message) -> Option<()> {
        let thread = self.threads.get(key)?;
        let stop = thread.report.as_ref()?;
        (message.kind, message.number) = (Kind::Report as u32, stop.cause as u32);
        message.thread = key.raw();
        message.words = stop.words;
        self.stamp_group(message, thread.group);
        Some(())
    }

    /// A pending call, which is taken by this, with the first bytes of its buffer in the slot. A buffer that cannot be read ends the call with EFAULT
    /// instead.
    ///
    /// # Errors
    /// EFAULT: the slot cannot be written.
    #[inline]
    fn compose_call(
        &mut self,
        key: ThreadKey,
        others: Others,
        message: &mut Message,
        slot: (SpaceKey, u64),
    ) -> Result<Option<()>, Errno> {
        let Some(thread) = self.threads.get_mut(key) else {
            return Ok(None);
        };
        let Some(Pending { tag, wait: Wait::Scheme(wait), .. }) = &mut thread.pending else {
            return Ok(None);
        };
        wait.taken = true;
        (message.tag, message.thread, message.length) = (*tag, key.raw(), wait.buffer.1);
        message.group = thread.group.raw();
        message.badge = self.groups.get(thread.group).map_or(0, |group| group.badge);
        match wait.ask {
            Ask::Request { opcode, handle } => {
                (message.kind, message.number) = (Kind::Request as u32, u32::from(opcode as u8));
                (message.handle, message.words) = (handle, thread.words);
            }
            Ask::Process { number } => {
                (message.kind, message.number) = (Kind::ProcessCall as u32, number);
                let [a, b, c, d, e, f] = thread.latched.arguments;
                message.words = [a, b, c, d, e, f, 0, 0];
                message.words[ALONE_WORD] = others as u64;
            }
        }
        let (from, length) = wait.buffer;
        if length == 0 || !matches!(wait.direction, Direction::In | Direction::Both) {
            return Ok(Some(()));
        }
        let after = wait.after;
        message.inline = length.min(INLINE_PAYLOAD as u64);
        match self.inline_payload(key, (from, message.inline), slot) {
            Ok(true) => return Ok(Some(())),
            Ok(false) => {}
            Err(errno) => {
                self.mark_waiting(Item::Call(key));
                return Err(errno);
            }
        }
        // It may be the current thread, in the middle of this call: it has to get a place in the queue.
        self.scheduler.end_turn_of(key);
        let raw = kernel_abi::encode_result(Err(Errno::EFAULT.0));
        self.settle(key, after, Outcome::Result(raw));
        Ok(None)
    }

    /// Copies the start of a caller's buffer into a slot; false if it cannot be read.
    ///
    /// # Errors
    /// EFAULT: the slot cannot be written.
    fn inline_payload(
        &mut self,
        key: ThreadKey,
        (from, length): (u64, u64),
        (space, place): (SpaceKey, u64),
    ) -> Result<bool, Errno> {
        let mut bytes = [0; INLINE_PAYLOAD];
        let bytes = bytes.get_mut(..length as usize).ok_or(Errno::EFAULT)?;
        let Some(theirs) = self.space_of(key) else {
            return Ok(false);
        };
        if self.copy_in(theirs, from, bytes).is_err() {
            return Ok(false);
        }
        let place = place.checked_add(size_of::<Message>() as u64).ok_or(Errno::EFAULT)?;
        self.copy_out(space, place, bytes).map_err(|_| Errno::EFAULT)?;
        Ok(true)
    }
}
