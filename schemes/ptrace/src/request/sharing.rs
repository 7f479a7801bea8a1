//! HOLD, RELEASE, OPERATOR_STOP, OPERATOR_CONTINUE, ON_CLOSE: a target that debuggers share, and what becomes of it.
//!
//! Decides what each needs beside the debug right: a session for a token of one's own, being the tracer to choose. A stop is
//! needed for none. Neighbours: `token` and `session` (what they change), `files` (the text verbs of the same meaning).
//! FreeBSD has no such requests; their numbers are beyond its own.

use kernel_abi::stop::LastClose;
use proc_abi::id::Pid;
use proc_abi::request::Request;

use super::Asked;
use crate::errno::{Errno, Result};
use crate::kernel::Kernel;
use crate::process::Flags;
use crate::token::Token;
use crate::turn::Turn;

impl<K: Kernel> Turn<'_, K> {
    pub(super) fn sharing_request(&mut self, asked: &Asked) -> Result<i32> {
        let (opener, target) = (asked.caller.pid, self.admitted(asked)?.pid);
        match asked.request {
            Request::Hold => self.hold(opener, target, Token::Set)?,
            Request::Release => self.hold(opener, target, Token::Clear)?,
            Request::OperatorStop => self.table.set_stop_token(target, Flags::OPERATOR_STOP, Token::Set),
            Request::OperatorContinue => self.table.set_stop_token(target, Flags::OPERATOR_STOP, Token::Clear),
            _ => self.on_close(opener, target, asked.data)?,
        }
        Ok(0)
    }

    /// A debugger's own token is its session's: without one there is nothing that it could go with.
    fn hold(&mut self, opener: Pid, target: Pid, token: Token) -> Result<()> {
        let session = self.table.sessions.find_mut(opener, target).ok_or(Errno::EPERM)?;
        session.holds = token == Token::Set;
        self.table.settle_holds(target);
        Ok(())
    }

    fn on_close(&mut self, opener: Pid, target: Pid, data: i32) -> Result<()> {
        if !self.is_held_by(opener, target) {
            return Err(if self.live(target)?.is(Flags::TRACED) { Errno::EBUSY } else { Errno::EPERM });
        }
        let last_close = u64::try_from(data).ok().and_then(LastClose::from_raw).ok_or(Errno::EINVAL)?;
        self.choose_last_close(target, last_close);
        Ok(())
    }
}
