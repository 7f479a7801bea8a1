//! The process server's program: its socket, the boot image, and the loop.
//!
//! Decides what it cannot do without: the image and the loader in it, memory for its tables. A native server
//! (docs/programs.md): descriptor 0 is its socket with process authority, 1 the image, 2 the log. Neighbours: `boot` starts
//! it, the library decides everything else.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

mod socket;

use initfs_format::Image;
use proc::{End, InitEnd, Sealed, Server};
use runtime::file::File;
use runtime::loader_arguments::LOADER_PATH;
use runtime::memory::ImageMemory;
use runtime::native::{IMAGE, INIT_ENDED, Program};
use runtime::process::core_dump::DUMPER_PATH;
use runtime::socket::Socket;
use runtime::{Error, eprintln};
use socket::Kernel;

runtime::native_entry!(main);

fn main(_argument: usize) -> i32 {
    match run() {
        Ok(end) => {
            eprintln!("proc: {end}");
            INIT_ENDED
        }
        Err(error) => {
            eprintln!("proc: {error}");
            1
        }
    }
}

/// Serves until init is dead.
fn run() -> runtime::Result<InitEnd> {
    let object = File::from_descriptor(IMAGE);
    let length = usize::try_from(object.status()?.size).map_err(|_| Error::EOVERFLOW)?;
    let bytes = ImageMemory::map(&object, length)?.leak();
    let image = Image::parse_sealed(bytes).map_err(|error| {
        eprintln!("proc: {error}");
        Error::EIO
    })?;
    let (loader, dumper) = (program(&image, &object, LOADER_PATH)?, program(&image, &object, DUMPER_PATH)?);
    let kernel = Kernel { socket: Socket::inherited(), loader, dumper };
    let mut server = Server::new(kernel, Sealed::new(image)).map_err(converted)?;
    server.start_first().map_err(converted)?;
    match server.serve() {
        End::Init(end) => Ok(end),
        End::Kernel(errno) => Err(converted(errno)),
    }
}

fn converted(errno: ptrace::Errno) -> Error {
    Error::from_number(errno.number())
}

/// A program of the boot image that processes are made with.
fn program<'a>(image: &Image<'a>, object: &'a File, path: &str) -> runtime::Result<Program<'a>> {
    let entry = image.find(path).ok_or_else(|| {
        eprintln!("proc: the boot image has no {path}");
        Error::ENOENT
    })?;
    Ok(Program { image: object, offset: entry.data_offset, bytes: entry.data })
}
