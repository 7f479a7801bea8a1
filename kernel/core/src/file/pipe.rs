//! Pipes: two ends, each of which reads what the other wrote, as FreeBSD's are (sys_pipe.c).
//!
//! Decides end of file, EPIPE, atomic writes and how much a pipe holds. Main types: [`Pipe`], [`End`]. Neighbours: `open`
//! (the first end), `descriptor` (the second, by name "peer"), `pass` (descriptors), `ring`, `wait`, `event`.
//!
//! SIGPIPE is not the kernel's: a process server that wants it sends it on EPIPE.

use alloc::collections::VecDeque;

use kernel_abi::redox::flag::EventFlags;

use super::buffer::{add_bytes, clamp, take_bytes};
use super::event::{READ, WRITE};
use super::ring::Ring;
use super::wait::{WaitList, WaitPlace};
use super::{DescriptionKey, Object};
use crate::Core;
use crate::call::{Done, Served};
use crate::errno::Errno;
use crate::seam::Machine;
use crate::slab::Key;
use crate::thread::ThreadKey;

mod pass;

/// Names a pipe.
pub(crate) type PipeKey = Key<Pipe>;

/// Bytes that wait in one direction at most.
const LIMIT: usize = 65_536;

/// Longest write that is never split.
const ATOMIC: usize = 4096;

/// Which end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// The end that was opened.
    First,
    /// The end that was made from it.
    Peer,
}

impl Side {
    const fn other(self) -> Self {
        match self {
            Self::First => Self::Peer,
            Self::Peer => Self::First,
        }
    }
}

/// One end of a pipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct End {
    pub(super) pipe: PipeKey,
    pub(super) side: Side,
}

impl End {
    const fn other(self) -> Self {
        Self { pipe: self.pipe, side: self.side.other() }
    }
}

/// Whether an end can still be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Life {
    /// Nobody has asked for it yet.
    #[default]
    Unborn,
    /// It has a description.
    Open,
    /// Its description is gone.
    Closed,
}

/// What belongs to one end.
#[derive(Debug, Default)]
pub(super) struct Half {
    life: Life,
    /// Bytes for this end.
    incoming: Ring,
    /// Open files for this end; the pipe holds a reference on each.
    passed: VecDeque<DescriptionKey>,
    /// Calls that read at this end.
    pub(super) readers: WaitList,
    /// Calls at the other end that write to this one.
    pub(super) writers: WaitList,
    pub(super) description: Option<DescriptionKey>,
}

impl Half {
    const fn room(&self) -> usize {
        LIMIT.saturating_sub(self.incoming.len())
    }
}

/// One pipe.
#[derive(Debug, Default)]
pub(crate) struct Pipe {
    first: Half,
    peer: Half,
}

impl Pipe {
    fn half(&self, side: Side) -> &Half {
        match side {
            Side::First => &self.first,
            Side::Peer => &self.peer,
        }
    }

    pub(super) fn half_mut(&mut self, side: Side) -> &mut Half {
        match side {
            Side::First => &mut self.first,
            Side::Peer => &mut self.peer,
        }
    }
}

impl<M: Machine> Core<M> {
    /// The first end of a new pipe.
    ///
    /// # Errors
    /// ENOMEM.
    pub(super) fn make_pipe(&mut self) -> Result<Object, Errno> {
        let pipe = Pipe { first: Half { life: Life::Open, ..Half::default() }, ..Pipe::default() };
        Ok(Object::Pipe(End { pipe: self.pipes.insert(pipe)?, side: Side::First }))
    }

    /// The other end, once.
    ///
    /// # Errors
    /// EBUSY if somebody has it or had it.
    pub(super) fn make_peer(&mut self, end: End) -> Result<Object, Errno> {
        let other = end.other();
        let half = self.pipes.get_mut(end.pipe).ok_or(Errno::EBADF)?.half_mut(other.side);
        if half.life != Life::Unborn {
            return Err(Errno::EBUSY);
        }
        half.life = Life::Open;
        Ok(Object::Pipe(other))
    }

    /// The other end could not be installed: it can be asked for again.
    pub(super) fn unmake_peer(&mut self, end: End) {
        if let Some(pipe) = self.pipes.get_mut(end.pipe) {
            pipe.half_mut(end.side.other()).life = Life::Unborn;
        }
    }

    pub(super) fn read_pipe(&mut self, key: ThreadKey, end: End, buffer: (u64, u64), nonblocking: bool) -> Served {
        let space = self.space_of(key).ok_or(Errno::ESRCH)?;
        let pipe = self.pipes.get_mut(end.pipe).ok_or(Errno::EBADF)?;
        let peer_closed = pipe.half(end.side.other()).life == Life::Closed;
        let ring = &mut pipe.half_mut(end.side).incoming;
        let length = clamp(buffer.1);
        if length == 0 || (ring.is_empty() && peer_closed) {
            return Ok(Done::Value(0));
        }
        if ring.is_empty() {
            return if nonblocking { Err(Errno::EAGAIN) } else { self.wait_at(key, WaitPlace::PipeData(end)) };
        }
        let count = take_bytes(&mut self.memory, &mut self.machine, ring, space, (buffer.0, length))?;
        self.wake_all(WaitPlace::PipeRoom(end));
        self.pipe_ready(end.other(), WRITE);
        Ok(Done::Value(count))
    }

    /// A write of up to [`ATOMIC`] bytes is whole; a longer one takes what fits.
    pub(super) fn write_pipe(&mut self, key: ThreadKey, end: End, buffer: (u64, u64), nonblocking: bool) -> Served {
        let space = self.space_of(key).ok_or(Errno::ESRCH)?;
        let target = end.other();
        let half = self.pipes.get_mut(end.pipe).ok_or(Errno::EBADF)?.half_mut(target.side);
        if half.life == Life::Closed {
            return Err(Errno::EPIPE);
        }
        let (length, room) = (clamp(buffer.1), half.room());
        if length == 0 {
            return Ok(Done::Value(0));
        }
        if room < length.min(ATOMIC) {
            return if nonblocking { Err(Errno::EAGAIN) } else { self.wait_at(key, WaitPlace::PipeRoom(target)) };
        }
        let count = length.min(room);
        // Most pipes carry little: the ring gets its full size only when it is needed.
        let wanted = half.incoming.len().saturating_add(count);
        half.incoming.reserve(if wanted <= ATOMIC { ATOMIC } else { LIMIT })?;
        add_bytes(&mut self.memory, &mut self.machine, &mut half.incoming, space, (buffer.0, count))?;
        self.wake_all(WaitPlace::PipeData(target));
        self.pipe_ready(target, READ);
        Ok(Done::Value(count))
    }

    /// The last reference to an end is gone. With the second end the pipe goes, too.
    pub(super) fn close_pipe(&mut self, end: End) {
        self.drop_passed(end);
        let Some(pipe) = self.pipes.get_mut(end.pipe) else {
            return;
        };
        let half = pipe.half_mut(end.side);
        half.life = Life::Closed;
        half.description = None;
        half.incoming = Ring::default();
        let last = pipe.half(end.side.other()).life != Life::Open;
        for place in [end, end.other()] {
            self.wake_all(WaitPlace::PipeData(place));
            self.wake_all(WaitPlace::PipeRoom(place));
        }
        if last {
            self.drop_passed(end.other());
            self.pipes.remove(end.pipe);
        } else {
            self.pipe_ready(end.other(), READ | WRITE);
        }
    }

    /// Bytes or the end of the file are readable; a write of [`ATOMIC`] bytes, or EPIPE, would not wait.
    pub(super) fn pipe_readiness(&self, end: End) -> EventFlags {
        let Some(pipe) = self.pipes.get(end.pipe) else {
            return EventFlags::empty();
        };
        let (own, other) = (pipe.half(end.side), pipe.half(end.side.other()));
        let mut flags = EventFlags::empty();
        flags.set(READ, !own.incoming.is_empty() || !own.passed.is_empty() || other.life == Life::Closed);
        flags.set(WRITE, other.room() >= ATOMIC || other.life == Life::Closed);
        flags
    }

    /// Tells the watchers of an end.
    fn pipe_ready(&mut self, end: End, edge: EventFlags) {
        let description = self.pipes.get(end.pipe).and_then(|pipe| pipe.half(end.side).description);
        if let Some(description) = description {
            let flags = edge & self.pipe_readiness(end);
            self.ready(description, flags);
        }
    }
}
