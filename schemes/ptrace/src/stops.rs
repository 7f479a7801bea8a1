//! Which of the stops that a debugger asked for it wants to see: sets of calls, of signals and of faults.
//!
//! Decides that a set narrows and never widens: a call outside of its set, a signal or a fault, passes as if nobody traced.
//! Main types: [`Stops`], [`Armed`]. Neighbours: `request::sets` changes them, `request::events` hands the calls to the
//! kernel, `scan` asks for signals and faults, `advance` for calls that were reported before a set changed.

use kernel_abi::call_set::CallStops;
use proc_abi::fault_set::FaultSet;
use proc_abi::signal::SigSet;

/// The sets of one tracer for one process; all there is, until it says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stops {
    /// Calls that entries and exits are stops of, where the event mask asks for entries and exits.
    pub calls: CallStops,
    /// Signals that stop before they are taken.
    pub signals: SigSet,
    /// Faults and traps of the processor whose signal stops, if it is one of `signals`.
    pub faults: FaultSet,
}

impl Default for Stops {
    fn default() -> Self {
        Self { calls: CallStops::default(), signals: SigSet::ALL, faults: FaultSet::ALL }
    }
}

/// What the kernel was told to report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Armed {
    /// `Causes` bits.
    pub causes: u64,
    /// Calls that they are for.
    pub calls: CallStops,
}
