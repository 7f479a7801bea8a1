//! `sys:namespace`: which schemes a group sees by name.
//!
//! Decides that a write takes names away, never adds one, and that only privileged groups may, as with chroot: a set-id
//! program must not be led to other servers. Neighbours: `namespace` ([`View`]), `open` (who is looked up), `system`.

use core::fmt::Write;

use kernel_abi::effect::GROUP_PRIVILEGED;

use super::system::Text;
use crate::Core;
use crate::call::{Done, Served};
use crate::errno::Errno;
use crate::namespace::{VIEW_TEXT, View};
use crate::seam::Machine;
use crate::thread::ThreadKey;

impl<M: Machine> Core<M> {
    /// The names, a line each; `*` where all are seen.
    pub(super) fn seen_names(&self, key: ThreadKey) -> Result<Text, Errno> {
        let group = self.group_of(key).ok_or(Errno::ESRCH)?;
        let view = &self.groups.get(group).ok_or(Errno::ESRCH)?.view;
        let mut text = Text::new();
        match view.names() {
            None => text.write_str("*\n").ok(),
            Some(names) => names.iter().try_for_each(|name| writeln!(text, "{}", name.as_str()).ok()),
        };
        Ok(text)
    }

    /// The group and its children to come see only these names from now on, separated by blanks.
    ///
    /// # Errors
    /// EPERM for a group without privilege, and for a name that is not seen now; E2BIG for too many; EINVAL for what is no
    /// name.
    pub(super) fn restrict_names(&mut self, key: ThreadKey, buffer: (u64, u64)) -> Served {
        let group = self.group_of(key).ok_or(Errno::ESRCH)?;
        let entry = self.groups.get(group).ok_or(Errno::ESRCH)?;
        if entry.process && entry.flags & GROUP_PRIVILEGED == 0 {
            return Err(Errno::EPERM);
        }
        let length = usize::try_from(buffer.1).ok().filter(|length| *length <= VIEW_TEXT).ok_or(Errno::E2BIG)?;
        let mut bytes = [0; VIEW_TEXT];
        let bytes = bytes.get_mut(..length).ok_or(Errno::E2BIG)?;
        let space = self.space_of(key).ok_or(Errno::ESRCH)?;
        self.copy_in(space, buffer.0, bytes)?;
        let text = core::str::from_utf8(bytes).map_err(|_| Errno::EINVAL)?;
        let entry = self.groups.get_mut(group).ok_or(Errno::ESRCH)?;
        entry.view = View::only(&entry.view, text)?;
        Ok(Done::Value(length))
    }
}
