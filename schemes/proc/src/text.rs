//! Text for people, built without ever failing in the middle of a line.
//!
//! Decides that running out of memory is remembered and told once, at the end. Main type: [`Text`]. Neighbours: the nodes
//! that are read as text.

use alloc::vec::Vec;
use core::fmt;

use proc_abi::signal::SigSet;
use ptrace::{Errno, Result};

/// Growing text.
#[derive(Debug, Default)]
pub(crate) struct Text {
    bytes: Vec<u8>,
    failed: bool,
}

impl Text {
    /// Adds formatted text.
    pub(crate) fn add(&mut self, arguments: fmt::Arguments<'_>) {
        if fmt::Write::write_fmt(self, arguments).is_err() {
            self.failed = true;
        }
    }

    /// Adds bytes, each that is not printable ASCII as `?`.
    pub(crate) fn add_name(&mut self, name: &[u8]) {
        for byte in name.iter().take_while(|byte| **byte != 0) {
            let shown = if byte.is_ascii_graphic() || *byte == b' ' { char::from(*byte) } else { '?' };
            self.add(format_args!("{shown}"));
        }
    }

    /// Adds a set of signals by name, or `none`.
    pub(crate) fn add_signals(&mut self, mut set: SigSet) {
        if set.is_empty() {
            self.add(format_args!("none"));
        }
        let mut separator = "";
        while let Some(signal) = set.lowest() {
            set.remove(signal);
            match signal.name() {
                Some(name) => self.add(format_args!("{separator}{name}")),
                None => self.add(format_args!("{separator}{}", signal.number())),
            }
            separator = " ";
        }
    }

    /// The text.
    ///
    /// # Errors
    /// ENOMEM.
    pub(crate) fn finish(self) -> Result<Vec<u8>> {
        if self.failed { Err(Errno::ENOMEM) } else { Ok(self.bytes) }
    }
}

impl fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.bytes.try_reserve(text.len()).map_err(|_| fmt::Error)?;
        self.bytes.extend_from_slice(text.as_bytes());
        Ok(())
    }
}
