//! Batches: effects are checked all together, then done all or not at all, then messages are received.
//!
//! Decides what a batch is and when it waits. Main method: [`Core::batch`]. Neighbours: `order` (the effects), `receive`,
//! `socket` (the verb that brings a batch), `kernel_abi::verb` (layout).

use kernel_abi::verb::{BATCH_EFFECTS, BATCH_WAIT, Batch};
use zerocopy::{FromZeros, IntoBytes};

use crate::Core;
use crate::call::{Done, Served};
use crate::complete::next_tag;
use crate::errno::Errno;
use crate::file::Waiter;
use crate::memory::SpaceKey;
use crate::order::Orders;
use crate::pending::Wait;
use crate::scheme::{Receiver, SchemeKey};
use crate::seam::Machine;
use crate::thread::{Receiving, ThreadKey};

/// Offset of `Batch::refused`.
const REFUSED: u64 = core::mem::offset_of!(Batch, refused) as u64;

impl<M: Machine> Core<M> {
    /// SocketVerb::Batch.
    pub(crate) fn batch(&mut self, key: ThreadKey, scheme: SchemeKey, space: SpaceKey, payload: (u64, u64)) -> Served {
        if payload.1 != size_of::<Batch>() as u64 {
            return Err(Errno::EINVAL);
        }
        let mut batch = Batch::new_zeroed();
        self.copy_in(space, payload.0, batch.as_mut_bytes())?;
        let waits = batch.inbox_count > 0 && batch.flags & BATCH_WAIT != 0;
        let entry = self.schemes.get(scheme).ok_or(Errno::EBADF)?;
        if batch.effect_count as usize > BATCH_EFFECTS {
            return Err(Errno::EINVAL);
        }
        if waits && entry.receiver.is_some() {
            return Err(Errno::EBUSY);
        }
        if batch.effect_count > 0 {
            let orders = Orders { scheme, authority: entry.authority, space, bytes: batch.bytes };
            self.order(key, &orders, &batch, payload.0)?;
        }
        let receiving = Receiving { scheme, array: batch.inbox, capacity: batch.inbox_count };
        self.receive_or_wait(key, space, waits, receiving, Some(batch.journal))
    }

    /// The rest of a batch whose effects are done: a message has arrived, or was taken by another thread meanwhile.
    pub(crate) fn receive_again(&mut self, key: ThreadKey, receiving: Receiving) -> Served {
        let entry = self.schemes.get(receiving.scheme).ok_or(Errno::EBADF)?;
        if entry.receiver.is_some() {
            return Err(Errno::EBUSY);
        }
        let space = self.space_of(key).ok_or(Errno::ESRCH)?;
        self.receive_or_wait(key, space, true, receiving, None)
    }

    /// Receives what is there; with nothing there, waits if that is wanted. The journal is kept with effects that are done.
    #[inline]
    fn receive_or_wait(
        &mut self,
        key: ThreadKey,
        space: SpaceKey,
        waits: bool,
        receiving: Receiving,
        journal: Option<u64>,
    ) -> Served {
        let Receiving { scheme, array, capacity } = receiving;
        let entry = self.schemes.get_mut(scheme).ok_or(Errno::EBADF)?;
        entry.journal = journal.unwrap_or(entry.journal);
        if !entry.queue.is_empty() {
            if self.threads.get(key).is_none() {
                // It ordered its own end: messages are for those who are left.
                return Ok(Done::Wait);
            }
            let count = self.receive(scheme, space, array, capacity)?;
            if count > 0 {
                return Ok(Done::Value(count));
            }
        }
        if waits { self.wait_for_message(key, space, receiving) } else { Ok(Done::Value(0)) }
    }

    #[inline]
    fn wait_for_message(&mut self, key: ThreadKey, space: SpaceKey, receiving: Receiving) -> Served {
        let Self { threads, schemes, last_tag, .. } = self;
        let Some(thread) = threads.get_mut(key) else {
            return Ok(Done::Wait);
        };
        let entry = schemes.get_mut(receiving.scheme).ok_or(Errno::EBADF)?;
        let tag = next_tag(last_tag, key);
        thread.begin_wait(tag, Wait::Inbox);
        thread.receiving = Some(receiving);
        let waiter = Waiter { thread: key, tag };
        entry.receiver = Some(Receiver { waiter, space, place: receiving.array });
        // Whoever made the scheme may have passed the socket on.
        entry.owner = thread.group;
        Ok(Done::Wait)
    }

    /// The call that waits for messages ends some other way.
    pub(crate) fn end_receiving(&mut self, key: ThreadKey) {
        if let Some(thread) = self.threads.get_mut(key)
            && let Some(receiving) = thread.receiving.take()
            && let Some(entry) = self.schemes.get_mut(receiving.scheme)
        {
            entry.receiver = entry.receiver.filter(|receiver| receiver.waiter.thread != key);
        }
    }

    /// Does what a batch orders, or nothing.
    fn order(&mut self, key: ThreadKey, orders: &Orders, batch: &Batch, at: u64) -> Result<(), Errno> {
        let mut room = core::mem::take(&mut self.effects);
        let effects = room.get_mut(..batch.effect_count as usize).ok_or(Errno::EINVAL);
        let done = effects.and_then(|effects| {
            self.copy_in(orders.space, batch.effects, effects.as_mut_bytes())?;
            self.check_effects(key, orders, effects).or_else(|(index, errno)| {
                let place = at.checked_add(REFUSED).ok_or(Errno::EFAULT)?;
                self.copy_out(orders.space, place, index.as_bytes())?;
                Err(errno)
            })?;
            effects.iter().for_each(|effect| self.do_effect(key, orders.scheme, effect));
            Ok(())
        });
        self.effects = room;
        done
    }
}
