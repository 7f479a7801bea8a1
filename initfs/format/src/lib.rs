//! The flat boot image: its layout and its reader.
//!
//! The kernel maps the image and reads it in place, so parsing checks everything once and copies nothing.
//! Neighbours: `initfs-pack` writes images, the kernel and the boot program read them.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]
