//! qXfer: objects that are read piece by piece.
//!
//! Decides which objects there are. Each piece is cut from the object as it is then, which is the same one as long as
//! everything is stopped. Methods of [`Engine`]. Neighbours: `description`, `osdata`, and `linux` make objects.

mod osdata;

use super::{Answer, MALFORMED, Reply, name, need, threads, unknown};
use crate::engine::{Engine, NOBODY};
use crate::link::fitting;
use crate::linux;
use crate::packets::description;
use crate::process::registers::COUNT_AVX;
use crate::system::{self, Outcome, System};
use crate::text::{Reader, Text};
use alloc::vec::Vec;
use proc_abi::id::{Pid, Tid};

/// Bytes of a thread in the list.
const THREAD: usize = 64;

impl<S: System> Engine<S> {
    /// qXfer:OBJECT:read:ANNEX:OFFSET,LENGTH.
    pub(super) fn transfer(&mut self, mut reader: Reader<'_>) -> Answer {
        let object = name(&mut reader);
        if name(&mut reader) != b"read" {
            return unknown();
        }
        let annex = reader.until(b':');
        let (offset, length) = need(reader.pair())?;
        let content = match object {
            b"features" if annex == b"target.xml" => self.describe_target()?,
            b"threads" => self.describe_threads(),
            b"exec-file" => self.executable(annex)?,
            b"auxv" => {
                let (process, system, _) = self.selected()?;
                linux::auxv::translate(&system.text(process.pid, system::Text::AuxiliaryVector)?)
            }
            b"siginfo" => {
                let (process, system, tid) = self.selected()?;
                linux::siginfo::translate(&system.signal_information(process.pid, tid)?)
            }
            b"osdata" => self.system_data(annex)?,
            b"features" => return Err(MALFORMED),
            _ => return unknown(),
        };
        piece(&content, offset, length)
    }

    fn describe_target(&mut self) -> Outcome<Vec<u8>> {
        let (process, system, tid) = self.selected()?;
        let avx = process.register_count(system, tid) == COUNT_AVX;
        Ok(description::of(if avx { description::Vectors::Avx } else { description::Vectors::Sse }))
    }

    fn describe_threads(&mut self) -> Vec<u8> {
        let naming = self.client.naming;
        let threads = self.all_threads();
        let mut list = Text::with_room(threads.len().saturating_add(1).saturating_mul(THREAD));
        list.add_text("<threads>");
        for (pid, thread) in threads {
            let Some(tid) = Tid::new(thread.tid) else { continue };
            list.add_text("<thread id=\"");
            naming.add(&mut list, pid, tid);
            list.add_text("\" name=\"").add_xml(threads::name(&thread));
            // That it is stopped goes without saying, and the list of a hundred threads is one packet.
            match threads::state(&thread) {
                "stopped" => list.add_text("\"/>"),
                state => list.add_text("\">").add_text(state).add_text("</thread>"),
            };
        }
        list.add_text("</threads>");
        list.0
    }

    fn executable(&mut self, annex: &[u8]) -> Outcome<Vec<u8>> {
        let pid = if annex.is_empty() {
            self.selected()?.0.pid
        } else {
            let number = need(Reader::new(annex).number())?;
            i32::try_from(number).ok().and_then(Pid::new).ok_or(NOBODY)?
        };
        self.system.text(pid, system::Text::Executable)
    }
}

/// A part of an object: `m` if more follows, `l` if it is the last.
fn piece(content: &[u8], offset: u64, length: u64) -> Answer {
    let start = usize::try_from(offset).unwrap_or(usize::MAX).min(content.len());
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let rest = content.get(start..).unwrap_or_default();
    let part = fitting(rest.get(..length).unwrap_or(rest));
    let mut reply = Text::with_room(part.len().saturating_add(1));
    reply.add_text(if part.len() < rest.len() { "m" } else { "l" });
    reply.0.extend_from_slice(part);
    Ok(Reply::Text(reply))
}
