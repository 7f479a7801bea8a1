//! Whether an open file still stands for what it was opened on, and still speaks for who opened it.
//!
//! Decides what a set-id exec, an exit and the reuse of a pid do to open files: the debug right that was judged at the
//! opening counts for the programs of that moment. Main methods: `Server::subject`, `Server::check_judged`,
//! `Server::commanding`. Neighbours: `files` ([`Subject`]), `open` judges first, the kernel does the same for its handles.

use proc_abi::id::Pid;
use ptrace::{Errno, Process, Result};

use crate::errno::ESTALE;
use crate::files::Subject;
use crate::server::Server;
use crate::verbs::Verbs;

impl<V: Verbs> Server<V> {
    /// The process that a file is about; a pid that is another's by now does not count.
    ///
    /// # Errors
    /// ESRCH.
    pub(crate) fn subject(&self, subject: Subject) -> Result<&Process> {
        self.table.get(subject.pid).filter(|process| process.group == subject.group).ok_or(Errno::ESRCH)
    }

    /// The debug right that was judged when the file was opened still counts: exec has not made the process somebody else
    /// since. The dead are who they were.
    ///
    /// # Errors
    /// ESTALE.
    pub(crate) fn check_judged(&self, subject: Subject) -> Result<()> {
        let same = self.subject(subject).map_or(true, |process| process.incarnation == subject.incarnation);
        if same { Ok(()) } else { Err(ESTALE) }
    }

    /// Who gives the orders of a control handle: its opener, while that is alive and the program it was. Otherwise whoever
    /// got the handle from it would speak for a stranger with the same pid, or for a set-id image.
    ///
    /// # Errors
    /// EPERM if a native group opened it, ESTALE.
    pub(crate) fn commanding(&self, opener: Option<Subject>) -> Result<Pid> {
        let opener = opener.ok_or(Errno::EPERM)?;
        self.check_judged(opener)?;
        self.subject(opener).map(|process| process.pid).map_err(|_| ESTALE)
    }
}
