//! The kernel's composition root: puts machine, core and boot image together.
//!
//! Nothing is decided here: the machine knows the hardware, the core knows the rules, and this file only introduces
//! them to each other.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use core::panic::PanicInfo;
use kernel_core::seam::Devices;
use kernel_machine::Machine;
use kernel_machine::boot::BootInformation;

kernel_machine::entry!(main);

fn main(mut machine: Machine, information: BootInformation) -> ! {
    log::info!("usable {:?}", information.usable);
    log::info!("image {:?}", information.image);
    log::info!("now {} boot {}", machine.now(), machine.boot_time());
    machine.power_off(0);
    loop {}
}

#[panic_handler]
fn panic(information: &PanicInfo<'_>) -> ! {
    kernel_machine::report_panic(information)
}
