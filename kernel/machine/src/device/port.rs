//! I/O ports as safe functions, for the devices that this kernel owns.
//!
//! Decides which ports may be touched from safe code: only [`Port`]s named here or in the device modules, each of which is the whole
//! owner of its device. Main type: [`Port`]. Neighbours: every other module of `device`.
#![expect(unsafe_code, reason = "port instructions")]

use x86::io::{inb, outb, outw};

/// A port of a device that cannot reach memory: no DMA, so nothing written to it can break what Rust relies on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Port(pub(super) u16);

impl Port {
    /// The port `offset` after this one.
    pub(super) const fn at(self, offset: u16) -> Self {
        Self(self.0.wrapping_add(offset))
    }

    /// Reads a byte.
    #[inline]
    pub(super) fn read(self) -> u8 {
        // SAFETY: the kernel runs in ring 0; see the type for what a port may be.
        unsafe { inb(self.0) }
    }

    /// Writes a byte.
    #[inline]
    pub(super) fn write(self, value: u8) {
        // SAFETY: as in `read`.
        unsafe { outb(self.0, value) };
    }

    /// Writes two bytes.
    pub(super) fn write_word(self, value: u16) {
        // SAFETY: as in `read`.
        unsafe { outw(self.0, value) };
    }
}
