//! The devices the kernel drives itself: clock, serial lines, log, power.
//!
//! Decides which device stands behind each method of `kernel_core::seam::Devices`, and which interrupt line belongs to
//! whom. All of them are the PC's oldest, because every emulator has those: 8259, 8254, 16550, CMOS. Main type:
//! [`DeviceSet`]. Neighbours: one module per device; `trap/exit.rs` (hands over interrupts).

#[cfg(not(test))]
pub(crate) mod log;
#[cfg(not(test))]
pub(crate) mod pic;
#[cfg(not(test))]
mod port;
#[cfg(not(test))]
pub(crate) mod power;
mod rtc;
#[cfg(not(test))]
pub(crate) mod serial;
#[cfg(not(test))]
mod timer;
mod uptime;

#[cfg(not(test))]
mod set;
#[cfg(not(test))]
pub(crate) use set::DeviceSet;
