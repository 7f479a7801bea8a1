//! A kernel that tests the machine and nothing else: it boots by itself, runs user code of a few instructions, and says
//! what came back.
//!
//! Decides the order of the cases and prints one verdict a line (tests/qemu/README.md). The command line may ask
//! for something else: `counted` holds costs to their limits as well (the clock has to count instructions); `fault NAME`
//! does one forbidden thing instead, which is expected to panic; `echo` sends back what COM1 receives.
//! Neighbours: `cases` (what is tested), `bench` (memory and threads for them), tests/qemu/tests/machine.rs (boots this).
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

extern crate alloc;

mod bench;
mod cases;
mod echo;
mod faults;
mod programs;
mod verdict;

use alloc::format;
use core::panic::PanicInfo;
use kernel_core::seam::Devices;
use kernel_machine::Machine;
use kernel_machine::boot::BootInformation;

use bench::Bench;

kernel_machine::entry!(main);

fn main(machine: Machine, information: BootInformation) -> ! {
    let mut bench = Bench::new(machine, &information);
    let order = str::from_utf8(information.command_line).unwrap_or("").trim();
    if let Some(name) = order.strip_prefix("fault ") {
        faults::commit(name, &mut bench);
    }
    if order == "echo" {
        echo::run(&mut bench);
    }
    bench.counts_instructions = order == "counted";
    bench.say(&format!("plan {}", cases::ALL.len()));
    for (number, case) in (1_u32..).zip(cases::ALL) {
        match bench.run_case(*case) {
            Ok(()) => bench.say(&format!("ok {number} {}", case.name)),
            Err(reason) => bench.say(&format!("not ok {number} {}: {reason}", case.name)),
        }
    }
    bench.machine.power_off(0);
    loop {
        core::hint::spin_loop();
    }
}

#[panic_handler]
fn panic(information: &PanicInfo<'_>) -> ! {
    kernel_machine::report_panic(information)
}
