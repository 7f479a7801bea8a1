//! Starting programs: servers with their sockets, and the session on the console.
//!
//! Decides which descriptors and environment each gets. The socket of a server's scheme is made here and passed on, so the
//! scheme exists before the server runs and no client can come too early. Main functions: [`start_server`],
//! [`start_session`]. Neighbours: `main` says what, `runtime::process::Command` does it.

use init::ServerLine;
use initfs_format::BootMode;
use runtime::Result;
use runtime::file::{CloseOnExec, File, OpenFlags};
use runtime::io::{STANDARD_ERROR, STANDARD_INPUT, STANDARD_OUTPUT};
use runtime::process::execute::Strings;
use runtime::process::{self, Command, Pid};
use runtime::socket::SERVER_SOCKET;

/// What an interactive system runs.
pub(crate) const SHELL: &str = "/bin/sh";

/// The scheme of the console, and the argument that tells its server of a host that is no person.
const CONSOLE: &str = "console";
const NOT_INTERACTIVE: &str = "--execute";

/// What every program finds in its environment.
const ENVIRONMENT: [&str; 4] = ["PATH=/bin:/sbin", "HOME=/", "PWD=/", "TERM=xterm"];

/// Puts the kernel's log behind all three standard descriptors, so that messages arrive from the start.
pub(crate) fn open_log() -> Result<()> {
    let log = File::open("log:", OpenFlags::WRITE)?;
    for target in [STANDARD_INPUT, STANDARD_OUTPUT, STANDARD_ERROR] {
        if log.descriptor() != target {
            let _ = log.duplicate_to(target)?.into_descriptor();
        }
    }
    if log.descriptor() <= STANDARD_ERROR {
        let _ = log.into_descriptor();
    }
    Ok(())
}

/// Starts a server with the socket of its new scheme as descriptor 0 and the log as 1 and 2, and has it protected: others
/// depend on it.
pub(crate) fn start_server(line: &ServerLine<'_>, mode: BootMode) -> Result<()> {
    let socket = File::open(alloc::format!("scheme:{}", line.scheme), OpenFlags::READ_WRITE | OpenFlags::CREATE)?;
    socket.set_close_on_exec(CloseOnExec::Yes)?;
    let mut command = Command::new(line.program)?;
    for argument in line.arguments() {
        command.argument(argument)?;
    }
    if line.scheme == CONSOLE && mode != BootMode::Interactive {
        command.argument(NOT_INTERACTIVE)?;
    }
    command.variables(Strings::from_strings(ENVIRONMENT)?);
    command.descriptor(SERVER_SOCKET, &socket)?;
    // No other program runs yet, so nobody can come in between.
    command.spawn().and_then(|child| process::protect(child.pid()))
}

/// Starts what the system was booted for on the console, as the leader of a session that has it.
pub(crate) fn start_session(mode: BootMode, arguments: &[&[u8]]) -> Result<Pid> {
    let mut words = arguments.iter();
    let program = match (words.next(), mode) {
        (Some(program), _) => program,
        (None, BootMode::Interactive | BootMode::Execute | BootMode::Test) => SHELL.as_bytes(),
    };
    let mut command = Command::new(program)?;
    for argument in words {
        command.argument(argument)?;
    }
    let console = File::open("console:", OpenFlags::READ_WRITE | OpenFlags::CLOSE_ON_EXEC)?;
    for target in [STANDARD_INPUT, STANDARD_OUTPUT, STANDARD_ERROR] {
        command.descriptor(target, &console)?;
    }
    command.variables(Strings::from_strings(ENVIRONMENT)?).session_leader();
    command.spawn().map(|child| child.pid())
}
