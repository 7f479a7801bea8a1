//! g, G, p, P: registers of the selected thread.
//!
//! Decides nothing but the order: that of the numbers. A register that cannot be read is shown as unavailable. Methods of
//! [`Engine`]. Neighbours: `process::registers` has the places, `description` the names.

use super::{Answer, MALFORMED, need, text};
use crate::engine::Engine;
use crate::process::Process;
use crate::process::expedite::Expedite;
use crate::process::registers::{AVX, COUNT, COUNT_AVX, Register};
use crate::system::System;
use crate::text::{Reader, Text, hex_bytes};
use proc_abi::id::Tid;

impl Process {
    /// How many registers a thread has: with AVX or without.
    pub(crate) fn register_count<S: System>(&self, system: &mut S, tid: Tid) -> usize {
        let components = system.extended_components(self.pid, tid).unwrap_or(0);
        if components & AVX == 0 { COUNT } else { COUNT_AVX }
    }
}

impl<S: System> Engine<S> {
    /// g.
    pub(super) fn read_registers(&mut self) -> Answer {
        let (process, system, tid) = self.selected()?;
        // A process that runs has none to show.
        process.general(system, tid)?;
        let mut reply = Text::default();
        for register in (0..process.register_count(system, tid)).filter_map(Register::numbered) {
            match process.register(system, tid, register) {
                Ok(value) => reply.add_hex(&value),
                Err(_) => reply.add(format_args!("{:x<1$}", "", register.length().saturating_mul(2))),
            };
        }
        text(reply)
    }

    /// G.
    pub(super) fn write_registers(&mut self, reader: Reader<'_>) -> Answer {
        let bytes = need(hex_bytes(reader.rest()))?;
        let (process, system, tid) = self.selected()?;
        let mut rest = bytes.as_slice();
        for register in (0..process.register_count(system, tid)).filter_map(Register::numbered) {
            let (value, later) = rest.split_at_checked(register.length()).ok_or(MALFORMED)?;
            process.set_register(system, tid, register, value)?;
            rest = later;
        }
        Self::okay()
    }

    /// p.
    pub(super) fn read_register(&mut self, mut reader: Reader<'_>) -> Answer {
        let register = need(numbered(&mut reader))?;
        let (process, system, tid) = self.selected()?;
        let value = process.register(system, tid, register)?;
        let mut reply = Text::default();
        reply.add_hex(&value);
        text(reply)
    }

    /// P.
    pub(super) fn write_register(&mut self, mut reader: Reader<'_>) -> Answer {
        let register = need(numbered(&mut reader))?;
        need(reader.take("="))?;
        let value = need(hex_bytes(reader.rest()))?;
        let (process, system, tid) = self.selected()?;
        process.set_register(system, tid, register, &value)?;
        if register.is_program_counter() {
            process.expedite = Expedite::All;
        }
        Self::okay()
    }
}

fn numbered(reader: &mut Reader<'_>) -> Option<Register> {
    Register::numbered(usize::try_from(reader.number()?).ok()?)
}
