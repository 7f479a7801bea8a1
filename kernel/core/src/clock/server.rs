//! Timers of servers: effect Timer asks for a message at a time.
//!
//! Decides that setting one cannot fail once its batch was checked: room for a whole batch of timers is kept ready. Main
//! type: [`ServerTimer`]. Neighbours: `batch` (checks, then sets), `clock` (expiry), `socket` (a scheme's end).

use kernel_abi::verb::BATCH_EFFECTS;

use super::TimerTarget;
use crate::Core;
use crate::errno::Errno;
use crate::inbox::{Item, Node};
use crate::memory::OutOfMemory;
use crate::scheme::SchemeKey;
use crate::seam::Machine;

/// Timers of all servers together.
const LIMIT: usize = 65_536;

/// A timer that has not expired.
#[derive(Clone, Copy, Debug)]
pub(super) struct ServerTimer {
    pub(super) deadline: u64,
    /// Carries the message; the inbox frees it.
    node: Node,
}

impl<M: Machine> Core<M> {
    /// Makes sure that every Timer effect of one batch can be done.
    ///
    /// # Errors
    /// ENOMEM; ENOSPC if servers have too many timers.
    pub(crate) fn reserve_server_timers(&mut self) -> Result<(), Errno> {
        if self.timers.servers.len() >= LIMIT {
            return Err(Errno::ENOSPC);
        }
        self.reserve_timers(BATCH_EFFECTS)?;
        self.timers.servers.try_reserve(BATCH_EFFECTS).map_err(|_| OutOfMemory)?;
        let missing = BATCH_EFFECTS.saturating_sub(self.timers.spare.len());
        self.timers.spare.try_reserve(missing).map_err(|_| OutOfMemory)?;
        for _ in 0..missing {
            let node = self.nodes.reserve()?;
            self.timers.spare.push(node);
        }
        Ok(())
    }

    /// Effect Timer: one message at `deadline`, in place of an earlier wish with the same cookie; 0 takes the wish back.
    pub(crate) fn set_server_timer(&mut self, scheme: SchemeKey, cookie: u64, deadline: u64) {
        let place = (scheme, cookie);
        if deadline == 0 {
            if let Some(timer) = self.timers.servers.remove(&place) {
                self.nodes.give(timer.node);
            }
            return;
        }
        let node = match self.timers.servers.get(&place) {
            Some(timer) => timer.node,
            None => match self.timers.spare.pop() {
                Some(node) => node,
                None => return,
            },
        };
        self.timers.servers.insert(place, ServerTimer { deadline, node });
        self.start_timer(deadline, TimerTarget::Server(scheme, cookie));
    }

    /// An entry for a timer expired; if it is the timer's latest, the server hears.
    pub(super) fn expire_server_timer(&mut self, scheme: SchemeKey, cookie: u64, deadline: u64) {
        let place = (scheme, cookie);
        if self.timers.servers.get(&place).is_none_or(|timer| timer.deadline != deadline) {
            return;
        }
        if let Some(timer) = self.timers.servers.remove(&place) {
            self.deliver_owned(scheme, timer.node, Item::Timer { cookie });
        }
    }

    /// A scheme ends, and its timers with it.
    pub(crate) fn end_server_timers(&mut self, scheme: SchemeKey) {
        let nodes = &mut self.nodes;
        self.timers.servers.retain(|(owner, _), timer| {
            let stays = *owner != scheme;
            if !stays {
                nodes.give(timer.node);
            }
            stays
        });
    }
}
