//! Z and z: breakpoints, watchpoints, and conditions that are tried here.
//!
//! Decides that inserting twice is inserting once, with the newer conditions, and that a breakpoint needs memory where it is
//! to be. Methods of [`Engine`]. Neighbours: `process::code` and `process::watch` keep them.

use super::{Answer, MALFORMED, need, unknown};
use crate::engine::Engine;
use crate::process::code::Breakpoint;
use crate::process::watch::Kind;
use crate::system::{Failure, System};
use crate::text::{Reader, hex_bytes};
use alloc::vec::Vec;
use kernel_abi::redox::error::ENOSPC;

/// The processor has no register left.
const NO_ROOM: Failure = Failure(ENOSPC.unsigned_abs());

/// What a packet is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Point {
    Code,
    Watch(Kind),
}

/// A packet's kind, address and length.
fn point(reader: &mut Reader<'_>) -> Result<Option<(Point, u64, u64)>, Failure> {
    let point = match need(reader.byte())? {
        b'0' => Point::Code,
        b'1' => Point::Watch(Kind::Execute),
        b'2' => Point::Watch(Kind::Write),
        b'4' => Point::Watch(Kind::Access),
        _ => return Ok(None),
    };
    need(reader.take(","))?;
    let (address, length) = need(reader.pair())?;
    Ok(Some((point, address, length)))
}

/// Conditions: `;X` LENGTH `,` BYTES, any number of times.
fn conditions(reader: &mut Reader<'_>) -> Option<Vec<Vec<u8>>> {
    let mut list = Vec::new();
    while reader.take(";X").is_some() || reader.take("X").is_some() {
        let length = usize::try_from(reader.number()?).ok()?;
        reader.take(",")?;
        let digits = reader.rest().get(..length.checked_mul(2)?)?;
        list.push(hex_bytes(digits)?);
        *reader = Reader::new(reader.rest().get(digits.len()..)?);
    }
    reader.is_empty().then_some(list)
}

impl<S: System> Engine<S> {
    /// Z.
    pub(super) fn insert_point(&mut self, mut reader: Reader<'_>) -> Answer {
        let Some((point, address, length)) = point(&mut reader)? else { return unknown() };
        let conditions = conditions(&mut reader).ok_or(MALFORMED)?;
        let (process, system, _) = self.selected()?;
        match point {
            Point::Code => {
                process.read_memory(system, address, &mut [0])?;
                process.code.wanted.retain(|breakpoint| breakpoint.address != address);
                process.code.wanted.push(Breakpoint { address, conditions });
            }
            Point::Watch(kind) => process.watch.add(kind, address, length).ok_or(NO_ROOM)?,
        }
        Self::okay()
    }

    /// z.
    pub(super) fn remove_point(&mut self, mut reader: Reader<'_>) -> Answer {
        let Some((point, address, length)) = point(&mut reader)? else { return unknown() };
        let (process, _, _) = self.selected()?;
        match point {
            Point::Code => process.code.wanted.retain(|breakpoint| breakpoint.address != address),
            Point::Watch(kind) => process.watch.remove(kind, address, length),
        }
        Self::okay()
    }
}
