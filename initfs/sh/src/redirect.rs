//! Redirections: files in place of descriptors, for a process or for one command of the shell's own.
//!
//! Decides flags of files, and that what the shell redirected for itself is put back. Main items: `Shell::redirect`,
//! `Shell::with_redirections`. Neighbours: `child` redirects for good, `execute` for a while.

use crate::execute::Flow;
use crate::shell::Shell;
use alloc::string::String;
use alloc::vec::Vec;
use runtime::file::{CloseOnExec, File, OpenFlags};
use runtime::{Error, Result, eprintln, io};
use sh::expand::single;
use sh::syntax::{Redirection, RedirectionKind};

/// A descriptor and what it was; nothing if it was closed.
type Saved = (usize, Option<File>);

impl Shell {
    /// Redirects this process. Tells what cannot be done; `false` then.
    pub(crate) fn redirect(&self, redirections: &[Redirection]) -> bool {
        redirections.iter().all(|redirection| {
            let target = single(self, &redirection.target);
            match place(redirection, &target) {
                Ok(()) => true,
                Err(error) => {
                    eprintln!("sh: {}: {error}", String::from_utf8_lossy(&target));
                    false
                }
            }
        })
    }

    /// Runs something of the shell's own under redirections. If one fails it does not run, and its status is 1.
    pub(crate) fn with_redirections(
        &mut self,
        redirections: &[Redirection],
        run: impl FnOnce(&mut Self) -> Flow,
    ) -> Flow {
        if redirections.is_empty() {
            return run(self);
        }
        let saved: Vec<Saved> = redirections.iter().map(|redirection| save(redirection.descriptor)).collect();
        let flow = if self.redirect(redirections) {
            run(self)
        } else {
            self.status = 1;
            Flow::Next
        };
        saved.into_iter().rev().for_each(restore);
        flow
    }
}

/// Makes the change that a redirection asks for.
fn place(redirection: &Redirection, target: &[u8]) -> Result<()> {
    let flags = match redirection.kind {
        RedirectionKind::Read => OpenFlags::READ,
        RedirectionKind::Write => OpenFlags::WRITE | OpenFlags::CREATE | OpenFlags::TRUNCATE,
        RedirectionKind::Append => OpenFlags::WRITE | OpenFlags::CREATE | OpenFlags::APPEND,
        RedirectionKind::Duplicate => return duplicate(redirection.descriptor, target),
    };
    put(File::open(target, flags)?, redirection.descriptor)
}

/// `2>&1`, or `2>&-` to close.
fn duplicate(descriptor: usize, target: &[u8]) -> Result<()> {
    if target == b"-" {
        drop(File::from_descriptor(descriptor));
        return Ok(());
    }
    let number = core::str::from_utf8(target).ok().and_then(|text| text.parse().ok()).ok_or(Error::EBADF)?;
    if number == descriptor {
        return Ok(());
    }
    let _ = io::borrow(number).duplicate_to(descriptor)?.into_descriptor();
    Ok(())
}

/// Has `file` at `descriptor`.
pub(crate) fn put(file: File, descriptor: usize) -> Result<()> {
    if file.descriptor() == descriptor {
        let _ = file.into_descriptor();
        return Ok(());
    }
    let _ = file.duplicate_to(descriptor)?.into_descriptor();
    Ok(())
}

/// Where saved descriptors go: above those that scripts name.
const SAVED_FROM: usize = 10;

fn save(descriptor: usize) -> Saved {
    let file = duplicate_above(descriptor, SAVED_FROM).ok();
    (descriptor, file)
}

/// A copy of a descriptor at a free number from `least` on, which exec closes.
pub(crate) fn duplicate_above(descriptor: usize, least: usize) -> Result<File> {
    let number = io::borrow(descriptor).control(runtime::abi::redox::flag::F_DUPFD, least)?;
    let copy = File::from_descriptor(number);
    copy.set_close_on_exec(CloseOnExec::Yes)?;
    Ok(copy)
}

fn restore((descriptor, file): Saved) {
    match file {
        // The number was free for the copy and is this process's own, so putting it back cannot fail.
        Some(file) => drop(put(file, descriptor)),
        None => drop(File::from_descriptor(descriptor)),
    }
}
