//! The flat boot image: its layout, its reader, and the boot arguments stored in it.
//!
//! The kernel maps the image and reads it in place, so [`Image::parse`] checks everything once, copies nothing and
//! allocates nothing; whatever it hands out afterwards is known to be sound. The set-id bits of a file count in Proctor
//! only because this image is sealed, which is why the reader refuses any image that is not exactly as specified.
//! Neighbours: `initfs-pack` writes images on the host, the kernel and the boot program read them.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

mod arguments;
mod checksum;
mod entry;
mod error;
mod image;
mod layout;
mod listing;
mod path;

pub use arguments::{ArgumentsError, BOOT_ARGUMENTS_PATH, BootArguments, BootMode};
pub use checksum::checksum;
pub use entry::{Entry, Mode};
pub use error::Error;
pub use image::{Entries, Image, check};
pub use layout::{EntryRecord, Header, MAGIC, PAGE_SIZE, VERSION};
pub use listing::{Child, Children};
pub use path::{PATH_LENGTH_MAX, PathError, check_path};
