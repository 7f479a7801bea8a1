//! The machine: what the one processor has loaded, and the devices.
//!
//! Decides what is remembered between two runs, so that only what changed is loaded again. Main types: [`Machine`],
//! [`Loaded`]. Neighbours: `run`, `extended`, `paging`, `device`, which implement the core's traits on it.

use kernel_core::seam::{Context, Frame, Root};

use crate::boot::processor::Features;
use crate::device::DeviceSet;
use crate::extended::Extended;

/// No thread's frame: nothing below 16 TiB has this number.
pub(crate) const NO_FRAME: Frame = Frame(u32::MAX);

/// The one processor and its devices. There is one value of this type: boot makes it.
#[derive(Debug)]
pub struct Machine {
    pub(crate) loaded: Loaded,
    pub(crate) features: Features,
    pub(crate) extended: Extended,
    pub(crate) devices: DeviceSet,
    address_space_switches: u64,
}

/// What belongs to the thread that ran last and is still in the processor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Loaded {
    /// FS base.
    pub(crate) fs_base: u64,
    /// GS base.
    pub(crate) gs_base: u64,
    /// Whose extended state is live; [`NO_FRAME`] when nobody's.
    pub(crate) extended: Frame,
    /// What CR3 holds.
    pub(crate) root: Root,
}

impl Loaded {
    /// Zero if and only if `context` needs nothing loaded.
    #[inline(always)]
    pub(crate) fn difference(&self, context: &Context) -> u64 {
        let frames = |extended: Frame, root: Root| u64::from(extended.0) | u64::from(root.0.0) << 32;
        (self.fs_base ^ context.fs_base)
            | (self.gs_base ^ context.gs_base)
            | (frames(self.extended, self.root) ^ frames(context.extended, context.root))
    }
}

impl Machine {
    pub(crate) fn new(root: Root, features: Features, extended: Extended, devices: DeviceSet) -> Self {
        let loaded = Loaded { fs_base: 0, gs_base: 0, extended: NO_FRAME, root };
        Self { loaded, features, extended, devices, address_space_switches: 0 }
    }

    /// How often CR3 was loaded: what TLB flushes cost does not show in instruction counts.
    #[must_use]
    pub fn address_space_switches(&self) -> u64 {
        self.address_space_switches
    }

    pub(crate) fn count_address_space_switch(&mut self) {
        self.address_space_switches = self.address_space_switches.wrapping_add(1);
    }
}
