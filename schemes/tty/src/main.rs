//! The console's server: one serial line, many clients, one scheme named `console`.
//!
//! Decides only where bytes and signals go; what they mean is the library's business. `--execute` says that the other end
//! of the line is a pipe and no person. Neighbours: `console` (the requests), init (starts this with its socket as
//! descriptor 0), the kernel's `serial:`.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

extern crate alloc;

mod console;
mod line;

use console::Console;
use runtime::environment;
use runtime::server::serve;
use runtime::socket::Socket;
use runtime::terminal::settings::Settings;
use tty::discipline::EndOfFile;

runtime::entry!(main);

fn main() -> runtime::Result<core::convert::Infallible> {
    let piped = environment::arguments().any(|argument| argument == b"--execute");
    let (settings, end_of_file) =
        if piped { (Settings::piped(), EndOfFile::Forever) } else { (Settings::interactive(), EndOfFile::Once) };
    let socket = Socket::inherited();
    let mut console = Console::new(settings, end_of_file)?;
    console.watch(&socket)?;
    serve(&socket, &mut console)
}
