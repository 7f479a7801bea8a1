//! Readiness: what a file can do now, and who hears when that changes.
//!
//! Decides what READ and WRITE mean for each kind of object. Main entries: [`Core::ready`], [`Core::readiness`],
//! [`Core::notify_scheme`]. Neighbours: `event` (queues), `event/watch` (servers), every object that changes.
//!
//! A description lists its watchers. Watched files of user schemes are also found by the server's number, because that is
//! what the effect Notify names; files that a server gave the same number form a chain.

use kernel_abi::redox::flag::EventFlags;

use super::{EventQueue, QueueKey, READ, WRITE, Watcher};
use crate::Core;
use crate::errno::Errno;
use crate::file::wait::WaitPlace;
use crate::file::{DescriptionKey, Object};
use crate::scheme::SchemeKey;
use crate::seam::Machine;

impl<M: Machine> Core<M> {
    /// What can be done with a file now without waiting. Only its server knows that of a user scheme's file.
    pub(in crate::file) fn readiness(&self, description: DescriptionKey) -> EventFlags {
        match self.descriptions.get(description).map(|entry| entry.object) {
            Some(Object::Pipe(end)) => self.pipe_readiness(end),
            Some(Object::Timer(timer)) if timer.has_passed(self.machine.now()) => READ,
            Some(Object::Serial(port)) => self.serial_readiness(port),
            Some(Object::Events(queue)) if self.queues.get(queue).is_some_and(EventQueue::has_events) => READ,
            Some(Object::Memory(_) | Object::Log | Object::System(_)) => READ | WRITE,
            Some(
                Object::Timer(_) | Object::Events(_) | Object::Scheme { .. } | Object::Socket(_) | Object::Target(_),
            )
            | None => EventFlags::empty(),
        }
    }

    /// `flags` became true for a file: its watchers hear.
    pub(crate) fn ready(&mut self, source: DescriptionKey, flags: EventFlags) {
        let mut index = 0_usize;
        while let Some(watcher) = self.descriptions.get(source).and_then(|entry| entry.watchers.get(index).copied()) {
            index = index.saturating_add(1);
            match watcher {
                Watcher::Queue(queue) => self.raise(queue, source, flags),
                Watcher::Server(scheme) if flags.contains(READ) => self.tell_server(scheme, source),
                Watcher::Server(_) => {}
            }
        }
    }

    /// Effect Notify: `flags` became true for a file of this scheme.
    pub(crate) fn notify_scheme(&mut self, scheme: SchemeKey, handle: u64, flags: u64) {
        let flags = EventFlags::from_bits_truncate(flags as usize);
        self.notify_chain(self.files.watched.get(&(scheme, handle)).copied(), flags);
    }

    /// Every watched file of a scheme becomes readable and writable: its server is gone, so calls on it fail at once.
    pub(crate) fn hang_up(&mut self, scheme: SchemeKey) {
        let mut watched = core::mem::take(&mut self.files.watched);
        for ((owner, _), first) in &watched {
            if *owner == scheme {
                self.notify_chain(Some(*first), READ | WRITE);
            }
        }
        watched.retain(|(owner, _), _| *owner != scheme);
        self.files.watched = watched;
    }

    fn notify_chain(&mut self, first: Option<DescriptionKey>, flags: EventFlags) {
        let mut next = first;
        while let Some(description) = next {
            next = self.descriptions.get(description).and_then(|entry| entry.next_watched);
            self.ready(description, flags);
        }
    }

    pub(super) fn raise(&mut self, queue: QueueKey, source: DescriptionKey, flags: EventFlags) {
        let Some(entry) = self.queues.get_mut(queue) else {
            return;
        };
        if entry.raise(source, flags) {
            let own = entry.description;
            self.wake_all(WaitPlace::Events(queue));
            if let Some(own) = own {
                // Queues cannot watch queues, so this ends at servers.
                self.ready(own, READ);
            }
        }
    }

    /// What all queues together want to know of a file.
    pub(super) fn wanted_of(&self, source: DescriptionKey) -> EventFlags {
        let watchers = self.descriptions.get(source).map(|entry| entry.watchers.as_slice()).unwrap_or_default();
        let wanted = watchers.iter().map(|watcher| match watcher {
            Watcher::Queue(queue) => {
                let interest = self.queues.get(*queue).and_then(|queue| queue.interest(source));
                interest.map_or(EventFlags::empty(), |interest| interest.wanted)
            }
            Watcher::Server(_) => READ,
        });
        wanted.collect()
    }

    /// Makes room for one more watcher of a file.
    ///
    /// # Errors
    /// EBADF, ENOMEM.
    pub(super) fn reserve_watcher(&mut self, source: DescriptionKey) -> Result<(), Errno> {
        self.files.watched.try_reserve(1).map_err(|_| Errno::ENOMEM)?;
        let entry = self.descriptions.get_mut(source).ok_or(Errno::EBADF)?;
        entry.watchers.try_reserve(1).map_err(|_| Errno::ENOMEM)
    }

    /// Adds a watcher in room that was reserved.
    pub(super) fn add_watcher(&mut self, source: DescriptionKey, watcher: Watcher) {
        let Some(entry) = self.descriptions.get_mut(source) else {
            return;
        };
        entry.watchers.push(watcher);
        if let Object::Scheme { scheme, handle, .. } = entry.object
            && entry.watchers.len() == 1
        {
            entry.next_watched = self.files.watched.insert((scheme, handle), source);
        }
    }

    /// Removes a watcher of a file.
    pub(super) fn remove_watcher(&mut self, source: DescriptionKey, watcher: Watcher) {
        let Some(entry) = self.descriptions.get_mut(source) else {
            return;
        };
        entry.watchers.retain(|other| *other != watcher);
        if entry.watchers.is_empty() {
            self.unchain(source);
        }
    }

    /// Takes a file out of the chain of its number.
    fn unchain(&mut self, source: DescriptionKey) {
        let Some(entry) = self.descriptions.get_mut(source) else {
            return;
        };
        let after = entry.next_watched.take();
        let Object::Scheme { scheme, handle, .. } = entry.object else {
            return;
        };
        let Some(first) = self.files.watched.get(&(scheme, handle)).copied() else {
            return;
        };
        if first == source {
            match after {
                Some(after) => self.files.watched.insert((scheme, handle), after),
                None => self.files.watched.remove(&(scheme, handle)),
            };
            return;
        }
        let mut place = first;
        while let Some(entry) = self.descriptions.get_mut(place) {
            match entry.next_watched {
                Some(next) if next == source => entry.next_watched = after,
                Some(next) => {
                    place = next;
                    continue;
                }
                None => {}
            }
            return;
        }
    }

    /// The file is about to go: nobody watches it any more.
    pub(in crate::file) fn end_watching(&mut self, source: DescriptionKey) {
        while let Some(watcher) = self.descriptions.get(source).and_then(|entry| entry.watchers.last().copied()) {
            match watcher {
                Watcher::Queue(queue) => {
                    if let Some(queue) = self.queues.get_mut(queue) {
                        queue.unsubscribe(source);
                    }
                }
                Watcher::Server(scheme) => self.drop_watch(scheme, source),
            }
            self.remove_watcher(source, watcher);
        }
    }
}
