//! What init decides without the system: the list of servers, and how an end is told to the host.
//!
//! Decides the grammar of /etc/servers and of the verdict line. Main types: [`ServerLine`]; main function: [`verdict`].
//! Neighbours: `main.rs` starts and waits, tests/qemu reads the verdict.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::format;
use alloc::string::String;
use proc_abi::wait::WaitStatus;

/// One server to start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerLine<'a> {
    /// Name of its scheme.
    pub scheme: &'a str,
    /// Path of its program.
    pub program: &'a str,
    rest: &'a str,
}

impl<'a> ServerLine<'a> {
    /// The arguments that follow the program.
    pub fn arguments(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.rest.split_ascii_whitespace()
    }
}

/// The servers in a text of lines `SCHEME PROGRAM [ARGUMENT]...`; empty lines and what follows `#` do not count. A line
/// without a program is given as an error.
pub fn server_lines(text: &str) -> impl Iterator<Item = Result<ServerLine<'_>, &str>> {
    let lines = text.lines().map(|line| line.split_once('#').map_or(line, |(line, _)| line).trim());
    lines.filter(|line| !line.is_empty()).map(|line| {
        let (scheme, rest) = line.split_once(char::is_whitespace).ok_or(line)?;
        let rest = rest.trim_start();
        let (program, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        Ok(ServerLine { scheme, program, rest })
    })
}

/// The line that tells the host how the program ended; none for a change that is no end.
#[must_use]
pub fn verdict(status: WaitStatus) -> Option<String> {
    match status {
        WaitStatus::Exited(code) => Some(format!("exit status {code}\n")),
        WaitStatus::Killed(signal) | WaitStatus::Dumped(signal) => Some(format!("exit signal {}\n", signal.number())),
        WaitStatus::Stopped(_) | WaitStatus::Continued => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{server_lines, verdict};
    use proc_abi::signal::{SIGKILL, SIGSTOP};
    use proc_abi::wait::WaitStatus;

    #[test]
    fn servers_are_read_line_by_line() {
        let text = "# servers\nconsole /sbin/tty\n\n  tmp   /sbin/ram  -s 1M # in memory\nbroken\n";
        let lines: Vec<_> = server_lines(text).collect();
        let [Ok(console), Ok(tmp), Err("broken")] = lines.as_slice() else { panic!("{lines:?}") };
        assert_eq!((console.scheme, console.program, console.arguments().count()), ("console", "/sbin/tty", 0));
        assert_eq!((tmp.scheme, tmp.program), ("tmp", "/sbin/ram"));
        assert_eq!(tmp.arguments().collect::<Vec<_>>(), ["-s", "1M"]);
    }

    #[test]
    fn an_end_has_a_verdict() {
        assert_eq!(verdict(WaitStatus::Exited(7)).as_deref(), Some("exit status 7\n"));
        assert_eq!(verdict(WaitStatus::Killed(SIGKILL)).as_deref(), Some("exit signal 9\n"));
        assert_eq!(verdict(WaitStatus::Stopped(SIGSTOP)), None);
    }
}
