//! System calls, and round trips to another process.
//!
//! Decides what the other side of each round trip is: a server over the runtime's loop, the process server, a process that
//! echoes a pipe. Main function: [`measure`]. Neighbours: `target`, `runtime::server`.

use crate::bench::Bench;
use crate::failure::{Verdict, expect};
use crate::rounds::ORDINARY;
use crate::target::Target;
use alloc::vec::Vec;
use core::convert::Infallible;
use runtime::file::status::{Kind, Status};
use runtime::file::{File, OpenFlags, pipe};
use runtime::process::{self, identity};
use runtime::server::{Answer, Context, Position, Request, Scheme, serve};
use runtime::socket::Socket;
use runtime::{Error, Result, time};

/// All of this family.
pub(crate) fn measure(bench: &mut Bench) -> Verdict {
    measure_calls(bench)?;
    measure_scheme(bench)?;
    measure_pipe(bench)
}

fn measure_calls(bench: &mut Bench) -> Verdict {
    let (own, parent) = (process::id(), process::parent_id());
    bench.measure("null_syscall", ORDINARY, || expect("the pid", process::id() as u64, own as u64))?;
    bench.measure("getppid", ORDINARY, || expect("the parent", process::parent_id() as u64, parent as u64))?;
    let group = identity::process_group(0)?;
    bench.measure("process_call_round_trip", ORDINARY, || {
        expect("the process group", identity::process_group(0)? as u64, group as u64)
    })
}

/// A server whose one file takes eight bytes and gives eight bytes.
struct Echo;

/// What is read from the file.
const CONTENTS: [u8; 8] = *b"contents";

impl Scheme for Echo {
    fn open(&mut self, _: &mut Context<'_>, _: &Request<'_>, _: &[u8], _: OpenFlags) -> Answer {
        Answer::Opened(1, Position::None)
    }

    fn read(&mut self, _: &mut Context<'_>, request: &Request<'_>, _: u64) -> Answer {
        request.answer_bytes(&CONTENTS)
    }

    fn write(&mut self, _: &mut Context<'_>, request: &Request<'_>, _: u64) -> Answer {
        let mut bytes = [0; 8];
        match request.copy_in(0, &mut bytes) {
            Ok(()) if bytes == CONTENTS => Answer::Value(bytes.len()),
            Ok(()) => Answer::Failed(Error::EINVAL),
            Err(error) => Answer::Failed(error),
        }
    }

    fn status(&mut self, _: u64) -> Result<Status> {
        Ok(Status::new(Kind::Character, 0o600, 0))
    }

    fn path(&mut self, _: u64) -> Result<Vec<u8>> {
        Err(Error::EBADF)
    }
}

fn serve_echo() -> Result<Infallible> {
    let socket = File::open("scheme:bench", OpenFlags::READ_WRITE | OpenFlags::CREATE)?;
    serve(&Socket::from_file(socket), &mut Echo)
}

/// Opens the server's file as soon as there is a server.
fn open_echo() -> Result<File> {
    const TRIES: usize = 1000;
    for _ in 0..TRIES {
        match File::open("bench:file", OpenFlags::READ_WRITE) {
            Err(Error::ENODEV) => time::yield_now(),
            outcome => return outcome,
        }
    }
    Err(Error::ENODEV)
}

fn measure_scheme(bench: &mut Bench) -> Verdict {
    let server = Target::untraced(|| {
        // It ends when it is killed.
        let _ = serve_echo();
    })?;
    let file = open_echo()?;
    bench.measure("scheme_round_trip", ORDINARY, || expect("bytes written", file.write(&CONTENTS)? as u64, 8))?;
    let mut bytes = [0; 8];
    bench.measure("scheme_read_round_trip", ORDINARY, || {
        expect("bytes read", file.read(&mut bytes)? as u64, 8)?;
        expect("the contents", u64::from_le_bytes(bytes), u64::from_le_bytes(CONTENTS))
    })?;
    server.finish()
}

fn measure_pipe(bench: &mut Bench) -> Verdict {
    let (near, far) = pipe::pair()?;
    let echo = Target::untraced(|| echo_pipe(&far))?;
    let mut byte = [b'x'];
    bench.measure("pipe_round_trip", ORDINARY, || {
        expect("bytes written", near.write(b"x")? as u64, 1)?;
        expect("bytes read", near.read(&mut byte)? as u64, 1)
    })?;
    echo.finish()
}

fn echo_pipe(end: &File) {
    let mut byte = [0];
    while let Ok(1) = end.read(&mut byte)
        && let Ok(1) = end.write(&byte)
    {}
}
