//! Boot images.
//!
//! Decides nothing: the promises of an image are checked beside its reader. Neighbour: `initfs_format::image`.

pub use initfs_format::check;
