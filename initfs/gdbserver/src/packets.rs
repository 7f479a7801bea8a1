//! Packets: which handler each has.
//!
//! Decides by the first letter, and for the families q, Q and v by the name up to its first separator. A packet that is not
//! known gets the empty reply, by which the client knows that it is not. Main types: [`Reply`], [`Answer`]. Neighbours: one
//! file for each family below; docs/gdb.md lists what is there and what is not.

mod breakpoint;
pub(crate) mod client;
mod description;
pub(crate) mod file;
mod memory;
mod monitor;
mod options;
mod query;
mod registers;
mod resume;
mod start;
mod threads;
mod transfer;

use crate::engine::Engine;
use crate::system::{Failure, System};
use crate::text::{Reader, Text};
use kernel_abi::redox::error::EINVAL;

/// What a packet is answered with.
#[derive(Debug)]
pub(crate) enum Reply {
    /// This.
    Text(Text),
    /// Nothing until something stops.
    Later,
}

/// A reply, or the error to tell.
pub(crate) type Answer = Result<Reply, Failure>;

/// The packet makes no sense.
pub(crate) const MALFORMED: Failure = Failure(EINVAL.unsigned_abs());

/// The empty reply: there is no such packet here.
pub(crate) fn unknown() -> Answer {
    Ok(Reply::Text(Text::default()))
}

/// A reply of this text.
pub(crate) fn text(text: Text) -> Answer {
    Ok(Reply::Text(text))
}

/// What a packet must have.
pub(crate) fn need<T>(part: Option<T>) -> Result<T, Failure> {
    part.ok_or(MALFORMED)
}

impl<S: System> Engine<S> {
    /// Does what a packet asks for.
    pub(crate) fn dispatch(&mut self, packet: &[u8]) -> Answer {
        let mut reader = Reader::new(packet);
        match reader.byte() {
            Some(b'!') => self.extend(),
            Some(b'?') => self.why(),
            Some(b'c' | b'C' | b's' | b'S') => self.resume_plainly(packet),
            Some(b'D') => self.detach(reader),
            Some(b'g') => self.read_registers(),
            Some(b'G') => self.write_registers(reader),
            Some(b'H') => self.select(reader),
            Some(b'k') => self.kill_all(),
            Some(b'm') => self.read_memory(reader),
            Some(b'M') => self.write_memory(reader),
            Some(b'X') => self.write_binary(reader),
            Some(b'p') => self.read_register(reader),
            Some(b'P') => self.write_register(reader),
            Some(b'R') => self.restart(),
            Some(b'T') => self.is_alive(reader),
            Some(b'z') => self.remove_point(reader),
            Some(b'Z') => self.insert_point(reader),
            Some(b'q') => self.query(reader),
            Some(b'Q') => self.option(reader),
            Some(b'v') => self.verb(reader),
            _ => unknown(),
        }
    }

    fn verb(&mut self, mut reader: Reader<'_>) -> Answer {
        match name(&mut reader) {
            b"Attach" => self.attach_to(reader),
            b"Cont" => self.resume_threads(reader),
            b"Cont?" => text(Text::from("vCont;c;C;s;S;r")),
            b"CtrlC" => {
                self.interrupt();
                Self::okay()
            }
            b"File" => self.file(reader),
            b"Kill" => self.kill_one(reader),
            b"Run" => self.run_program(reader),
            _ => unknown(),
        }
    }
}

/// Takes a name and the separator behind it.
fn name<'a>(reader: &mut Reader<'a>) -> &'a [u8] {
    let rest = reader.rest();
    let end = rest.iter().position(|byte| b":;,".contains(byte)).unwrap_or(rest.len());
    *reader = Reader::new(rest.get(end.saturating_add(1)..).unwrap_or_default());
    rest.get(..end).unwrap_or_default()
}
