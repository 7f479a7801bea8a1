//! Writes boot images on the host: which files go in, and how they are laid out.
//!
//! [`Contents`] gathers files (from the manifest, from the command line, from a test), [`Contents::to_image`] writes
//! them as `initfs-format` reads them. The binary of the same name is a command line around this library; the QEMU
//! harness in tests/qemu uses the library itself. Neighbours: `initfs-format` owns the layout.
#![forbid(unsafe_code)]

mod contents;
mod layout;
mod manifest;
mod with;

pub use contents::{Contents, PackedFile};
pub use manifest::{Manifest, Sources};
pub use with::WithFile;
