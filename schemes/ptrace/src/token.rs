//! Stop tokens of `ctl`: who keeps a process from running without tracing it.
//!
//! Decides that a process runs when the last token is gone: the operator's, which belongs to nobody and is cleared from any
//! control handle, and one for each debugger with a control file, which goes with its last one. The kernel knows one reason
//! for all. Main type: [`Token`]. Neighbours: `session` (whose token goes when), `request::sharing` (who may).

use kernel_abi::effect::StopNews;
use kernel_abi::stop::Reasons;
use proc_abi::id::Pid;
use proc_abi::wait::WaitStatus;

use crate::effect::Effect;
use crate::process::{Flags, Process};
use crate::table::Processes;

/// What to do with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    Set,
    Clear,
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
