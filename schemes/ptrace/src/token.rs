//! Stop tokens of `ctl`: who keeps a process from running without tracing it.
//!
//! Decides that a process runs when the last token is gone: the operator's, which belongs to nobody and is cleared from any
//! control handle, and one for each debugger with a control file, which goes with its last one. The kernel knows one reason
//! for all. Main type: [`Token`]. Neighbours: `session` (whose token goes when), `files` (the verbs).

use kernel_abi::effect::StopNews;
use kernel_abi::stop::Reasons;
use proc_abi::id::Pid;
use proc_abi::wait::WaitStatus;

use crate::effect::Effect;
use crate::errno::{Errno, Result};
use crate::kernel::Kernel;
use crate::process::{Flags, Process};
use crate::table::Processes;
use crate::turn::Turn;

/// What to do with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    Set,
    Clear,
}

impl<K: Kernel> Turn<'_, K> {
    /// `stop` and `cont`: the operator's token.
    pub(crate) fn operator(&mut self, opener: Pid, target: Pid, token: Token) -> Result<()> {
        self.may_turn(opener, target, token)?;
        self.table.set_stop_token(target, Flags::OPERATOR_STOP, token);
        Ok(())
    }

    /// `hold` and `release`: the debugger's own.
    pub(crate) fn hold(&mut self, opener: Pid, target: Pid, token: Token) -> Result<()> {
        self.may_turn(opener, target, token)?;
        // The handle's session has ended if its opener lost the right in between.
        let session = self.table.sessions.find_mut(opener, target).ok_or(Errno::EPERM)?;
        session.holds = token == Token::Set;
        self.table.settle_holds(target);
        Ok(())
    }

    /// A token may be taken back while its process is between two images: that exec may wait for it.
    fn may_turn(&self, opener: Pid, target: Pid, token: Token) -> Result<()> {
        match self.may_debug(opener, target) {
            Err(Errno::EBUSY) if token == Token::Clear => Ok(()),
            judged => judged,
        }
    }
}

impl Processes {
    /// Who holds a process by a stop token of its own.
    pub fn holders(&self, target: Pid) -> impl Iterator<Item = Pid> {
        self.sessions.holders(target)
    }

    /// The sessions' tokens may have changed.
    pub(crate) fn settle_holds(&mut self, target: Pid) {
        let held = self.sessions.holders(target).next().is_some();
        self.set_stop_token(target, Flags::HOLD_STOP, if held { Token::Set } else { Token::Clear });
    }

    /// Sets or clears one of the two kinds of token; the process stops with the first and runs after the last.
    pub(crate) fn set_stop_token(&mut self, target: Pid, kind: Flags, token: Token) {
        let Some(process) = self.get_mut(target).filter(|process| process.is_alive()) else { return };
        let before = process.stands_by_token();
        process.flags.set(kind, token == Token::Set);
        let after = process.stands_by_token();
        let (group, reasons) = (process.group, Reasons::OPERATOR);
        if after && !before {
            self.effects.push(Effect::Stop { group, reasons, news: StopNews::Awaited });
        } else if before && !after {
            process.raise_epoch();
            self.effects.push(Effect::Continue { group, reasons });
        }
    }

    /// The process begins to end: it has nothing left to run, so no token holds that up.
    pub(crate) fn begin_single_exit(&mut self, target: Pid, status: WaitStatus) {
        let Some(process) = self.get_mut(target) else { return };
        let stood = process.stands_by_token();
        process.flags.insert(Flags::SINGLE_EXIT);
        process.ending = Some(status);
        let (group, reasons) = (process.group, Reasons::OPERATOR);
        if stood {
            process.raise_epoch();
            self.effects.push(Effect::Continue { group, reasons });
        }
    }
}

impl Process {
    /// A token keeps it from running.
    pub(crate) const fn stands_by_token(&self) -> bool {
        self.is(Flags::TOKEN_STOP) && !self.is(Flags::SINGLE_EXIT)
    }
}
