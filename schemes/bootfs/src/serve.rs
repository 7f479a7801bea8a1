//! The requests of a client, answered from the tree.
//!
//! Decides which error each change to the image gets (EROFS), that the credentials of whoever opens are the process server's to
//! tell, and that a file is mapped as a window on the image's own memory object. Main type: [`BootFiles`]. Neighbours: `tree` (what there is), `runtime::server` (the loop).

use alloc::vec::Vec;
use bootfs::Tree;
use bootfs::access::{self, Person, Wanted};
use proc_abi::badge::Part;
use runtime::abi::redox::flag::MapFlags;
use runtime::file::status::Status;
use runtime::file::{File, OpenFlags};
use runtime::server::{Answer, Context, Position, Request, Scheme};
use runtime::{Error, Result};

extern crate alloc;

/// The server's state: the image does not change, so there is none.
#[derive(Debug)]
pub(crate) struct BootFiles<'a> {
    tree: Tree<'a>,
    object: &'a File,
}

impl<'a> BootFiles<'a> {
    pub(crate) const fn new(tree: Tree<'a>, object: &'a File) -> Self {
        Self { tree, object }
    }

    /// Judges whether the client may open a file so. Root's openings cost no question.
    fn admit(&self, request: &Request<'_>, number: u64, flags: OpenFlags) -> Result<()> {
        let badge = request.badge();
        let wanted = match badge.part() {
            Part::Loader => Wanted::Execute,
            Part::Program if flags.contains(OpenFlags::READ) => Wanted::Read,
            Part::Program => Wanted::Nothing,
        };
        let status = self.tree.status(number)?;
        match badge.pid().filter(|_| badge.user() != 0) {
            None => access::check(Person::Root, &status, wanted),
            // Only its own death makes a client unknown, and then nobody waits for the answer.
            Some(pid) => access::check(Person::User(&runtime::proc::status(pid)?), &status, wanted),
        }
    }
}

/// What would change the image.
const CHANGES: OpenFlags =
    OpenFlags::WRITE.union(OpenFlags::TRUNCATE).union(OpenFlags::APPEND).union(OpenFlags::EXCLUSIVE);

impl Scheme for BootFiles<'_> {
    fn open(&mut self, _context: &mut Context<'_>, request: &Request<'_>, path: &[u8], flags: OpenFlags) -> Answer {
        let opened = self.tree.open(request.handle(), path).and_then(|number| {
            if flags.intersects(CHANGES) {
                return Err(if self.tree.is_directory(number) { Error::EISDIR } else { Error::EROFS });
            }
            if flags.contains(OpenFlags::DIRECTORY) && !self.tree.is_directory(number) {
                return Err(Error::ENOTDIR);
            }
            self.admit(request, number, flags)?;
            Ok(Answer::Opened(number, Position::Kept))
        });
        match opened {
            // A file that is not there could only be made.
            Err(Error::ENOENT) if flags.contains(OpenFlags::CREATE) => Answer::Failed(Error::EROFS),
            result => result.into(),
        }
    }

    fn read(&mut self, _context: &mut Context<'_>, request: &Request<'_>, offset: u64) -> Answer {
        self.tree.read(request.handle(), offset, request.length()).map(|bytes| request.answer_bytes(bytes)).into()
    }

    fn status(&mut self, handle: u64) -> Result<Status> {
        self.tree.status(handle)
    }

    fn path(&mut self, handle: u64) -> Result<Vec<u8>> {
        self.tree.path(handle).map(|path| path.as_bytes().to_vec())
    }

    fn names(&mut self, request: &Request<'_>, start: u64) -> Result<Vec<u8>> {
        self.tree.names(request.handle(), start, request.length())
    }

    fn map(&mut self, request: &Request<'_>, offset: u64, length: u64, flags: MapFlags) -> Answer {
        if flags.contains(MapFlags::MAP_SHARED) && flags.contains(MapFlags::PROT_WRITE) {
            return Answer::Failed(Error::EACCES);
        }
        let place = self.tree.map(request.handle(), offset, length);
        place.map(|place| Answer::Descriptor(self.object.descriptor(), place)).into()
    }

    fn truncate(&mut self, _handle: u64, _length: u64) -> Result<()> {
        Err(Error::EROFS)
    }
}
