//! Requests on the terminal: settings, size, and whose terminal it is.
//!
//! Decides how the payload of each request is read and answered; judging is the session's. Neighbours: `console`,
//! `runtime::terminal` (the requests as programs make them), `tty::session`.

use super::Console;
use crate::line::Outgoing;
use runtime::process::{self, identity};
use runtime::server::{Answer, Request};
use runtime::terminal::TerminalRequest;
use runtime::terminal::settings::{Settings, WindowSize};
use runtime::{Error, Result};
use zerocopy::{FromZeros, IntoBytes};

impl Console {
    pub(super) fn terminal_request(&mut self, request: &Request<'_>, number: u64) -> Answer {
        match TerminalRequest::from_raw(number) {
            Some(kind) => self.perform(request, kind).into(),
            None => Answer::Failed(Error::ENOTTY),
        }
    }

    fn perform(&mut self, request: &Request<'_>, kind: TerminalRequest) -> Result<Answer> {
        match kind {
            TerminalRequest::GetSettings => answer(request, self.discipline.settings().as_bytes()),
            TerminalRequest::SetSettings => self.set_settings(request).map(|()| Answer::Value(0)),
            TerminalRequest::SetSettingsFlushing => {
                self.discipline.flush();
                self.set_settings(request).map(|()| Answer::Value(0))
            }
            TerminalRequest::GetForeground => {
                let group = self.session.foreground().ok_or(Error::ENOTTY)?;
                answer(request, group.as_bytes())
            }
            TerminalRequest::SetForeground => self.set_foreground(request).map(|()| Answer::Value(0)),
            TerminalRequest::MakeControlling => self.make_controlling(request).map(|()| Answer::Value(0)),
            TerminalRequest::GetSession => {
                let session = self.session.leader().ok_or(Error::ENOTTY)?;
                answer(request, session.as_bytes())
            }
            TerminalRequest::GetWindowSize => answer(request, self.window.as_bytes()),
            TerminalRequest::GetColumn => answer(request, self.discipline.column().as_bytes()),
            TerminalRequest::SetWindowSize => {
                self.window = argument::<WindowSize>(request)?;
                Ok(Answer::Value(0))
            }
        }
    }

    fn set_settings(&mut self, request: &Request<'_>) -> Result<()> {
        let settings = argument::<Settings>(request)?;
        let mut outgoing = Outgoing::new(&self.line);
        let signal = self.discipline.set_settings(settings, &mut |shown| outgoing.add(shown));
        drop(outgoing);
        if let Some(signal) = signal {
            self.signal_foreground(signal);
        }
        Ok(())
    }

    fn set_foreground(&mut self, request: &Request<'_>) -> Result<()> {
        let group = argument::<i32>(request)?;
        let caller = self.caller(request)?;
        let session = if group > 0 { session_of(group, caller.session) } else { None };
        self.session.set_foreground(caller, group, session)
    }

    fn make_controlling(&mut self, request: &Request<'_>) -> Result<()> {
        let caller = self.caller(request)?;
        if self.session.leader().is_some_and(|leader| identity::session(leader).is_err()) {
            self.session.release();
        }
        self.session.take(caller)
    }
}

/// The session of a group: its leader's. A group that has lost its leader but has members is taken to be the caller's.
fn session_of(group: i32, callers: i32) -> Option<i32> {
    identity::session(group).ok().or_else(|| process::kill(group.saturating_neg(), None).is_ok().then_some(callers))
}

fn answer(request: &Request<'_>, bytes: &[u8]) -> Result<Answer> {
    if request.length() < bytes.len() as u64 {
        return Err(Error::EINVAL);
    }
    Ok(request.answer_bytes(bytes))
}

fn argument<T: FromZeros + zerocopy::FromBytes + IntoBytes>(request: &Request<'_>) -> Result<T> {
    let mut value = T::new_zeroed();
    let bytes = value.as_mut_bytes();
    if request.length() < bytes.len() as u64 {
        return Err(Error::EINVAL);
    }
    request.copy_in(0, bytes)?;
    Ok(value)
}
