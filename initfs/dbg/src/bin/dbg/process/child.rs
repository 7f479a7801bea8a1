//! Children of the process, which are followed only to be let go.
//!
//! Decides what a child must lose before it runs alone: the breakpoints that its memory was copied with. Main function:
//! [`leave`]. Neighbour: `process`.

use super::event::Events;
use super::{open_memory, resume};
use dbg::target::Event;
use proc_abi::id::Pid;
use proc_abi::request::Request;
use runtime::proc::Control;
use runtime::{Error, Result};

/// Waits for the first stop of `child`, writes `patches` to its memory and detaches.
pub(super) fn leave(child: Pid, patches: &[(u64, u8)]) -> Result<()> {
    let control = Control::open(child)?;
    let events = Events::open(child)?;
    let Event::Stopped(_) = events.next_stop()? else { return Ok(()) };
    let memory = open_memory(child)?;
    for &(address, byte) in patches {
        if memory.write_at(&[byte], address)? != 1 {
            return Err(Error::EFAULT);
        }
    }
    resume(&control, Request::Detach, 0, None)
}
