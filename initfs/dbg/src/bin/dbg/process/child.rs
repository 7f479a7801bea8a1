//! Children of the process, which are followed only to be let go.
//!
//! Decides what a child must lose before it runs alone: the breakpoints that its memory was copied with. Main function:
//! [`leave`]. Neighbour: `process`.

use super::event::Events;
use dbg::target::Event;
use proc_abi::id::Pid;
use proc_abi::request::Request;
use runtime::Result;
use runtime::proc::Control;
use runtime::proc::state::Memory;

/// Waits for the first stop of `child`, writes `patches` to its memory and detaches.
pub(super) fn leave(child: Pid, patches: &[(u64, u8)]) -> Result<()> {
    let control = Control::open(child)?;
    let events = Events::open(child)?;
    let Event::Stopped(_) = events.next_stop()? else { return Ok(()) };
    let mut memory = Memory::open(child)?;
    for &(address, byte) in patches {
        memory.write(address, &[byte])?;
    }
    control.resume(Request::Detach, 0, None)
}
