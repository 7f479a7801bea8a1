//! The kernel's composition root: puts machine, core and boot image together.
//!
//! Nothing is decided here: the machine knows the hardware, the core knows the rules, and this file only introduces
//! them to each other.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use core::panic::PanicInfo;
use kernel_core::seam::{Exit, Interrupt};
use kernel_core::{BootInformation, Core};
use kernel_machine::Machine;

kernel_machine::entry!(main);

fn main(machine: Machine, found: kernel_machine::boot::BootInformation) -> ! {
    let (usable, image, image_bytes) = (&found.usable, found.image.frames(), found.image_bytes());
    let information = BootInformation { usable, image, image_bytes };
    match Core::boot(machine, &information) {
        Ok(core) => run(core),
        Err(error) => refuse(&error),
    }
}

/// For ever: pick a thread, run it, handle what it did; wait when there is none, or let the kernel's own jobs go on.
fn run(mut core: Core<Machine>) -> ! {
    loop {
        let exit = match core.schedule() {
            Some((machine, context)) => machine.run(context),
            None => Exit::Interrupt(idle(&mut core)),
        };
        core.handle(exit);
    }
}

/// The kernel's own work goes on after a look at the devices; without any, the processor sleeps.
fn idle(core: &mut Core<Machine>) -> Interrupt {
    if core.has_work() { core.machine().poll() } else { core.machine().wait() }
}

#[expect(clippy::panic, reason = "without a first program there is nothing to run")]
fn refuse(error: &kernel_core::BootError) -> ! {
    panic!("the system cannot start: {error:?}")
}

#[panic_handler]
fn panic(information: &PanicInfo<'_>) -> ! {
    kernel_machine::report_panic(information)
}
