//! Servers that wait for descriptors of their own together with their inbox: SocketVerb::Watch.
//!
//! Decides that a watch sends Ready when the file can be read, at once if it can already, and ends with the file or the
//! scheme. Neighbours: `socket` (the verb), `event/source` (readiness), `scheme` (holds the watches).

use super::{READ, Watcher};
use crate::Core;
use crate::errno::Errno;
use crate::file::{DescriptionKey, Object};
use crate::inbox::Item;
use crate::scheme::{SchemeKey, Watch};
use crate::seam::Machine;

/// Cookie that ends a watch.
const END: u64 = u64::MAX;

impl<M: Machine> Core<M> {
    /// SocketVerb::Watch: a new watch, a new cookie for one, or its end.
    ///
    /// # Errors
    /// EBADF; ENOMEM; EINVAL for files whose readiness the kernel does not know.
    pub(crate) fn watch(&mut self, scheme: SchemeKey, source: DescriptionKey, cookie: u64) -> Result<(), Errno> {
        if cookie == END {
            self.end_watch(scheme, source);
            return Ok(());
        }
        match self.descriptions.get(source).ok_or(Errno::EBADF)?.object {
            Object::Scheme { .. } | Object::Socket(_) | Object::Target(_) => return Err(Errno::EINVAL),
            Object::Pipe(_)
            | Object::Events(_)
            | Object::Memory(_)
            | Object::Timer(_)
            | Object::Serial(_)
            | Object::Log
            | Object::System(_) => {}
        }
        if !self.set_cookie(scheme, source, cookie) {
            self.add_watch(scheme, source, cookie)?;
        }
        if self.readiness(source).contains(READ) {
            self.tell_server(scheme, source);
        }
        Ok(())
    }

    /// `false` if there is no such watch.
    fn set_cookie(&mut self, scheme: SchemeKey, source: DescriptionKey, cookie: u64) -> bool {
        let watches = self.schemes.get_mut(scheme).map(|entry| &mut entry.watches);
        match watches.and_then(|watches| watches.iter_mut().find(|watch| watch.description == source)) {
            Some(watch) => {
                watch.cookie = cookie;
                true
            }
            None => false,
        }
    }

    fn add_watch(&mut self, scheme: SchemeKey, source: DescriptionKey, cookie: u64) -> Result<(), Errno> {
        self.reserve_watcher(source)?;
        let entry = self.schemes.get_mut(scheme).ok_or(Errno::EBADF)?;
        entry.watches.try_reserve(1).map_err(|_| Errno::ENOMEM)?;
        let node = self.nodes.reserve()?;
        entry.watches.push(Watch { description: source, cookie, node });
        self.add_watcher(source, Watcher::Server(scheme));
        Ok(())
    }

    /// Sends Ready for a watched file.
    pub(super) fn tell_server(&mut self, scheme: SchemeKey, source: DescriptionKey) {
        let watches = self.schemes.get(scheme).map(|entry| entry.watches.as_slice()).unwrap_or_default();
        if let Some(watch) = watches.iter().find(|watch| watch.description == source).copied() {
            self.deliver(scheme, watch.node, Item::Ready { cookie: watch.cookie });
        }
    }

    fn end_watch(&mut self, scheme: SchemeKey, source: DescriptionKey) {
        self.drop_watch(scheme, source);
        self.remove_watcher(source, Watcher::Server(scheme));
    }

    /// The scheme's half of the end of a watch.
    pub(super) fn drop_watch(&mut self, scheme: SchemeKey, source: DescriptionKey) {
        let Some(entry) = self.schemes.get_mut(scheme) else {
            return;
        };
        if let Some(index) = entry.watches.iter().position(|watch| watch.description == source) {
            let watch = entry.watches.swap_remove(index);
            self.nodes.release(watch.node, &mut entry.queue);
        }
    }

    /// The scheme is about to go: it watches nothing any more.
    pub(crate) fn end_watches(&mut self, scheme: SchemeKey) {
        while let Some(source) = self.schemes.get(scheme).and_then(|entry| entry.watches.last()).map(|w| w.description)
        {
            self.end_watch(scheme, source);
        }
    }
}
