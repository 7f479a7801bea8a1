//! How a process disposes of each signal.
//!
//! Decides which signals are caught, ignored or taken by default, and what fork, exec and delivery do to that. Main type:
//! [`Actions`]. Neighbours: `signals`, `calls::signal`. FreeBSD: kern_sig.c (kern_sigaction, siginit, execsigs, sigdflt).

use alloc::vec::Vec;

use proc_abi::sigaction::{ActionFlags, SigAction};
use proc_abi::signal::{DefaultAction, SIGCHLD, SIGCONT, SIGNAL_MAX, SigSet, Signal};

use crate::errno::{Errno, Result};

/// One action for each signal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Actions {
    rows: Vec<SigAction>,
}

const COUNT: usize = SIGNAL_MAX as usize;

fn index(signal: Signal) -> usize {
    usize::try_from(signal.number()).unwrap_or(1).saturating_sub(1)
}

impl Actions {
    /// All default.
    ///
    /// # Errors
    /// ENOMEM.
    pub fn new() -> Result<Self> {
        let mut rows = Vec::new();
        rows.try_reserve_exact(COUNT).map_err(|_| Errno::ENOMEM)?;
        rows.resize(COUNT, SigAction::default());
        Ok(Self { rows })
    }

    /// A copy for a child.
    ///
    /// # Errors
    /// ENOMEM.
    pub fn try_clone(&self) -> Result<Self> {
        let mut copy = Self::new()?;
        copy.rows.copy_from_slice(self.rows.get(..COUNT).ok_or(Errno::ENOMEM)?);
        Ok(copy)
    }

    /// The action of a signal.
    #[must_use]
    pub fn get(&self, signal: Signal) -> SigAction {
        self.rows.get(index(signal)).copied().unwrap_or_default()
    }

    /// Sets it.
    pub fn set(&mut self, signal: Signal, action: SigAction) {
        if let Some(row) = self.rows.get_mut(index(signal)) {
            *row = action;
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
        for (number, action) in (1..=SIGNAL_MAX).zip(&self.rows) {
            if let (Some(signal), true) = (Signal::new(number), wanted(action)) {
                set.insert(signal);
            }
        }
        set
    }
}
