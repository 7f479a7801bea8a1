//! A descriptor of one group for another, both of the same server.
//!
//! Decides that the new descriptor is the same open file, with its offset and rights, and that a server's end of a scheme is
//! never lent. Neighbours: `authority` (Grant copies the server's own), `reply` (share).

use kernel_abi::verb::Lend;

use super::{Core, Done, Errno, Machine, Object, SchemeKey, Served, ThreadKey};

impl<M: Machine> Core<M> {
    pub(super) fn lend(&mut self, key: ThreadKey, scheme: SchemeKey, group: u64, payload: (u64, u64)) -> Served {
        let asked: Lend = self.hand_in(key, payload)?;
        let group = self.own_group(scheme, group)?;
        let source = self.own_group(scheme, asked.source)?;
        let descriptor = usize::try_from(asked.descriptor).map_err(|_| Errno::EBADF)?;
        let target = usize::try_from(asked.target).map_err(|_| Errno::EBADF)?;
        let description = self.groups.get(source).ok_or(Errno::ESRCH)?.table.get(descriptor)?.description;
        let object = self.descriptions.get(description).map(|entry| entry.object).ok_or(Errno::EBADF)?;
        if matches!(object, Object::Socket(_)) {
            return Err(Errno::EBADF);
        }
        self.share(group, target, description, false).map(Done::Value)
    }
}
