//! The kernel's composition root: it will put machine, core and boot image together.
//!
//! Nothing is decided here: the machine knows the hardware, the core knows the rules, and this file only introduces
//! them to each other.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use core::panic::PanicInfo;

/// Stops for good: without a machine there is nobody to report to.
#[panic_handler]
fn panic(_info: &PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
