//! Whose terminal it is: the session that has it, its foreground group, and what callers outside it may do.
//!
//! Decides every question of job control that needs no process table; who is in which group and session comes in as an
//! argument. Main types: [`Session`], [`Caller`], [`Verdict`]. Neighbours: the server asks the process server and sends
//! the signals. FreeBSD: tty.c (tty_wait_background, TIOCSCTTY, TIOCSPGRP).

use runtime::Error;

/// Background accesses of one thread in a row that are answered by a signal. A caller that ignores the signal comes back at
/// once and gets EIO in the end, where FreeBSD would look up how it takes the signal.
const REPEATED: u8 = 16;

/// Who asks: ids as the process server knows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Process; 0 for the system's own servers, which no job control concerns.
    pub process: i32,
    /// Its process group.
    pub group: i32,
    /// Its session.
    pub session: i32,
}

/// What to do with a read, or with a write where writes are judged too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Serve it.
    Foreground,
    /// Send SIGTTIN (SIGTTOU for a write) to the caller's group and make the call again.
    Stop,
    /// Fail with EIO.
    Refuse,
}

/// The session that has the terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Session {
    /// Id of the session, 0 if none has it.
    leader: i32,
    /// Its foreground group.
    foreground: i32,
    /// The thread whose background accesses are counted, and their count.
    refused: (u64, u8),
}

impl Session {
    /// The foreground group that the keyboard's signals go to.
    #[must_use]
    pub fn foreground(&self) -> Option<i32> {
        (self.leader != 0).then_some(self.foreground)
    }

    /// The session that has the terminal.
    #[must_use]
    pub fn leader(&self) -> Option<i32> {
        (self.leader != 0).then_some(self.leader)
    }

    /// Whether processes of `group` may read and get the keyboard's bytes.
    #[must_use]
    pub fn is_foreground(&self, group: i32) -> bool {
        self.leader == 0 || group == 0 || group == self.foreground
    }

    /// Judges an access by `thread` of `caller`.
    pub fn judge(&mut self, caller: Caller, thread: u64) -> Verdict {
        if self.is_foreground(caller.group) {
            self.refused = (0, 0);
            return Verdict::Foreground;
        }
        if caller.session != self.leader {
            return Verdict::Refuse;
        }
        let count = if self.refused.0 == thread { self.refused.1.saturating_add(1) } else { 1 };
        self.refused = (thread, count);
        if count > REPEATED { Verdict::Refuse } else { Verdict::Stop }
    }

    /// The caller's session takes the terminal.
    ///
    /// # Errors
    /// EPERM unless the caller leads its session and no other session has the terminal.
    pub fn take(&mut self, caller: Caller) -> Result<(), Error> {
        let free = self.leader == 0 || self.leader == caller.session;
        if caller.process == 0 || caller.process != caller.session || !free {
            return Err(Error::EPERM);
        }
        *self = Self { leader: caller.session, foreground: caller.group, refused: (0, 0) };
        Ok(())
    }

    /// The terminal has lost its session: its leader is gone.
    pub fn release(&mut self) {
        *self = Self::default();
    }

    /// Chooses the foreground group, which is in `group_session`.
    ///
    /// # Errors
    /// ENOTTY for a caller outside the session; EINVAL for a number that is no group; EPERM for a group outside it.
    pub fn set_foreground(&mut self, caller: Caller, group: i32, group_session: Option<i32>) -> Result<(), Error> {
        if self.leader == 0 || caller.session != self.leader {
            return Err(Error::ENOTTY);
        }
        if group <= 0 {
            return Err(Error::EINVAL);
        }
        if group_session != Some(self.leader) {
            return Err(Error::EPERM);
        }
        self.foreground = group;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Caller, Session, Verdict};
    use runtime::Error;

    const SHELL: Caller = Caller { process: 5, group: 5, session: 5 };
    const JOB: Caller = Caller { process: 8, group: 8, session: 5 };
    const STRANGER: Caller = Caller { process: 9, group: 9, session: 9 };

    #[test]
    fn without_a_session_everybody_reads_and_nobody_is_signalled() {
        let mut session = Session::default();
        assert_eq!(session.foreground(), None);
        assert_eq!(session.judge(JOB, 1), Verdict::Foreground);
        assert_eq!(session.set_foreground(SHELL, 5, Some(5)), Err(Error::ENOTTY));
    }

    #[test]
    fn a_leader_takes_the_terminal_once() {
        let mut session = Session::default();
        assert_eq!(session.take(JOB), Err(Error::EPERM));
        assert_eq!(session.take(SHELL), Ok(()));
        assert_eq!(session.take(SHELL), Ok(()));
        assert_eq!(session.take(STRANGER), Err(Error::EPERM));
        assert_eq!((session.leader(), session.foreground()), (Some(5), Some(5)));
        session.release();
        assert_eq!(session.take(STRANGER), Ok(()));
    }

    #[test]
    fn the_foreground_moves_within_the_session() {
        let mut session = Session::default();
        session.take(SHELL).expect("a leader");
        assert_eq!(session.set_foreground(SHELL, 8, Some(5)), Ok(()));
        assert_eq!(session.foreground(), Some(8));
        assert_eq!(session.set_foreground(SHELL, 9, Some(9)), Err(Error::EPERM));
        assert_eq!(session.set_foreground(SHELL, 7, None), Err(Error::EPERM));
        assert_eq!(session.set_foreground(SHELL, -1, None), Err(Error::EINVAL));
        assert_eq!(session.set_foreground(STRANGER, 9, Some(9)), Err(Error::ENOTTY));
    }

    #[test]
    fn background_reads_stop_the_reader_but_not_for_ever() {
        let mut session = Session::default();
        session.take(SHELL).expect("a leader");
        for _ in 0..16 {
            assert_eq!(session.judge(JOB, 1), Verdict::Stop);
        }
        assert_eq!(session.judge(JOB, 1), Verdict::Refuse);
        assert_eq!(session.judge(JOB, 2), Verdict::Stop);
        assert_eq!(session.judge(STRANGER, 3), Verdict::Refuse);
        assert_eq!(session.judge(SHELL, 4), Verdict::Foreground);
    }
}
