//! Stops by cause on an `event` file: FreeBSD's older ioctls of the process file system.
//!
//! Decides nothing: each method is one request. Neighbours: `proc` (the file), `proc_abi::stop_event` (numbers, causes and
//! layouts); docs/ptrace.md has the rules.

use crate::error::Result;
use crate::proc::Events;
use proc_abi::signal::Signal;
use proc_abi::stop_event::{StopCauses, StopFlags, StopRequest, StopStatus};
use zerocopy::{FromZeros, IntoBytes};

impl Events {
    fn stop_request(&self, request: StopRequest, argument: u32, filled: &mut [u8]) -> Result<usize> {
        self.file().call(filled, &[request as u64, argument.into(), 0])
    }

    /// Stops threads by these causes from now on, too (PIOCBIS).
    ///
    /// # Errors
    /// EBADF for a file that was not opened for control, EPERM without the debug right, ESTALE, ESRCH.
    pub fn watch(&self, causes: StopCauses) -> Result<()> {
        self.stop_request(StopRequest::Set, causes.bits(), &mut []).map(drop)
    }

    /// No longer by these (PIOCBIC).
    ///
    /// # Errors
    /// As [`Events::watch`].
    pub fn unwatch(&self, causes: StopCauses) -> Result<()> {
        self.stop_request(StopRequest::Clear, causes.bits(), &mut []).map(drop)
    }

    /// What becomes of the causes (PIOCSFL).
    ///
    /// # Errors
    /// As [`Events::watch`]; EPERM for SET_ID without privilege.
    pub fn set_stop_flags(&self, flags: StopFlags) -> Result<()> {
        self.stop_request(StopRequest::SetFlags, flags.bits(), &mut []).map(drop)
    }

    /// The same, told (PIOCGFL).
    ///
    /// # Errors
    /// ESTALE, ESRCH.
    pub fn stop_flags(&self) -> Result<StopFlags> {
        let mut bits = 0_u32;
        self.stop_request(StopRequest::GetFlags, 0, bits.as_mut_bytes())?;
        Ok(StopFlags::from_bits_retain(bits))
    }

    /// What stands, if anything does (PIOCSTATUS).
    ///
    /// # Errors
    /// As [`Events::stop_flags`].
    pub fn stop_status(&self) -> Result<StopStatus> {
        self.fill_status(StopRequest::Status)
    }

    /// The same once a thread stands, or the process ends (PIOCWAIT).
    ///
    /// # Errors
    /// As [`Events::stop_flags`]; EINTR after a handled signal.
    pub fn wait_for_cause(&self) -> Result<StopStatus> {
        self.fill_status(StopRequest::Wait)
    }

    /// Lets the thread that stands go on, after this signal was sent to its process (PIOCCONT).
    ///
    /// # Errors
    /// As [`Events::watch`].
    pub fn continue_cause(&self, signal: Option<Signal>) -> Result<()> {
        let number = signal.map_or(0, |signal| signal.number().unsigned_abs());
        self.stop_request(StopRequest::Continue, number, &mut []).map(drop)
    }

    fn fill_status(&self, request: StopRequest) -> Result<StopStatus> {
        let mut status = StopStatus::new_zeroed();
        self.stop_request(request, 0, status.as_mut_bytes())?;
        Ok(status)
    }
}
