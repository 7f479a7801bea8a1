//! Q: what the client sets.
//!
//! Decides which settings there are. Programs are started directly, not through a shell, with addresses that are the same in
//! each run, so two of them change nothing. Methods of [`Engine`]. Neighbours: `client` keeps them.

use super::client::Variable;
use super::{Answer, name, need, unknown};
use crate::engine::Engine;
use crate::link::Acknowledge;
use crate::process::stops::Catch;
use crate::signal::to_client;
use crate::system::System;
use crate::text::{Reader, hex_bytes};
use alloc::vec::Vec;
use proc_abi::signal::{SigSet, Signal};

impl<S: System> Engine<S> {
    /// A packet of the family Q.
    pub(super) fn option(&mut self, mut reader: Reader<'_>) -> Answer {
        let client = &mut self.client;
        match name(&mut reader) {
            b"StartNoAckMode" => self.link.acknowledge = Acknowledge::None,
            b"PassSignals" => client.pass = passing(&need(numbers(reader))?),
            b"CatchSyscalls" => return self.catch_calls(reader),
            b"EnvironmentHexEncoded" => client.variables.push(Variable::Set(need(hex_bytes(reader.rest()))?)),
            b"EnvironmentUnset" => client.variables.push(Variable::Unset(need(hex_bytes(reader.rest()))?)),
            b"EnvironmentReset" => client.variables.clear(),
            b"SetWorkingDir" => {
                let directory = need(hex_bytes(reader.rest()))?;
                client.directory = Some(directory).filter(|directory| !directory.is_empty());
            }
            b"StartupWithShell" | b"DisableRandomization" => {}
            _ => return unknown(),
        }
        Self::okay()
    }

    fn catch_calls(&mut self, mut reader: Reader<'_>) -> Answer {
        let wanted = match reader.byte() {
            Some(b'0') => Catch::None,
            Some(b'1') if reader.take(";").is_some() => {
                let numbers = reader.rest().split(|&byte| byte == b';').map(|number| {
                    let number = Reader::new(number).number()?;
                    u32::try_from(number).ok()
                });
                Catch::Some(need(numbers.collect())?)
            }
            Some(b'1') => Catch::All,
            _ => return unknown(),
        };
        let (process, _, _) = self.selected()?;
        process.catch = wanted;
        Self::okay()
    }
}

/// The system's signals behind the client's numbers.
fn passing(numbers: &[u8]) -> SigSet {
    let signals = (1..).map_while(Signal::new).filter(|signal| numbers.contains(&to_client(*signal)));
    signals.fold(SigSet::EMPTY, |set, signal| set.union(SigSet::of(signal)))
}

fn numbers(reader: Reader<'_>) -> Option<Vec<u8>> {
    let parts = reader.rest().split(|&byte| byte == b';').filter(|part| !part.is_empty());
    parts.map(|part| Reader::new(part).number().and_then(|number| u8::try_from(number).ok())).collect()
}
