//! The first program: starts the process server and the boot-files server from the image, then watches over them.
//!
//! Decides which servers exist before there are processes, and that the machine stops when one of them dies: nothing
//! could go on without. Started by the kernel with its socket, the image and the log as descriptors 0, 1 and 2. Neighbours:
//! `servers` (starting), `watch` (the inbox), `schemes/proc`, which starts init.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

mod image;
mod power;
mod servers;
mod watch;

use power::Failed;
use runtime::eprintln;
use runtime::socket::Socket;

runtime::native_entry!(main);

fn main(_argument: usize) -> i32 {
    let socket = Socket::inherited();
    let outcome = image::map().and_then(|image| servers::start_all(&socket, &image));
    let failed = match outcome {
        Ok(servers) => watch::watch(&socket, &servers),
        Err(failure) => {
            eprintln!("boot: {failure}");
            Failed::System
        }
    };
    power::stop_machine(failed);
    1
}
