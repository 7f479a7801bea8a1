//! The bytes of one register.
//!
//! Decides that they are kept where they are used: a stop reply tells eighteen. Main type: [`Value`]. Neighbour: `registers`.

use core::ops::Deref;

/// Bytes of the longest register.
const LONGEST: usize = 16;

/// Up to sixteen bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Value {
    bytes: [u8; LONGEST],
    length: usize,
}

impl Value {
    /// These bytes, cut or continued by zeros to a length.
    pub(super) fn new(bytes: &[u8], length: usize) -> Self {
        let mut value = Self { bytes: [0; LONGEST], length: length.min(LONGEST) };
        value.bytes.iter_mut().zip(bytes.iter().take(length)).for_each(|(place, byte)| *place = *byte);
        value
    }
}

impl Deref for Value {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}
