//! The boot-files server: serves the boot image as the scheme `file`.
//!
//! Decides nothing: `tree` knows the files, `serve` answers requests. A native server (docs/programs.md): descriptor 0 is
//! its socket, 1 the image. Neighbours: `boot` starts it, every path without a scheme's name comes here.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

mod serve;

use bootfs::Tree;
use runtime::file::File;
use runtime::memory::ImageMemory;
use runtime::socket::Socket;
use runtime::{Error, eprintln, native};

runtime::native_entry!(main);

fn main(_argument: usize) -> i32 {
    match run() {
        Ok(never) => match never {},
        Err(error) => {
            eprintln!("bootfs: {error}");
            1
        }
    }
}

fn run() -> runtime::Result<core::convert::Infallible> {
    let object = File::from_descriptor(native::IMAGE);
    let length = usize::try_from(object.status()?.size).map_err(|_| Error::EOVERFLOW)?;
    let bytes = ImageMemory::map(&object, length)?.leak();
    let tree = Tree::new(bytes).map_err(|error| {
        eprintln!("bootfs: {error}");
        Error::EIO
    })?;
    runtime::server::serve(&Socket::inherited(), &mut serve::BootFiles::new(tree, &object))
}
