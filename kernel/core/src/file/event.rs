//! Event queues: which of many files became readable or writable, in the order they did.
//!
//! Decides that events are edge-triggered with an initial state: a subscription reports what is true when it is made, later
//! only what becomes true anew; several edges before a read are one event. Main types: [`EventQueue`], [`Watcher`].
//! Neighbours: `event/call` (read and write), `event/source` (readiness of files), `event/watch` (servers that wait).

use alloc::collections::VecDeque;

use hashbrown::HashMap;
use kernel_abi::redox::flag::EventFlags;

use super::DescriptionKey;
use super::wait::WaitList;
use crate::memory::OutOfMemory;
use crate::scheme::SchemeKey;
use crate::slab::Key;

mod call;
mod source;
mod watch;

/// Names an event queue.
pub(crate) type QueueKey = Key<EventQueue>;

/// The file can be read.
pub(super) const READ: EventFlags = EventFlags::EVENT_READ;

/// The file can be written.
pub(super) const WRITE: EventFlags = EventFlags::EVENT_WRITE;

/// Who is told when a file becomes ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Watcher {
    /// An event queue.
    Queue(QueueKey),
    /// The server of a scheme, through its inbox.
    Server(SchemeKey),
}

/// What a program wants to know of a file, by its own names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Interest {
    /// The descriptor that the program named; it comes back with each event.
    pub(super) id: u64,
    /// The program's word; it comes back with each event.
    pub(super) data: u64,
    /// What to report.
    pub(super) wanted: EventFlags,
}

#[derive(Clone, Copy, Debug)]
struct Subscription {
    interest: Interest,
    /// Edges since the last read; not empty exactly while the file is in `pending`.
    ready: EventFlags,
}

/// One queue.
#[derive(Debug, Default)]
pub(crate) struct EventQueue {
    subscriptions: HashMap<DescriptionKey, Subscription>,
    /// Files with events, oldest first. Room for every subscription is reserved when it is made.
    pending: VecDeque<DescriptionKey>,
    pub(super) readers: WaitList,
    /// The description of the queue itself.
    pub(super) description: Option<DescriptionKey>,
}

impl EventQueue {
    /// Makes room for one more subscription.
    fn reserve(&mut self) -> Result<(), OutOfMemory> {
        self.subscriptions.try_reserve(1).map_err(|_| OutOfMemory)?;
        let wanted = self.subscriptions.len().saturating_add(1);
        self.pending.try_reserve(wanted.saturating_sub(self.pending.len())).map_err(|_| OutOfMemory)
    }

    /// Adds or replaces a subscription, in room that was reserved. `true` if the file had none.
    fn subscribe(&mut self, source: DescriptionKey, interest: Interest) -> bool {
        let new = !self.unsubscribe(source);
        self.subscriptions.insert(source, Subscription { interest, ready: EventFlags::empty() });
        new
    }

    /// Removes a subscription with its events. `true` if there was one.
    fn unsubscribe(&mut self, source: DescriptionKey) -> bool {
        let Some(subscription) = self.subscriptions.remove(&source) else {
            return false;
        };
        if !subscription.ready.is_empty() {
            self.pending.retain(|pending| *pending != source);
        }
        true
    }

    /// What a program wants to know of a file.
    fn interest(&self, source: DescriptionKey) -> Option<Interest> {
        self.subscriptions.get(&source).map(|subscription| subscription.interest)
    }

    /// Some file this queue is subscribed to.
    fn any_source(&self) -> Option<DescriptionKey> {
        self.subscriptions.keys().next().copied()
    }

    /// `flags` became true for a file. `true` if there is something to read now.
    fn raise(&mut self, source: DescriptionKey, flags: EventFlags) -> bool {
        let Some(subscription) = self.subscriptions.get_mut(&source) else {
            return false;
        };
        let new = flags & subscription.interest.wanted;
        if new.is_empty() {
            return false;
        }
        if subscription.ready.is_empty() {
            self.pending.push_back(source);
        }
        subscription.ready |= new;
        true
    }

    /// The oldest event.
    fn front(&self) -> Option<(Interest, EventFlags)> {
        let subscription = self.subscriptions.get(self.pending.front()?)?;
        Some((subscription.interest, subscription.ready))
    }

    /// The oldest event was read.
    fn pop(&mut self) {
        if let Some(source) = self.pending.pop_front()
            && let Some(subscription) = self.subscriptions.get_mut(&source)
        {
            subscription.ready = EventFlags::empty();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{EventFlags, EventQueue, Interest, READ, WRITE};
    use crate::slab::Key;

    fn queue(sources: &[(u64, EventFlags)]) -> EventQueue {
        let mut queue = EventQueue::default();
        for &(source, wanted) in sources {
            queue.reserve().unwrap();
            queue.subscribe(Key::from_raw(source), Interest { id: source, data: 0, wanted });
        }
        queue
    }

    fn drain(queue: &mut EventQueue) -> Vec<(u64, EventFlags)> {
        let mut events = Vec::new();
        while let Some((interest, flags)) = queue.front() {
            events.push((interest.id, flags));
            queue.pop();
        }
        events
    }

    #[test]
    fn edges_merge_until_read_and_come_in_order() {
        let mut queue = queue(&[(1, READ), (2, READ | WRITE)]);
        assert!(queue.raise(Key::from_raw(2), READ));
        assert!(queue.raise(Key::from_raw(1), READ | WRITE));
        assert!(queue.raise(Key::from_raw(2), WRITE));
        assert_eq!(drain(&mut queue), [(2, READ | WRITE), (1, READ)]);
        assert!(queue.raise(Key::from_raw(1), READ));
        assert_eq!(drain(&mut queue), [(1, READ)]);
    }

    #[test]
    fn unwanted_flags_and_unknown_files_raise_nothing() {
        let mut queue = queue(&[(1, READ)]);
        assert!(!queue.raise(Key::from_raw(1), WRITE));
        assert!(!queue.raise(Key::from_raw(9), READ));
        assert_eq!(drain(&mut queue), []);
    }

    #[test]
    fn ending_a_subscription_takes_its_event_away() {
        let mut queue = queue(&[(1, READ), (2, READ)]);
        queue.raise(Key::from_raw(1), READ);
        queue.raise(Key::from_raw(2), READ);
        assert!(queue.unsubscribe(Key::from_raw(1)));
        assert!(!queue.unsubscribe(Key::from_raw(1)));
        assert_eq!(drain(&mut queue), [(2, READ)]);
    }

    #[test]
    fn a_second_subscription_replaces_the_first() {
        let mut queue = queue(&[(1, READ)]);
        queue.raise(Key::from_raw(1), READ);
        queue.reserve().unwrap();
        assert!(!queue.subscribe(Key::from_raw(1), Interest { id: 7, data: 0, wanted: WRITE }));
        assert_eq!(drain(&mut queue), []);
        assert!(queue.raise(Key::from_raw(1), WRITE));
        assert_eq!(drain(&mut queue), [(7, WRITE)]);
    }
}
