//! The event mask: FOLLOW_FORK, LWP_EVENTS, GET_EVENT_MASK, SET_EVENT_MASK.
//!
//! Decides how the mask changes and which kernel causes it arms. Neighbours: `advance` reads the mask at each report,
//! `request::run` adds bits. FreeBSD: sys_process.c; specification section 4.

use kernel_abi::call_set::CallStops;
use kernel_abi::stop::Causes;
use proc_abi::event::EventMask;
use proc_abi::id::Pid;
use proc_abi::request::Request;
use zerocopy::IntoBytes;

use super::Asked;
use crate::argument::Arguments;
use crate::effect::Effect;
use crate::errno::{Errno, Result};
use crate::kernel::Kernel;
use crate::stops::Armed;
use crate::turn::Turn;

/// Bytes of a mask, which `data` must name.
const MASK_SIZE: i32 = 4;

impl<K: Kernel> Turn<'_, K> {
    pub(super) fn toggle_event(&mut self, asked: &Asked) -> Result<i32> {
        let at = self.admitted(asked)?;
        let bit = if asked.request == Request::FollowFork { EventMask::FORK } else { EventMask::LWP };
        let wanted = asked.data != 0;
        self.change_events(at.pid, |events| if wanted { events.union(bit) } else { events.difference(bit) });
        Ok(0)
    }

    pub(super) fn event_mask(&mut self, asked: &Asked, arguments: &mut Arguments<'_>) -> Result<i32> {
        let sized = asked.data == MASK_SIZE;
        if asked.request == Request::GetEventMask {
            let at = self.admitted(asked)?;
            if !sized {
                return Err(Errno::EINVAL);
            }
            let events = self.live(at.pid)?.events.bits();
            self.give(arguments, asked.address, events.as_bytes())?;
            return Ok(0);
        }
        // For SET the size belongs to the copy-in, so it comes before the target.
        if !sized {
            return Err(Errno::EINVAL);
        }
        let mut raw = 0_u32;
        self.argument(arguments, asked.address, raw.as_mut_bytes())?;
        let at = self.admitted(asked)?;
        let events = EventMask::from_bits(raw).ok_or(Errno::EINVAL)?;
        self.change_events(at.pid, |_| events);
        Ok(0)
    }

    /// Changes the mask, and what the kernel reports for it.
    pub(crate) fn change_events(&mut self, pid: Pid, change: impl Fn(EventMask) -> EventMask) {
        if let Some(process) = self.process_mut(pid) {
            process.events = change(process.events);
        }
        self.arm(pid);
    }

    /// Tells the kernel which causes are wanted, and of which calls, if that has changed.
    pub(crate) fn arm(&mut self, pid: Pid) {
        let Some(process) = self.process_mut(pid) else { return };
        let pairs = [
            (EventMask::SCE, Causes::CALL_ENTRY),
            (EventMask::SCX, Causes::CALL_EXIT),
            (EventMask::LWP, Causes::THREAD_EXIT),
        ];
        let mut causes = Causes::empty();
        for (event, cause) in pairs {
            causes.set(cause, process.events.contains(event));
        }
        let watched = process.watch.needs_calls();
        if watched {
            causes.insert(Causes::CALL_ENTRY | Causes::CALL_EXIT);
        }
        let of_calls = causes.intersects(Causes::CALL_ENTRY | Causes::CALL_EXIT);
        let calls = if of_calls && !watched { process.stops.calls } else { CallStops::ALL };
        let armed = Armed { causes: causes.bits(), calls };
        if armed != process.armed {
            process.armed = armed;
            let group = process.group;
            self.order(Effect::Arm { group, causes, calls });
        }
    }
}
