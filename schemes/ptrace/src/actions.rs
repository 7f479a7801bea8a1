//! How a process disposes of each signal.
//!
//! Decides which signals are caught, ignored or taken by default, and what fork, exec and delivery do to that. Main type:
//! [`Actions`]. Neighbours: `signals`, `calls::signal`. FreeBSD: kern_sig.c (kern_sigaction, siginit, execsigs, sigdflt).

use alloc::vec::Vec;

use proc_abi::sigaction::{ActionFlags, SigAction};
use proc_abi::signal::{DefaultAction, SIGCHLD, SIGCONT, SIGNAL_MAX, SigSet, Signal};

use crate::errno::{Errno, Result};

/// One action for each signal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Actions {
    /// Those of the lowest signals; all others are default. Most processes change few, so a fork copies little.
    rows: Vec<SigAction>,
}

fn index(signal: Signal) -> usize {
    usize::try_from(signal.number()).unwrap_or(1).saturating_sub(1)
}

impl Actions {
    /// A copy for a child.
    ///
    /// # Errors
    /// ENOMEM.
    pub fn try_clone(&self) -> Result<Self> {
        let mut rows = Vec::new();
        rows.try_reserve_exact(self.rows.len()).map_err(|_| Errno::ENOMEM)?;
        rows.extend_from_slice(&self.rows);
        Ok(Self { rows })
    }

    /// The action of a signal.
    #[must_use]
    pub fn get(&self, signal: Signal) -> SigAction {
        self.rows.get(index(signal)).copied().unwrap_or_default()
    }

    /// Makes room for an action of this signal.
    ///
    /// # Errors
    /// ENOMEM.
    pub fn reserve(&mut self, signal: Signal) -> Result<()> {
        let missing = index(signal).saturating_add(1).saturating_sub(self.rows.len());
        self.rows.try_reserve(missing).map_err(|_| Errno::ENOMEM)
    }

    /// Sets an action, for which there is room if it is not the default.
    pub fn set(&mut self, signal: Signal, action: SigAction) {
        let wanted = index(signal).saturating_add(1);
        if self.rows.len() < wanted && self.rows.capacity() >= wanted {
            self.rows.resize(wanted, SigAction::default());
        }
        if let Some(row) = self.rows.get_mut(index(signal)) {
            *row = action;
        }
        self.trim();
    }

    fn trim(&mut self) {
        while self.rows.last().is_some_and(|row| *row == SigAction::default()) {
            self.rows.pop();
        }
    }

    /// A signal of this number is thrown away when sent: ignored, or default where the default is to ignore. SIGCONT is
    /// never, for it must continue a stopped process first.
    #[must_use]
    pub fn discards(&self, signal: Signal) -> bool {
        if signal == SIGCONT {
            return false;
        }
        let action = self.get(signal);
        action.is_ignored() || (action.is_default() && signal.default_action() == DefaultAction::Ignore)
    }

    /// A handler runs on it.
    #[must_use]
    pub fn catches(&self, signal: Signal) -> bool {
        self.get(signal).is_caught()
    }

    /// Exec: what was caught is default again, what was ignored stays ignored.
    pub fn reset_caught(&mut self) {
        for row in &mut self.rows {
            if row.is_caught() {
                *row = SigAction::default();
            }
        }
        self.trim();
    }

    /// The parent does not want to know of stops.
    #[must_use]
    pub fn ignores_child_stops(&self) -> bool {
        self.get(SIGCHLD).flags().contains(ActionFlags::NOCLDSTOP)
    }

    /// Children leave no zombie: SIGCHLD is ignored explicitly, or NOCLDWAIT is set.
    #[must_use]
    pub fn discards_children(&self) -> bool {
        let action = self.get(SIGCHLD);
        action.is_ignored() || action.flags().contains(ActionFlags::NOCLDWAIT)
    }

    /// The signals for which this is true.
    #[must_use]
    pub fn select(&self, wanted: impl Fn(&SigAction) -> bool) -> SigSet {
        let mut set = SigSet::EMPTY;
        for signal in (1..=SIGNAL_MAX).filter_map(Signal::new) {
            if wanted(&self.get(signal)) {
                set.insert(signal);
            }
        }
        set
    }
}
