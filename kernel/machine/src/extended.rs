//! Extended state (x87, SSE, AVX, AVX-512): one frame per thread in the standard XSAVE format (SDM vol. 1, chapter 13).
//!
//! Decides that it moves eagerly: when another thread's turn comes the registers are saved and the new thread's loaded,
//! so nothing stale is ever readable (CVE-2018-3665). The kernel itself is soft-float. A processor without XSAVE gets
//! FXSAVE. Main type: [`Extended`]. Neighbours: `run` (switches), `boot/processor.rs` (which components exist).
#![expect(unsafe_code, reason = "saves and restores extended state")]

use core::arch::asm;
use kernel_core::seam::{ExtendedState, Frame, PAGE_SIZE, PhysicalMemory};

use crate::machine::{Machine, NO_FRAME};
use crate::paging::{PHYSMAP, frame_address};
use crate::trap::{restore_extended, restore_legacy};

/// Bytes of the FXSAVE image.
const LEGACY_BYTES: usize = 512;
/// Legacy image and XSAVE header.
const INITIAL_BYTES: usize = LEGACY_BYTES + 64;
/// FCW at reset: all exceptions masked, 64-bit precision.
const INITIAL_FCW: u16 = 0x37f;
/// MXCSR at reset: all exceptions masked.
const INITIAL_MXCSR: u32 = 0x1f80;
const FCW_OFFSET: usize = 0;
const MXCSR_OFFSET: usize = 24;
const MXCSR_MASK_OFFSET: usize = 28;
/// What the mask means when the processor stores zero (SDM vol. 1, section 11.6.6).
const MXCSR_MASK_DEFAULT: u32 = 0xffbf;
/// XSTATE_BV says that the x87 and SSE parts are in the image.
const INITIAL_COMPONENTS: u64 = 0b11;

/// The image of a thread that has touched nothing.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
struct InitialImage([u8; INITIAL_BYTES]);

/// How extended state is kept.
#[derive(Clone, Debug)]
pub(crate) struct Extended {
    format: Format,
    mxcsr_mask: u32,
    initial: InitialImage,
}

/// The instructions that save and restore.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// XSAVE and XRSTOR with these components, so many bytes.
    Xsave { components: u64, length: usize },
    /// FXSAVE and FXRSTOR.
    Fxsave,
}

impl Extended {
    /// Prepares the initial image; the control registers are set already.
    pub(crate) fn new(format: Format) -> Self {
        let mut image = InitialImage([0; INITIAL_BYTES]);
        // SAFETY: the image is aligned and large enough.
        unsafe { asm!("fxsave64 [{}]", in(reg) &raw mut image, options(nostack, preserves_flags)) };
        let stored =
            image.0.get(MXCSR_MASK_OFFSET..).and_then(<[u8]>::first_chunk).copied().map_or(0, u32::from_le_bytes);
        let mxcsr_mask = if stored == 0 { MXCSR_MASK_DEFAULT } else { stored };

        image.0.fill(0);
        put(&mut image, FCW_OFFSET, &INITIAL_FCW.to_le_bytes());
        put(&mut image, MXCSR_OFFSET, &INITIAL_MXCSR.to_le_bytes());
        put(&mut image, MXCSR_MASK_OFFSET, &mxcsr_mask.to_le_bytes());
        put(&mut image, LEGACY_BYTES, &INITIAL_COMPONENTS.to_le_bytes());
        Self { format, mxcsr_mask, initial: image }
    }
}

fn put(image: &mut InitialImage, offset: usize, bytes: &[u8]) {
    image.0.iter_mut().skip(offset).zip(bytes).for_each(|(place, byte)| *place = *byte);
}

impl ExtendedState for Machine {
    fn extended_length(&self) -> usize {
        match self.extended.format {
            Format::Xsave { length, .. } => length,
            Format::Fxsave => INITIAL_BYTES,
        }
    }

    fn extended_mask(&self) -> u64 {
        match self.extended.format {
            Format::Xsave { components, .. } => components,
            Format::Fxsave => INITIAL_COMPONENTS,
        }
    }

    fn mxcsr_mask(&self) -> u32 {
        self.extended.mxcsr_mask
    }

    fn reset_extended(&mut self, frame: Frame) {
        self.forget_extended(frame);
        self.zero(frame);
        let image = self.extended.initial.clone();
        self.write(frame, 0, &image.0);
    }

    fn save_extended(&mut self, frame: Frame) {
        if self.loaded.extended == frame {
            self.save_live();
        }
    }

    fn forget_extended(&mut self, frame: Frame) {
        if self.loaded.extended == frame {
            self.loaded.extended = NO_FRAME;
        }
    }
}

impl Machine {
    /// Makes the state in `frame` live. `false` when the processor refuses the image; then nobody's state is live.
    pub(crate) fn switch_extended(&mut self, frame: Frame) -> bool {
        if self.loaded.extended != NO_FRAME {
            self.save_live();
        }
        self.loaded.extended = NO_FRAME;
        if !self.restore(image_address(frame)) {
            // What a refused restore leaves behind may still be the last owner's: the initial state replaces it.
            let initial = (&raw const self.extended.initial).expose_provenance();
            assert!(self.restore(initial), "the processor refuses its initial extended state");
            return false;
        }
        self.loaded.extended = frame;
        true
    }

    fn save_live(&self) {
        let image = image_address(self.loaded.extended);
        match self.extended.format {
            // SAFETY: the frame is page-aligned and larger than the image (`boot/processor.rs` checks); it belongs to
            // the thread whose state is live, because a frame is forgotten before it is freed (README.md, "frames").
            Format::Xsave { .. } => unsafe {
                asm!("xsave64 [{}]", in(reg) image, in("eax") -1, in("edx") -1, options(nostack, preserves_flags));
            },
            // SAFETY: as above.
            Format::Fxsave => unsafe { asm!("fxsave64 [{}]", in(reg) image, options(nostack, preserves_flags)) },
        }
    }

    fn restore(&self, image: usize) -> bool {
        let image = core::ptr::with_exposed_provenance(image);
        let refused = match self.extended.format {
            // SAFETY: the image is aligned and readable; one that the processor refuses comes back as 1.
            Format::Xsave { .. } => unsafe { restore_extended(image) },
            // SAFETY: as above.
            Format::Fxsave => unsafe { restore_legacy(image) },
        };
        refused == 0
    }
}

fn image_address(frame: Frame) -> usize {
    PHYSMAP.wrapping_add(frame_address(frame)) as usize
}

/// An image of `length` bytes fits into its frame.
pub(crate) const fn fits(length: usize) -> bool {
    length <= PAGE_SIZE
}
