//! Event queues: which of many files became readable or writable, in the order they did.
//!
//! Decides that events are edge-triggered with an initial state: a subscription reports what is true when it is made, later
//! only what becomes true anew; several edges before a read are one event. Main types: [`EventQueue`], [`Watcher`].
//! Neighbours: `event/call` (read and write), `event/source` (readiness of files), `event/watch` (servers that wait).

use alloc::collections::VecDeque;

use kernel_abi::redox::flag::EventFlags;

use super::DescriptionKey;
use super::wait::WaitList;
use crate::hash::Map;
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
    /// Edges since the last read.
    ready: EventFlags,
    /// Tells this subscription's entry in `pending` from those of earlier ones of the same file.
    number: u64,
}

/// One queue.
#[derive(Debug, Default)]
pub(crate) struct EventQueue {
    subscriptions: Map<DescriptionKey, Subscription>,
    /// Files with events and the numbers of their subscriptions, oldest first. What a subscription leaves behind when it
    /// ends is passed over, so that ending one is quick.
    pending: VecDeque<(DescriptionKey, u64)>,
    /// Subscriptions with edges.
    ready: usize,
    /// Number of the latest subscription.
    last_number: u64,
    pub(super) readers: WaitList,
    /// The description of the queue itself.
    pub(super) description: Option<DescriptionKey>,
}

/// Entries of ended subscriptions that are kept before anybody looks.
const SLACK: usize = 16;

impl EventQueue {
    /// Makes room for one more subscription and for the events of all.
    fn reserve(&mut self) -> Result<(), OutOfMemory> {
        self.subscriptions.try_reserve(1).map_err(|_| OutOfMemory)?;
        let subscriptions = &self.subscriptions;
        if self.pending.len() > subscriptions.len().saturating_mul(2).saturating_add(SLACK) {
            self.pending.retain(|entry| subscriptions.get(&entry.0).is_some_and(|live| live.number == entry.1));
        }
        let wanted = self.subscriptions.len().saturating_add(1);
        self.pending.try_reserve(wanted).map_err(|_| OutOfMemory)
    }

    /// Adds or replaces a subscription, in room that was reserved. `true` if the file had none.
    fn subscribe(&mut self, source: DescriptionKey, interest: Interest) -> bool {
        let new = !self.unsubscribe(source);
        self.last_number = self.last_number.wrapping_add(1);
        let subscription = Subscription { interest, ready: EventFlags::empty(), number: self.last_number };
        self.subscriptions.insert(source, subscription);
        new
    }

    /// Removes a subscription with its events. `true` if there was one.
    fn unsubscribe(&mut self, source: DescriptionKey) -> bool {
        let Some(subscription) = self.subscriptions.remove(&source) else {
            return false;
        };
        if !subscription.ready.is_empty() {
            self.ready = self.ready.saturating_sub(1);
        }
        true
    }

    /// What a program wants to know of a file.
    fn interest(&self, source: DescriptionKey) -> Option<Interest> {
        self.subscriptions.get(&source).map(|subscription| subscription.interest)
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
            self.pending.push_back((source, subscription.number));
            self.ready = self.ready.saturating_add(1);
        }
        subscription.ready |= new;
        true
    }

    /// A read would not wait.
    const fn has_events(&self) -> bool {
        self.ready > 0
    }

    /// The oldest event.
    fn front(&mut self) -> Option<(Interest, EventFlags)> {
        loop {
            let (source, number) = *self.pending.front()?;
            match self.subscriptions.get(&source) {
                Some(live) if live.number == number => return Some((live.interest, live.ready)),
                _ => self.pending.pop_front(),
            };
        }
    }

    /// The oldest event was read.
    fn pop(&mut self) {
        if let Some((source, _)) = self.pending.pop_front()
            && let Some(subscription) = self.subscriptions.get_mut(&source)
        {
            subscription.ready = EventFlags::empty();
            self.ready = self.ready.saturating_sub(1);
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
    fn what_ended_subscriptions_leave_behind_does_not_pile_up() {
        let mut queue = queue(&[(1, READ), (2, READ)]);
        queue.raise(Key::from_raw(2), READ);
        for _ in 0..1000 {
            queue.reserve().unwrap();
            queue.subscribe(Key::from_raw(1), Interest { id: 1, data: 0, wanted: READ });
            queue.raise(Key::from_raw(1), READ);
        }
        assert!(queue.pending.len() < 64);
        assert!(queue.has_events());
        assert_eq!(drain(&mut queue), [(2, READ), (1, READ)]);
        assert!(!queue.has_events());
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
