//! REPLY_FILL: an answer that brings the bytes of its caller's buffer, and the registers of a thread that stands.
//!
//! Decides that the bytes arrive while the batch is checked: the call waits, so nobody has looked at its buffer, and a buffer
//! that cannot take them refuses the effect while nothing else is done. Main method: [`Core::fill_buffer`]. Neighbours:
//! `order` (calls it), `reply` (the answer itself), `socket` (CopyOut, the same without an answer).

use kernel_abi::effect::Effect;
use kernel_abi::registers::Registers;
use zerocopy::IntoBytes;

use crate::Core;
use crate::errno::Errno;
use crate::frame::shown_registers;
use crate::memory::{Budget, Side};
use crate::order::Orders;
use crate::pending::{Ask, Direction};
use crate::seam::Machine;
use crate::user::short_errno;

impl<M: Machine> Core<M> {
    /// Fills the buffer of a call that an effect answers; an abandoned one has none.
    ///
    /// # Errors
    /// EINVAL for a call that takes no bytes, or not so many; EPERM, ESRCH for a thread that is not the server's to read;
    /// EAGAIN if the budget is spent; EFAULT, ENOMEM.
    #[inline(never)]
    pub(crate) fn fill_buffer(&mut self, orders: &Orders, effect: &Effect, budget: &mut Budget) -> Result<(), Errno> {
        let [length, offset, thread, place, ..] = effect.words;
        let Some((client, wait)) = self.answered(orders.scheme, effect.target) else {
            return Ok(());
        };
        let (buffer, room) = wait.buffer;
        let takes = matches!((wait.ask, wait.direction), (Ask::Request { .. }, Direction::Out | Direction::Both));
        if !takes || length > room {
            return Err(Errno::EINVAL);
        }
        let theirs = self.space_of(client).ok_or(Errno::ESRCH)?;
        let from = orders.bytes.checked_add(offset).ok_or(Errno::EFAULT)?;
        let (source, target) = (Side::program(orders.space, from), Side::program(theirs, buffer));
        let wanted = usize::try_from(length).map_err(|_| Errno::EINVAL)?;
        let copied = self.memory.copy(&mut self.machine, source, target, wanted, budget);
        if copied.bytes < wanted {
            return Err(copied.fault.map_or(Errno::EAGAIN, short_errno));
        }
        if thread == 0 {
            return Ok(());
        }
        if !orders.authority {
            return Err(Errno::EPERM);
        }
        let stands = self.own_thread(orders.scheme, thread)?;
        let end = place.checked_add(size_of::<Registers>() as u64).ok_or(Errno::EINVAL)?;
        if end > length {
            return Err(Errno::EINVAL);
        }
        let shown = shown_registers(&self.threads.get(stands).ok_or(Errno::ESRCH)?.context.registers);
        let at = buffer.checked_add(place).ok_or(Errno::EFAULT)?;
        self.copy_out(theirs, at, shown.as_bytes())
    }
}
