//! GET_CALL_SET, GET_SIGNAL_SET, GET_FAULT_SET and the three SETs: stops that a debugger does without.
//!
//! Decides sizes and their place in the order of checks, which is that of the event mask. Neighbours: `stops` (the sets),
//! `request::events` (the mask they narrow). FreeBSD has no such requests; their numbers are beyond its own.

use kernel_abi::call_set::CallStops;
use proc_abi::fault_set::FaultSet;
use proc_abi::request::Request;
use proc_abi::signal::SigSet;
use zerocopy::IntoBytes;

use super::Asked;
use crate::argument::Arguments;
use crate::errno::{Errno, Result};
use crate::kernel::Kernel;
use crate::turn::Turn;

impl<K: Kernel> Turn<'_, K> {
    /// The calls whose entries and exits stop.
    pub(super) fn call_set(&mut self, asked: &Asked, arguments: &mut Arguments<'_>) -> Result<i32> {
        if asked.request == Request::GetCallSet {
            let target = self.admitted(asked)?.pid;
            let calls = self.live(target)?.stops.calls;
            return self.give_whole(asked, arguments, calls.as_bytes());
        }
        let mut calls = CallStops::ALL;
        self.take_whole(asked, arguments, calls.as_mut_bytes())?;
        let target = self.admitted(asked)?.pid;
        if let Some(process) = self.process_mut(target) {
            process.stops.calls = calls;
        }
        self.arm(target);
        Ok(0)
    }

    /// The signals that stop.
    pub(super) fn signal_set(&mut self, asked: &Asked, arguments: &mut Arguments<'_>) -> Result<i32> {
        if asked.request == Request::GetSignalSet {
            let target = self.admitted(asked)?.pid;
            let signals = self.live(target)?.stops.signals;
            return self.give_whole(asked, arguments, signals.as_bytes());
        }
        let mut signals = SigSet::EMPTY;
        self.take_whole(asked, arguments, signals.as_mut_bytes())?;
        let target = self.admitted(asked)?.pid;
        if let Some(process) = self.process_mut(target) {
            process.stops.signals = signals;
        }
        Ok(0)
    }

    /// The faults that stop.
    pub(super) fn fault_set(&mut self, asked: &Asked, arguments: &mut Arguments<'_>) -> Result<i32> {
        if asked.request == Request::GetFaultSet {
            let target = self.admitted(asked)?.pid;
            let faults = self.live(target)?.stops.faults;
            return self.give_whole(asked, arguments, faults.as_bytes());
        }
        let mut faults = FaultSet::EMPTY;
        self.take_whole(asked, arguments, faults.as_mut_bytes())?;
        let target = self.admitted(asked)?.pid;
        if let Some(process) = self.process_mut(target) {
            process.stops.faults = faults;
        }
        Ok(0)
    }

    /// Copies a set in; its size is checked first, both before the target.
    fn take_whole(&mut self, asked: &Asked, arguments: &mut Arguments<'_>, into: &mut [u8]) -> Result<()> {
        if usize::try_from(asked.data) != Ok(into.len()) {
            return Err(Errno::EINVAL);
        }
        self.argument(arguments, asked.address, into)
    }

    fn give_whole(&mut self, asked: &Asked, arguments: &mut Arguments<'_>, set: &[u8]) -> Result<i32> {
        if usize::try_from(asked.data) != Ok(set.len()) {
            return Err(Errno::EINVAL);
        }
        self.give(arguments, asked.address, set)?;
        Ok(0)
    }
}
