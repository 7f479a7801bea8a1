//! The servers that init starts: nobody may kill, stop or trace them.
//!
//! The suite runs as root, which is refused as well. Neighbours: `signals`, `schemes/ptrace` (permission).

use proc_abi::request::Request;
use proc_abi::signal::{SIGKILL, SIGSTOP, SIGTERM};
use proc_abi::status::{ProcessFlags, ProcessStatus};
use runtime::file::directory::Directory;
use runtime::file::{File, OpenFlags};
use runtime::process::ptrace::{self, Address};
use runtime::process::{self, Pid};
use runtime::{Error, proc};
use test_programs::failure::{Failure, Verdict};
use test_programs::suite::Case;
use test_programs::{children, ensure, ensure_equal};

pub(crate) const CASES: &[Case] = &[
    Case { name: "servers cannot be killed, stopped or traced", run: servers_are_protected },
    Case { name: "only init protects", run: only_init_protects },
];

/// The process that runs the program `name` as a child of init.
fn server(name: &str) -> Result<ProcessStatus, Failure> {
    for entry in Directory::open("proc:")?.names()? {
        let number = core::str::from_utf8(&entry.name).ok().and_then(|text| text.parse().ok());
        let Some(status) = number.and_then(Pid::new).and_then(|pid| proc::status(pid).ok()) else { continue };
        if status.parent == 1 && status.name.starts_with(name.as_bytes()) {
            return Ok(status);
        }
    }
    Err(Failure::new(format_args!("no server {name}")))
}

fn servers_are_protected() -> Verdict {
    for name in ["tty", "ram", "null"] {
        let status = server(name)?;
        ensure!(status.flags & ProcessFlags::PROTECTED.bits() != 0, "{name} has flags {:#x}", status.flags);
        let pid = Pid::new(status.pid).ok_or_else(|| Failure::new("no pid"))?;
        for signal in [SIGKILL, SIGSTOP] {
            ensure_equal!((name, process::kill(status.pid, Some(signal))), (name, Err(Error::EPERM)));
        }
        let attached = ptrace::request(Request::Attach.raw(), status.pid, Address::Number(0), 0);
        ensure_equal!((name, attached), (name, Err(Error::EPERM)));
        ensure_equal!((name, proc::Control::open(pid).err()), (name, Some(Error::EPERM)));
        // A signal that could only end it does nothing.
        process::kill(status.pid, Some(SIGTERM))?;
    }
    ensure_equal!(File::open("null:", OpenFlags::READ_WRITE)?.write(b"still there")?, 11);
    Ok(())
}

fn only_init_protects() -> Verdict {
    let child = children::start(|| 0)?;
    ensure_equal!(process::protect(child), Err(Error::EPERM));
    ensure_equal!(Pid::new(process::id()).map(process::protect), Some(Err(Error::EPERM)));
    children::next_change(child, proc_abi::wait::WaitOptions::empty())?;
    Ok(())
}
