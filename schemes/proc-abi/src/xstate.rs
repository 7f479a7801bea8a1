//! The extended processor state: what PT_GETXSTATE_INFO tells and what a written image must look like.
//!
//! Decides layouts only; the kernel validates images. Main type: [`XstateInfo`]. Neighbours: `ptrace::request::xstate`,
//! `kernel-core::frame`. FreeBSD: x86/include/ptrace.h (struct ptrace_xstate_info); SDM vol. 1, section 13.4.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// FreeBSD's `struct ptrace_xstate_info`, 16 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct XstateInfo {
    /// Enabled components.
    pub mask: u64,
    /// Bytes of the whole image.
    pub len: u32,
    /// Padding, 0.
    pub pad: u32,
}

const _: () = assert!(size_of::<XstateInfo>() == 16);

/// Bytes of the legacy (FXSAVE) part of an image.
pub const LEGACY_SIZE: usize = 512;
/// Bytes of the header after it.
pub const HEADER_SIZE: usize = 64;
/// Largest image there is: all components that processors have today, the tile registers included.
pub const XSTATE_MAX: usize = 16 * 1024;
