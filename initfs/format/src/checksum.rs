//! The image's checksum: CRC-32 over everything but the checksum itself.
//!
//! It guards against a truncated or damaged load, not against an attacker: whoever can change the image owns the
//! machine anyway. Neighbours: `image` compares, `initfs-pack` writes it last.

use crate::layout::Header;
use core::mem::{offset_of, size_of};
use crc32fast::Hasher;

/// CRC-32 (IEEE) of `image`, leaving out the four bytes in which the header keeps the checksum.
///
/// An image shorter than its header has no checksum field to leave out; all its bytes count then.
#[must_use]
pub fn checksum(image: &[u8]) -> u32 {
    const FIELD: usize = offset_of!(Header, checksum);
    const AFTER: usize = FIELD + size_of::<u32>();
    let mut hasher = Hasher::new();
    match (image.get(..FIELD), image.get(AFTER..)) {
        (Some(before), Some(after)) => {
            hasher.update(before);
            hasher.update(after);
        }
        _ => hasher.update(image),
    }
    hasher.finalize()
}
