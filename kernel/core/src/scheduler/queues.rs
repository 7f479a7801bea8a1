//! The ready queues: who waits for the processor, by priority and in which order.
//!
//! Decides the order only. Whoever is put at the front is kept beside the queues, for it usually is the next to run: a woken
//! server, an answered caller. Main types: [`ReadyQueues`], [`Place`]. Neighbour: `scheduler`, which decides who is queued.

use alloc::collections::VecDeque;

use super::PRIORITIES;
use crate::memory::OutOfMemory;
use crate::slab::Slab;
use crate::thread::{Thread, ThreadKey};

/// One queue for each priority; room for every thread is reserved when the thread is made.
#[derive(Debug, Default)]
pub(crate) struct ReadyQueues {
    /// The head of the queue of its priority.
    first: Option<(ThreadKey, u8)>,
    queues: [VecDeque<ThreadKey>; PRIORITIES],
    /// Bit n: queue n is not empty.
    occupied: u8,
}

// One bit for each queue.
const _: () = assert!(PRIORITIES == u8::BITS as usize);

/// End of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Runs before its equals: woken by a message, or preempted with time left.
    Front,
    /// Runs after its equals.
    Back,
}

impl ReadyQueues {
    /// Makes room at a priority for all threads and two more: a thread that died while it was queued leaves its entry
    /// behind, one of them beside the queues. The others are dropped here before they take anybody's room.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    pub(crate) fn reserve(&mut self, priority: u8, threads: &Slab<Thread>) -> Result<(), OutOfMemory> {
        let Some(queue) = self.queues.get_mut(usize::from(priority)) else {
            return Ok(());
        };
        let wanted = threads.len().saturating_add(2);
        if queue.capacity().saturating_sub(queue.len()) < wanted {
            queue.retain(|key| threads.get(*key).is_some());
        }
        queue.try_reserve(wanted).map_err(|_| OutOfMemory)
    }

    #[inline]
    pub(super) fn push(&mut self, thread: ThreadKey, priority: u8, place: Place) {
        match (place, self.first) {
            (Place::Front, None) => self.first = Some((thread, priority)),
            (Place::Front, Some((before, equal))) if equal == priority => {
                self.first = Some((thread, priority));
                self.push_to_queue(before, priority, Place::Front);
            }
            (place, _) => self.push_to_queue(thread, priority, place),
        }
    }

    fn push_to_queue(&mut self, thread: ThreadKey, priority: u8, place: Place) {
        if let Some(queue) = self.queues.get_mut(usize::from(priority)) {
            match place {
                Place::Front => queue.push_front(thread),
                Place::Back => queue.push_back(thread),
            }
            self.occupied |= 1 << priority;
        }
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Option<ThreadKey> {
        match self.first {
            Some((thread, priority)) if u32::from(priority) <= self.occupied.trailing_zeros() => {
                self.first = None;
                Some(thread)
            }
            _ => self.pop_from_queue(),
        }
    }

    fn pop_from_queue(&mut self) -> Option<ThreadKey> {
        let index = self.occupied.trailing_zeros();
        let queue = self.queues.get_mut(index as usize)?;
        let thread = queue.pop_front();
        if queue.is_empty() {
            self.occupied &= !(1 << index);
        }
        thread
    }

    /// Someone of this priority or a more important one waits.
    pub(super) fn has_equal(&self, priority: u8) -> bool {
        let first = self.first.is_some_and(|(_, first)| first <= priority);
        first || self.occupied.trailing_zeros() <= u32::from(priority)
    }
}

#[cfg(test)]
impl ReadyQueues {
    /// Takes a thread out of turn.
    pub(crate) fn remove(&mut self, thread: ThreadKey) {
        self.first = self.first.filter(|(first, _)| *first != thread);
        for (index, queue) in self.queues.iter_mut().enumerate() {
            queue.retain(|key| *key != thread);
            self.occupied &= !(u8::from(queue.is_empty()) << index);
        }
    }

    /// What is queued, by priority.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (usize, ThreadKey)> {
        let first = self.first.map(|(key, priority)| (usize::from(priority), key));
        let queued = |(priority, queue): (usize, &VecDeque<ThreadKey>)| {
            assert_eq!(self.occupied & (1 << priority) != 0, !queue.is_empty(), "queue {priority}");
            queue.iter().map(|key| (priority, *key)).collect::<Vec<_>>()
        };
        first.into_iter().chain(self.queues.iter().enumerate().flat_map(queued))
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, ReadyQueues};
    use crate::slab::Slab;
    use crate::thread::ThreadKey;

    /// The order in which threads leave that came so: number, priority, place.
    fn order(pushes: &[(u64, u8, Place)]) -> Vec<u64> {
        let mut queues = ReadyQueues::default();
        for (number, priority, place) in pushes {
            queues.reserve(*priority, &Slab::new()).unwrap();
            queues.push(ThreadKey::from_raw(*number), *priority, *place);
        }
        core::iter::from_fn(|| queues.pop()).map(ThreadKey::raw).collect()
    }

    #[test]
    fn the_front_goes_first_and_pushes_its_equals_back() {
        assert_eq!(order(&[(1, 3, Place::Front), (2, 3, Place::Back), (3, 3, Place::Front)]), [3, 1, 2]);
    }

    #[test]
    fn a_more_important_queue_goes_before_the_front_of_another() {
        assert_eq!(order(&[(1, 5, Place::Front), (2, 0, Place::Back), (3, 5, Place::Back)]), [2, 1, 3]);
        assert_eq!(order(&[(1, 5, Place::Front), (2, 0, Place::Front), (3, 5, Place::Front)]), [2, 3, 1]);
        assert_eq!(order(&[(1, 0, Place::Front), (2, 7, Place::Front), (3, 0, Place::Back)]), [1, 3, 2]);
    }

    #[test]
    fn equals_are_seen_wherever_they_wait() {
        let mut queues = ReadyQueues::default();
        assert!(!queues.has_equal(7));
        queues.push(ThreadKey::from_raw(1), 4, Place::Front);
        assert!(queues.has_equal(4) && !queues.has_equal(3));
        queues.push(ThreadKey::from_raw(2), 2, Place::Back);
        assert!(queues.has_equal(2) && !queues.has_equal(1));
    }
}
