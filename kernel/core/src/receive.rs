//! What a server gets: items of its inbox become messages in the array it gave.
//!
//! Decides the content of every message and that nothing is taken from the inbox before it lies in the server's memory.
//! Neighbours: `batch` (calls [`Core::receive`] last), `inbox`, `kernel_abi::message` (layout).

use kernel_abi::message::{INLINE_PAYLOAD, Kind, Message, Slot};
use zerocopy::{FromZeros, IntoBytes};

use crate::Core;
use crate::errno::Errno;
use crate::group::GroupKey;
use crate::inbox::Item;
use crate::memory::SpaceKey;
use crate::pending::{Ask, Direction, Outcome, SchemeWait, Wait};
use crate::scheme::SchemeKey;
use crate::seam::Machine;
use crate::thread::ThreadKey;

/// Most messages in one entry.
const MESSAGES: u32 = 256;

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
            match self.hand_over(item, space, (address, count)) {
                Ok(delivered) => count = count.saturating_add(usize::from(delivered)),
                Err(errno) if count == 0 => return Err(errno),
                Err(_) => break,
            }
            if let Some(entry) = self.schemes.get_mut(scheme) {
                self.nodes.pop(&mut entry.queue);
            }
        }
        Ok(count)
    }

    /// Puts the message for an item into its place of the array; `false` if there is none any more.
    ///
    /// # Errors
    /// EFAULT: the item stays where it is.
    fn hand_over(&mut self, item: Item, space: SpaceKey, (array, index): (u64, usize)) -> Result<bool, Errno> {
        let Some(slot) = self.compose(item) else {
            return Ok(false);
        };
        let offset = (index as u64).checked_mul(size_of::<Slot>() as u64);
        let place = offset.and_then(|offset| array.checked_add(offset)).ok_or(Errno::EFAULT)?;
        self.copy_slot(space, place, &slot).map_err(|_| Errno::EFAULT)?;
        self.mark_taken(item);
        Ok(true)
    }

    /// Copies the message and as much of the payload as it has.
    fn copy_slot(&mut self, space: SpaceKey, place: u64, slot: &Slot) -> Result<(), Errno> {
        let used = size_of::<Message>().saturating_add(slot.message.inline as usize);
        let bytes = slot.as_bytes().get(..used).ok_or(Errno::EFAULT)?;
        self.copy_out(space, place, bytes)
    }

    fn mark_taken(&mut self, item: Item) {
        if let Item::Call(key) = item
            && let Some(thread) = self.threads.get_mut(key)
            && let Some(pending) = thread.pending.as_mut()
            && let Wait::Scheme(wait) = &mut pending.wait
        {
            wait.taken = true;
        }
    }

    /// The message for an item; `None` if there is nothing to deliver any more.
    fn compose(&mut self, item: Item) -> Option<Slot> {
        let mut slot = Slot::new_zeroed();
        let message = &mut slot.message;
        match item {
            Item::Call(key) => return self.compose_call(key),
            Item::Cancel { tag, thread } => {
                message.kind = Kind::Cancel as u32;
                message.tag = tag;
                message.thread = thread.raw();
            }
            Item::Report(key) => return self.compose_report(key),
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
            Item::SessionLost { session, policy } => {
                message.kind = Kind::SessionLost as u32;
                (message.words[0], message.words[1]) = (session, policy);
            }
        }
        Some(slot)
    }

    fn stamp_group(&self, message: &mut Message, group: GroupKey) {
        message.group = group.raw();
        message.badge = self.groups.get(group).map_or(0, |group| group.badge);
    }

    fn compose_report(&self, key: ThreadKey) -> Option<Slot> {
        let thread = self.threads.get(key)?;
        let stop = thread.report?;
        let mut slot = Slot::new_zeroed();
        slot.message.kind = Kind::Report as u32;
        slot.message.number = stop.cause as u32;
        slot.message.thread = key.raw();
        slot.message.words = stop.words;
        self.stamp_group(&mut slot.message, thread.group);
        Some(slot)
    }

    /// A pending call with the first bytes of its buffer. A buffer that cannot be read ends the call with EFAULT instead.
    fn compose_call(&mut self, key: ThreadKey) -> Option<Slot> {
        let thread = self.threads.get(key)?;
        let pending = thread.pending.as_ref()?;
        let Wait::Scheme(wait) = pending.wait else {
            return None;
        };
        let mut slot = Slot::new_zeroed();
        let message = &mut slot.message;
        message.tag = pending.tag;
        message.thread = key.raw();
        message.words = wait.words;
        message.length = wait.buffer.1;
        match wait.ask {
            Ask::Request { opcode, handle } => {
                message.kind = Kind::Request as u32;
                message.number = u32::from(opcode as u8);
                message.handle = handle;
            }
            Ask::Process { number } => {
                message.kind = Kind::ProcessCall as u32;
                message.number = number;
            }
        }
        self.stamp_group(message, thread.group);
        if self.inline_payload(key, &wait, &mut slot).is_err() {
            let raw = kernel_abi::encode_result(Err(Errno::EFAULT.0));
            self.settle(key, wait.after, Outcome::Result(raw));
            return None;
        }
        Some(slot)
    }

    fn inline_payload(&mut self, key: ThreadKey, wait: &SchemeWait, slot: &mut Slot) -> Result<(), Errno> {
        if !matches!(wait.direction, Direction::In | Direction::Both) || wait.buffer.1 == 0 {
            return Ok(());
        }
        let length = usize::try_from(wait.buffer.1).unwrap_or(usize::MAX).min(INLINE_PAYLOAD);
        let space = self.space_of(key).ok_or(Errno::ESRCH)?;
        let into = slot.payload.get_mut(..length).ok_or(Errno::EFAULT)?;
        self.copy_in(space, wait.buffer.0, into)?;
        slot.message.inline = length as u64;
        Ok(())
    }
}
