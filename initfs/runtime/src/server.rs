//! The loop of a scheme server: receive requests, hand them to a [`Scheme`], send the answers with the next receive.
//!
//! Decides the order of things: one kernel call sends the answers of the last messages and takes the next ones, and an
//! answer that the kernel refuses (its client is gone) is dropped alone. Main items: [`Scheme`], [`serve`]. Neighbours:
//! `server::request`, `server::answer`, `server::context`, `socket` (the kernel call), docs/schemes.md (a worked example).

mod answer;
mod context;
mod dispatch;
mod request;

pub use answer::{Answer, Position};
pub use context::Context;
pub use request::Request;

use crate::error::{Error, Result};
use crate::event::Readiness;
use crate::file::OpenFlags;
use crate::file::status::Status;
use crate::socket::Socket;
use alloc::vec::Vec;
use core::time::Duration;
use kernel_abi::message::Slot;
use kernel_abi::redox::flag::MapFlags;

/// Messages taken at a time.
const INBOX: usize = 8;

/// What the name to be removed has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removed {
    /// A file's.
    File,
    /// A directory's.
    Directory,
}

/// What a server does with each request on its scheme. `request.handle()` is the number it gave when the file was opened.
/// A method that cannot answer yet gives [`Answer::Later`] and keeps `request.tag()` for [`Context::reply`].
pub trait Scheme {
    /// Opens `path` (no leading slash) below the open file `request.handle()`, 0 being the scheme's root.
    fn open(&mut self, context: &mut Context<'_>, request: &Request<'_>, path: &[u8], flags: OpenFlags) -> Answer;

    /// Reads at `offset`, where the kernel keeps one.
    fn read(&mut self, _context: &mut Context<'_>, _request: &Request<'_>, _offset: u64) -> Answer {
        Answer::Failed(Error::EBADF)
    }

    /// Writes at `offset`, where the kernel keeps one.
    fn write(&mut self, _context: &mut Context<'_>, _request: &Request<'_>, _offset: u64) -> Answer {
        Answer::Failed(Error::EBADF)
    }

    /// Makes another open file from this one and a name.
    fn duplicate(&mut self, _context: &mut Context<'_>, _request: &Request<'_>, _name: &[u8]) -> Answer {
        Answer::Failed(Error::EINVAL)
    }

    /// Tells kind, mode and size.
    ///
    /// # Errors
    /// EBADF for a number that is no open file.
    fn status(&mut self, handle: u64) -> Result<Status>;

    /// Tells the path, with the scheme's name: `name:rest`.
    ///
    /// # Errors
    /// As for [`Scheme::status`].
    fn path(&mut self, handle: u64) -> Result<Vec<u8>>;

    /// Tells the length, from which a seek to the end counts.
    ///
    /// # Errors
    /// ESPIPE where there is none.
    fn size(&mut self, handle: u64) -> Result<u64> {
        self.status(handle).map(|status| status.size)
    }

    /// Lists names from `start` on; the records are made by `file::directory::NameWriter`.
    ///
    /// # Errors
    /// ENOTDIR.
    fn names(&mut self, _request: &Request<'_>, _start: u64) -> Result<Vec<u8>> {
        Err(Error::ENOTDIR)
    }

    /// Tells what the file is ready for now; from now on [`Context::notify`] has to tell when `wanted` becomes true.
    ///
    /// # Errors
    /// EINVAL for a file that never waits.
    fn readiness(&mut self, _context: &mut Context<'_>, _handle: u64, _wanted: Readiness) -> Result<Readiness> {
        Ok(Readiness::READ | Readiness::WRITE)
    }

    /// Gives the memory object behind the file.
    fn map(&mut self, _request: &Request<'_>, _offset: u64, _length: u64, _flags: MapFlags) -> Answer {
        Answer::Failed(Error::ENODEV)
    }

    /// Serves fcntl commands that are the scheme's own.
    ///
    /// # Errors
    /// EINVAL for an unknown one.
    fn control(&mut self, _context: &mut Context<'_>, _handle: u64, _command: u64, _argument: u64) -> Result<usize> {
        Err(Error::EINVAL)
    }

    /// Changes the file's length.
    ///
    /// # Errors
    /// EINVAL, EROFS.
    fn truncate(&mut self, _handle: u64, _length: u64) -> Result<()> {
        Err(Error::EINVAL)
    }

    /// Removes the name `path`, which has to be what `removed` says.
    ///
    /// # Errors
    /// EROFS where names are fixed.
    fn unlink(&mut self, _request: &Request<'_>, _path: &[u8], _removed: Removed) -> Result<()> {
        Err(Error::EROFS)
    }

    /// Gives the open file `request.handle()` the name `path`, seen from the scheme's root.
    ///
    /// # Errors
    /// EROFS where names are fixed.
    fn rename(&mut self, _request: &Request<'_>, _path: &[u8]) -> Result<()> {
        Err(Error::EROFS)
    }

    /// Serves a request of the scheme's own (SYS_CALL).
    fn call(&mut self, _context: &mut Context<'_>, _request: &Request<'_>, _words: [u64; 3]) -> Answer {
        Answer::Failed(Error::EOPNOTSUPP)
    }

    /// Forgets an open file: its last descriptor is gone.
    fn close(&mut self, _context: &mut Context<'_>, _handle: u64) {}

    /// The client of the pending call `tag` wants an answer soon: EINTR, or what was done so far.
    fn cancel(&mut self, context: &mut Context<'_>, tag: u64) {
        context.reply(tag, Answer::Failed(Error::EINTR));
    }

    /// The time set with [`Context::set_timer`] has come.
    fn timer(&mut self, _context: &mut Context<'_>, _cookie: u64, _now: Duration) {}

    /// A file watched by `Socket::watch` can be read.
    fn ready(&mut self, _context: &mut Context<'_>, _cookie: u64) {}
}

/// Serves `scheme` until the kernel ends the socket.
///
/// # Errors
/// Always: what ended the loop.
pub fn serve(socket: &Socket, scheme: &mut impl Scheme) -> Result<core::convert::Infallible> {
    let mut inbox = [const { empty_slot() }; INBOX];
    let mut context = Context::new(socket)?;
    loop {
        let count = context.exchange(&mut inbox)?;
        for slot in inbox.iter().take(count) {
            dispatch::dispatch(scheme, &mut context, slot);
        }
    }
}

const fn empty_slot() -> Slot {
    Slot {
        message: kernel_abi::message::Message {
            kind: 0,
            number: 0,
            tag: 0,
            thread: 0,
            group: 0,
            badge: 0,
            handle: 0,
            length: 0,
            inline: 0,
            words: [0; 8],
        },
        payload: [0; kernel_abi::message::INLINE_PAYLOAD],
    }
}
