//! `bt`.
//!
//! Decides how a frame is shown. Neighbour: `backtrace` finds the frames.

use crate::error::Result;
use crate::session::Session;
use crate::target::Target;
use core::fmt;

impl<T: Target, W: fmt::Write> Session<T, W> {
    pub(super) fn backtrace_command(&mut self) -> Result<()> {
        for (index, frame) in self.frames()?.iter().enumerate() {
            let place = if index == 0 { self.place(frame.pc) } else { self.place_of_return(frame.pc) };
            self.say(format_args!("#{index:<2} {place}"));
        }
        Ok(())
    }
}
