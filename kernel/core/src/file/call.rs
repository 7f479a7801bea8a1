//! READ, WRITE and their variants at an offset, for every kind of open file.
//!
//! Decides which kinds have offsets and who serves each. Neighbours: `request` (files of user schemes), one file for each
//! kind of kernel object, `target` (handles under debugging).

use kernel_abi::redox::schemev2::Opcode;

use super::{DescriptionKey, Object, Transfer};
use crate::Core;
use crate::call::{Done, Served};
use crate::errno::Errno;
use crate::pending::{After, Direction};
use crate::request::Request;
use crate::scheme::SchemeKey;
use crate::seam::Machine;
use crate::thread::ThreadKey;

/// Where a transfer begins.
#[derive(Clone, Copy, Debug)]
enum Position {
    /// At the file offset, which moves.
    Current,
    /// Here.
    At(u64),
}

/// A transfer on a file of a user scheme.
struct SchemeTransfer {
    file: (SchemeKey, u64),
    transfer: Transfer,
    buffer: (u64, u64),
    /// The file offset moves by what was done.
    moves: bool,
    offset: u64,
    flags: usize,
}

impl<M: Machine> Core<M> {
    /// READ(descriptor, buffer).
    pub(crate) fn read_call(&mut self, key: ThreadKey, descriptor: usize, buffer: (u64, u64)) -> Served {
        self.read(key, descriptor, buffer, Position::Current)
    }

    /// READ2(descriptor, buffer, offset).
    pub(crate) fn read_at_call(
        &mut self,
        key: ThreadKey,
        descriptor: usize,
        buffer: (u64, u64),
        offset: u64,
    ) -> Served {
        self.read(key, descriptor, buffer, Position::At(offset))
    }

    /// WRITE(descriptor, buffer).
    pub(crate) fn write_call(&mut self, key: ThreadKey, descriptor: usize, buffer: (u64, u64)) -> Served {
        self.write(key, descriptor, buffer, Position::Current)
    }

    /// WRITE2(descriptor, buffer, offset).
    pub(crate) fn write_at_call(
        &mut self,
        key: ThreadKey,
        descriptor: usize,
        buffer: (u64, u64),
        offset: u64,
    ) -> Served {
        self.write(key, descriptor, buffer, Position::At(offset))
    }

    fn read(&mut self, key: ThreadKey, descriptor: usize, buffer: (u64, u64), position: Position) -> Served {
        let (description, entry) = self.file_for(key, descriptor, Transfer::Read)?;
        let (object, flags, nonblocking) = (entry.object, entry.flags, entry.is_nonblocking());
        let (offset, own) = match position {
            Position::Current => (entry.offset, Some(description)),
            Position::At(offset) => (offset, None),
        };
        check_position(object, position)?;
        match object {
            Object::Target(target) => {
                let done = self.target_read(key, target, buffer, offset)?;
                self.advance_by(own, &done);
                Ok(done)
            }
            Object::Memory(object) => {
                let done = self.read_memory(key, object, buffer, offset)?;
                self.advance_by(own, &done);
                Ok(done)
            }
            Object::Scheme { scheme, handle, positioned } => {
                let (file, moves) = ((scheme, handle), positioned && own.is_some());
                let transfer = Transfer::Read;
                self.scheme_transfer(key, description, SchemeTransfer { file, transfer, buffer, moves, offset, flags })
            }
            Object::System(file) => self.read_system(key, file, buffer, offset, own),
            Object::Pipe(end) => self.read_pipe(key, end, buffer, nonblocking),
            Object::Events(queue) => self.read_events(key, queue, buffer, nonblocking),
            Object::Serial(port) => self.read_serial(key, port, buffer, nonblocking),
            Object::Timer(timer) => self.read_timer(key, description, timer, buffer),
            Object::Socket(_) | Object::Log => Err(Errno::EINVAL),
        }
    }

    fn write(&mut self, key: ThreadKey, descriptor: usize, buffer: (u64, u64), position: Position) -> Served {
        let (description, entry) = self.file_for(key, descriptor, Transfer::Write)?;
        let (object, flags, nonblocking) = (entry.object, entry.flags, entry.is_nonblocking());
        let (offset, own) = match position {
            Position::Current => (entry.offset, Some(description)),
            Position::At(offset) => (offset, None),
        };
        check_position(object, position)?;
        match object {
            Object::Target(target) => {
                let done = self.target_write(key, target, buffer, offset)?;
                self.advance_by(own, &done);
                Ok(done)
            }
            Object::Memory(object) => {
                let done = self.write_memory(key, object, buffer, offset)?;
                self.advance_by(own, &done);
                Ok(done)
            }
            Object::Scheme { scheme, handle, positioned } => {
                let (file, moves) = ((scheme, handle), positioned && own.is_some());
                let transfer = Transfer::Write;
                self.scheme_transfer(key, description, SchemeTransfer { file, transfer, buffer, moves, offset, flags })
            }
            Object::System(file) => self.write_system(key, file, buffer),
            Object::Pipe(end) => self.write_pipe(key, end, buffer, nonblocking),
            Object::Events(queue) => self.write_events(key, description, queue, buffer),
            Object::Serial(port) => self.write_serial(key, port, buffer, nonblocking),
            Object::Timer(timer) => self.write_timer(key, description, timer, buffer),
            Object::Log => self.write_log(key, buffer),
            Object::Socket(_) => Err(Errno::EINVAL),
        }
    }

    /// A call that was answered at once moves the file offset, if it used it.
    pub(super) fn advance_by(&mut self, description: Option<DescriptionKey>, done: &Done) {
        if let (Some(description), Done::Value(count)) = (description, done) {
            self.advance(description, *count as u64);
        }
    }

    /// Asks the server. A description whose offset will move is held until then.
    fn scheme_transfer(&mut self, key: ThreadKey, description: DescriptionKey, ask: SchemeTransfer) -> Served {
        let after = if ask.moves {
            self.retain_description(description)?;
            After::Advance(description)
        } else {
            After::Plain
        };
        let (opcode, direction) = match ask.transfer {
            Transfer::Read => (Opcode::Read, Direction::Out),
            Transfer::Write => (Opcode::Write, Direction::In),
        };
        let (scheme, handle) = ask.file;
        let words = [ask.offset, ask.flags as u64, 0, 0, 0, 0, 0, 0];
        let request = Request { scheme, handle, opcode, buffer: ask.buffer, direction, words, after };
        self.request(key, request).inspect_err(|_| self.drop_follow_up(after))
    }
}

/// Streams have no offsets.
fn check_position(object: Object, position: Position) -> Result<(), Errno> {
    match position {
        Position::At(_) if !object.is_positioned() => Err(Errno::ESPIPE),
        Position::At(_) | Position::Current => Ok(()),
    }
}
