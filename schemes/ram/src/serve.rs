//! The requests of clients, answered from the tree.
//!
//! Decides which error each refusal of the tree is, and that every file can be read, written and executed by everybody.
//! Main type: [`RamFiles`]. Neighbours: the library's tree, `handles`, `snapshot`, `runtime::server` (the loop).

use crate::handles::{Handle, Handles};
use crate::snapshot::Snapshots;
use alloc::vec::Vec;
use core::time::Duration;
use ram::tree::{Creation, NodeId, Removal, Tree, TreeError, Wanted};
use runtime::abi::redox::flag::MapFlags;
use runtime::file::OpenFlags;
use runtime::file::directory::{More, NameWriter};
use runtime::file::status::{Kind, Status};
use runtime::server::{Answer, Context, Position, Removed, Request, Scheme};
use runtime::socket::Socket;
use runtime::{Error, Result};

/// Bytes moved at a time.
const CHUNK: usize = 4096;
/// Bytes of one request; a longer one is short, so that no client keeps the others waiting.
const REQUEST_LIMIT: usize = 256 << 10;
/// Permissions of everything here.
const PERMISSIONS: u16 = 0o777;

/// The server's state.
#[derive(Debug)]
pub(crate) struct RamFiles {
    tree: Tree,
    handles: Handles,
    snapshots: Snapshots,
}

fn error(error: TreeError) -> Error {
    match error {
        TreeError::NotFound => Error::ENOENT,
        TreeError::Exists => Error::EEXIST,
        TreeError::NotDirectory => Error::ENOTDIR,
        TreeError::IsDirectory => Error::EISDIR,
        TreeError::NotEmpty => Error::ENOTEMPTY,
        TreeError::NotPermitted => Error::EPERM,
        TreeError::Loop => Error::EINVAL,
        TreeError::NameTooLong => Error::ENAMETOOLONG,
        TreeError::NoSpace => Error::ENOSPC,
        TreeError::TooLarge => Error::EFBIG,
    }
}

impl RamFiles {
    pub(crate) fn new(tree: Tree) -> Self {
        Self { tree, handles: Handles::default(), snapshots: Snapshots::default() }
    }

    /// The directory that a path starts from.
    fn base(&self, request: &Request<'_>) -> Result<(NodeId, &[u8])> {
        match request.handle() {
            0 => Ok((NodeId::ROOT, b"")),
            number => self.handles.get(number).map(|handle| (handle.node, handle.path.as_slice())),
        }
    }

    fn open_path(
        &mut self,
        context: &mut Context<'_>,
        request: &Request<'_>,
        path: &[u8],
        flags: OpenFlags,
    ) -> Result<Answer> {
        self.handles.reserve()?;
        let (from, directory) = self.base(request)?;
        let full = join(directory, path)?;
        let creation = match (flags.contains(OpenFlags::CREATE), flags.contains(OpenFlags::EXCLUSIVE)) {
            (false, _) => Creation::Never,
            (true, false) => Creation::IfMissing,
            (true, true) => Creation::Exclusive,
        };
        let wanted = if flags.contains(OpenFlags::DIRECTORY) { Wanted::Directory } else { Wanted::Any };
        let node = self.tree.open(from, path, creation, wanted).map_err(error)?;
        if let Err(error) = self.prepare(context, node, flags) {
            self.tree.close(node);
            return Err(error);
        }
        let number = self.handles.add(Handle { node, path: full, flags });
        Ok(Answer::Opened(number, Position::Kept))
    }

    /// Checks what the file is opened for, and empties it if that is wanted.
    fn prepare(&mut self, context: &mut Context<'_>, node: NodeId, flags: OpenFlags) -> Result<()> {
        if self.tree.is_directory(node) {
            return if flags.contains(OpenFlags::WRITE) { Err(Error::EISDIR) } else { Ok(()) };
        }
        if flags.contains(OpenFlags::TRUNCATE | OpenFlags::WRITE) {
            self.snapshots.retire(context, node);
            self.tree.set_length(node, 0).map_err(error)?;
        }
        Ok(())
    }

    fn read_chunks(&self, socket: &Socket, request: &Request<'_>, offset: u64) -> Result<usize> {
        let handle = self.handles.get(request.handle())?;
        let contents = self.tree.contents(handle.node).map_err(error)?;
        let wanted = usize::try_from(request.length()).unwrap_or(usize::MAX).min(REQUEST_LIMIT);
        let mut buffer = [0; CHUNK];
        let mut done = 0_usize;
        while done < wanted {
            let chunk = buffer.get_mut(..wanted.saturating_sub(done).min(CHUNK)).unwrap_or_default();
            let count = contents.read(offset.saturating_add(done as u64), chunk);
            if count == 0 {
                break;
            }
            socket.copy_out(request.tag(), done as u64, chunk.get(..count).unwrap_or_default())?;
            done = done.saturating_add(count);
        }
        Ok(done)
    }

    fn write_chunks(&mut self, request: &Request<'_>, offset: u64) -> Result<usize> {
        let handle = self.handles.get(request.handle())?;
        let node = handle.node;
        let end = self.tree.contents(node).map_err(error)?.length();
        let appends = handle.flags.contains(OpenFlags::APPEND) || request.is_appending();
        let start = if appends { end } else { offset };
        let wanted = usize::try_from(request.length()).unwrap_or(usize::MAX).min(REQUEST_LIMIT);
        let mut buffer = [0; CHUNK];
        let mut done = 0_usize;
        while done < wanted {
            let chunk = buffer.get_mut(..wanted.saturating_sub(done).min(CHUNK)).unwrap_or_default();
            let length = chunk.len();
            let result = request
                .copy_in(done, chunk)
                .and_then(|()| self.tree.write(node, start.saturating_add(done as u64), chunk).map_err(error));
            let count = match result {
                Ok(count) => count,
                Err(error) if done == 0 => return Err(error),
                Err(_) => break,
            };
            done = done.saturating_add(count);
            if count < length {
                break;
            }
        }
        Ok(done)
    }
}

/// A path below a directory, as it is told to people.
fn join(directory: &[u8], path: &[u8]) -> Result<Vec<u8>> {
    let mut full = Vec::new();
    full.try_reserve_exact(directory.len().saturating_add(path.len()).saturating_add(1))?;
    full.extend_from_slice(directory);
    if !directory.is_empty() && !path.is_empty() {
        full.push(b'/');
    }
    full.extend_from_slice(path);
    Ok(full)
}

impl Scheme for RamFiles {
    fn open(&mut self, context: &mut Context<'_>, request: &Request<'_>, path: &[u8], flags: OpenFlags) -> Answer {
        self.open_path(context, request, path, flags).into()
    }

    fn read(&mut self, context: &mut Context<'_>, request: &Request<'_>, offset: u64) -> Answer {
        self.read_chunks(context.socket(), request, offset).into()
    }

    fn write(&mut self, context: &mut Context<'_>, request: &Request<'_>, offset: u64) -> Answer {
        if let Ok(handle) = self.handles.get(request.handle()) {
            self.snapshots.retire(context, handle.node);
        }
        self.write_chunks(request, offset).into()
    }

    fn status(&mut self, handle: u64) -> Result<Status> {
        let node = self.handles.get(handle)?.node;
        let (kind, size) = match self.tree.contents(node) {
            Ok(contents) => (Kind::Regular, contents.length()),
            Err(_) => (Kind::Directory, 0),
        };
        let mut status = Status::new(kind, PERMISSIONS, size);
        status.inode = node.inode();
        Ok(status)
    }

    fn path(&mut self, handle: u64) -> Result<Vec<u8>> {
        let path = &self.handles.get(handle)?.path;
        let mut full = Vec::new();
        full.try_reserve_exact(path.len().saturating_add(4))?;
        full.extend_from_slice(b"tmp:");
        full.extend_from_slice(path);
        Ok(full)
    }

    fn names(&mut self, request: &Request<'_>, start: u64) -> Result<Vec<u8>> {
        let node = if request.handle() == 0 { NodeId::ROOT } else { self.handles.get(request.handle())?.node };
        let names = self.tree.names(node).map_err(error)?;
        let mut writer = NameWriter::new(request.length())?;
        let skipped = usize::try_from(start).unwrap_or(usize::MAX);
        let mut more = More::No;
        for (index, (name, id)) in names.iter().enumerate().skip(skipped) {
            let kind = if self.tree.is_directory(*id) { Kind::Directory } else { Kind::Regular };
            if !writer.add(id.inode(), (index as u64).saturating_add(1), kind, name) {
                more = More::Yes;
                break;
            }
        }
        writer.finish(more)
    }

    fn map(&mut self, request: &Request<'_>, offset: u64, _: u64, flags: MapFlags) -> Answer {
        if flags.contains(MapFlags::MAP_SHARED) {
            // Shared mappings would have to see later writes.
            return Answer::Failed(Error::ENODEV);
        }
        let snapshot = self.handles.get(request.handle()).and_then(|handle| {
            let contents = self.tree.contents(handle.node).map_err(|_| Error::ENODEV)?;
            self.snapshots.take(handle.node, contents)
        });
        snapshot.map(|descriptor| Answer::Descriptor(descriptor, offset)).into()
    }

    fn truncate(&mut self, handle: u64, length: u64) -> Result<()> {
        let handle = self.handles.get(handle)?;
        if !handle.flags.contains(OpenFlags::WRITE) {
            return Err(Error::EINVAL);
        }
        self.snapshots.outdate(handle.node);
        self.tree.set_length(handle.node, length).map_err(error)
    }

    fn timer(&mut self, _: &mut Context<'_>, _: u64, _: Duration) {
        self.snapshots.forget_retired();
    }

    fn unlink(&mut self, request: &Request<'_>, path: &[u8], removed: Removed) -> Result<()> {
        let (from, _) = self.base(request)?;
        let removal = match removed {
            Removed::File => Removal::File,
            Removed::Directory => Removal::Directory,
        };
        self.tree.remove(from, path, removal).map_err(error)
    }

    fn rename(&mut self, request: &Request<'_>, path: &[u8]) -> Result<()> {
        let full = join(b"", path)?;
        let handle = self.handles.get_mut(request.handle())?;
        self.tree.rename(handle.node, path).map_err(error)?;
        handle.path = full;
        Ok(())
    }

    fn close(&mut self, context: &mut Context<'_>, handle: u64) {
        if let Some(handle) = self.handles.remove(handle) {
            self.snapshots.retire(context, handle.node);
            self.tree.close(handle.node);
        }
    }
}
