//! The servers of the schemes `null` and, with `--zero`, `zero`.
//!
//! Decides that writes are taken and forgotten. Neighbours: the library (lengths), init (starts this twice, each time with
//! a socket as descriptor 0).
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::vec::Vec;
use null::Device;
use runtime::file::OpenFlags;
use runtime::file::status::{Kind, Status};
use runtime::server::{Answer, Context, Position, Request, Scheme, serve};
use runtime::socket::Socket;
use runtime::{Error, Result, environment};

/// Most zeros of one read.
const PIECE: usize = 4096;
/// The number of every open file: they do not differ.
const HANDLE: u64 = 1;

runtime::entry!(main);

fn main() -> Result<core::convert::Infallible> {
    let device = Device::from_argument(environment::arguments().nth(1));
    serve(&Socket::inherited(), &mut Server(device))
}

#[derive(Debug)]
struct Server(Device);

impl Scheme for Server {
    fn open(&mut self, _: &mut Context<'_>, _: &Request<'_>, path: &[u8], _: OpenFlags) -> Answer {
        if path.is_empty() { Answer::Opened(HANDLE, Position::None) } else { Answer::Failed(Error::ENOENT) }
    }

    fn read(&mut self, _: &mut Context<'_>, request: &Request<'_>, _: u64) -> Answer {
        let zeros = [0; PIECE];
        let length = self.0.read_length(request.length(), PIECE);
        request.answer_bytes(zeros.get(..length).unwrap_or_default())
    }

    fn write(&mut self, _: &mut Context<'_>, request: &Request<'_>, _: u64) -> Answer {
        usize::try_from(request.length()).map_err(|_| Error::EINVAL).into()
    }

    fn status(&mut self, _: u64) -> Result<Status> {
        Ok(Status::new(Kind::Character, 0o666, 0))
    }

    fn size(&mut self, _: u64) -> Result<u64> {
        Err(Error::ESPIPE)
    }

    fn path(&mut self, _: u64) -> Result<Vec<u8>> {
        let name = self.0.name();
        let mut path = Vec::new();
        path.try_reserve_exact(name.len().saturating_add(1))?;
        path.extend_from_slice(name.as_bytes());
        path.push(b':');
        Ok(path)
    }
}
