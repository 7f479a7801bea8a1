//! What a process stops for: events, system calls and signals that somebody wants to see.
//!
//! Decides that the system is told of the calls that the client catches, and of signals that pass, so that the others cost
//! nothing; of the latter only once such a signal has stopped the process, because GDB wants to see every signal whenever it
//! leaves a breakpoint. Main types: [`Catch`], [`Told`]. Neighbours: `run` has this done before a process runs, `judge` tells
//! stops apart that come all the same.

use super::Process;
use crate::linux::calls::to_client;
use crate::system::{Choice, Outcome, System};
use alloc::vec::Vec;
use kernel_abi::call_set::{CallSet, CallStops};
use kernel_abi::calls::TABLE;
use proc_abi::event::EventMask;
use proc_abi::signal::{SIGSTOP, SIGTRAP, SigSet};

/// System calls that the client wants to see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Catch {
    /// None.
    #[default]
    None,
    /// All.
    All,
    /// Those with these numbers, as the client counts.
    Some(Vec<u32>),
}

impl Catch {
    /// Whether the client wants to see this call.
    pub(crate) fn covers(&self, number: u32) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Some(numbers) => numbers.contains(&number),
        }
    }

    /// The same as the system has it; a number that is no call's stands for all that are none.
    fn calls(&self) -> CallSet {
        let Self::Some(numbers) = self else { return CallSet::ALL };
        let mut set = CallSet::EMPTY;
        for call in TABLE.iter().filter(|call| numbers.contains(&to_client(call.shown))) {
            set.insert_shown(call.shown);
        }
        if numbers.iter().any(|number| TABLE.iter().all(|call| to_client(call.shown) != *number)) {
            set.insert_shown(u32::MAX);
        }
        set
    }
}

/// What the system was told.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    events: Option<EventMask>,
    catch: Catch,
    signals: SigSet,
    /// A signal has stopped the process for nothing.
    pub(crate) in_vain: bool,
}

impl Default for Told {
    /// What a process begins with under its tracer.
    fn default() -> Self {
        Self { events: None, catch: Catch::All, signals: SigSet::ALL, in_vain: false }
    }
}

impl Process {
    /// Has the system stop it for what this server must see: exec and forks because of the breakpoints, threads because new
    /// ones have no debug registers, system calls that the client catches, signals that do not pass.
    pub(crate) fn choose_stops<S: System>(&mut self, system: &mut S, passing: SigSet) -> Outcome<()> {
        let mut events = EventMask::EXEC | EventMask::FORK | EventMask::VFORK;
        events.set(EventMask::LWP, !self.watch.is_empty());
        events.set(EventMask::SCE | EventMask::SCX, self.catch != Catch::None);
        if self.told.events != Some(events) {
            system.choose(self.pid, &Choice::Events(events))?;
            self.told.events = Some(events);
        }
        if self.catch != Catch::None && self.catch != self.told.catch {
            let set = self.catch.calls();
            system.choose(self.pid, &Choice::Calls(CallStops { entry: set, exit: set }))?;
            self.told.catch = self.catch.clone();
        }
        self.choose_signals(system, passing)
    }

    fn choose_signals<S: System>(&mut self, system: &mut S, passing: SigSet) -> Outcome<()> {
        // Breakpoints and this server's own stops are signals, too.
        let own = SigSet::of(SIGTRAP).union(SigSet::of(SIGSTOP));
        let signals = SigSet::ALL.difference(passing.difference(own));
        let missing = !signals.difference(self.told.signals).is_empty();
        if missing || self.told.in_vain && signals != self.told.signals {
            system.choose(self.pid, &Choice::Signals(signals))?;
            self.told.signals = signals;
        }
        self.told.in_vain = false;
        Ok(())
    }

    /// Before it is left alone: nothing stops it any more.
    pub(crate) fn choose_nothing<S: System>(&mut self, system: &mut S) -> Outcome<()> {
        self.told.events = None;
        system.choose(self.pid, &Choice::Events(EventMask::empty()))
    }
}

#[cfg(test)]
mod tests {
    use super::Catch;
    use kernel_abi::call_set::CallSet;
    use kernel_abi::calls::by_name;

    #[test]
    fn caught_calls_are_those_of_the_system() {
        let shown = |name| by_name(name).expect("a call").shown;
        // Linux's write, and this system's own thr_exit or whatever has that number.
        let set = Catch::Some(vec![1]).calls();
        assert!(set.contains_shown(shown("write")) && !set.contains_shown(shown("read")));
        assert!(!set.contains_shown(u32::MAX));
        assert!(Catch::Some(vec![1, 0xffff_0000]).calls().contains_shown(u32::MAX));
        assert_eq!(Catch::All.calls(), CallSet::ALL);
    }
}
