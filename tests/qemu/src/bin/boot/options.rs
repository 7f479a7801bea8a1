//! The command line of the `boot` tool.
//!
//! The texts here are what `./build.sh run --help` and `./build.sh exec --help` print, so they speak of those verbs.
//! Neighbours: `main` dispatches, `execute` and `interactive` read their options.

use clap::{Args, Parser, Subcommand};
use initfs_format::BootMode;
use initfs_pack::WithFile;
use qemu_tests::Boot;
use std::path::Path;
use std::time::Duration;

/// Boot the system that ./build.sh built.
#[derive(Debug, Parser)]
#[command(name = "./build.sh", bin_name = "./build.sh", disable_help_subcommand = true)]
pub(crate) struct Options {
    #[command(subcommand)]
    pub(crate) verb: Verb,
    /// Only look at the command line: build.sh does before it builds what is booted.
    #[arg(long, global = true, hide = true)]
    pub(crate) check_arguments: bool,
}

/// What to boot for.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Boot to a shell on this terminal; Ctrl-A x ends it.
    Run(RunOptions),
    /// Boot headless, run one program with this stdin and stdout, exit with its status.
    ///
    /// The kernel's log goes to stderr. The status is the program's own, 128+N if
    /// signal N ended it, 124 if the timeout passed, and 125 if the kernel panicked or
    /// the machine could not be run; a panic is printed with its backtrace.
    #[command(verbatim_doc_comment)]
    Exec(ExecOptions),
    /// Boot with a program under the host's GDB, stopped at its first instruction; the status is GDB's.
    #[command(hide = true)]
    Gdb(GdbOptions),
}

/// How the machine is made, for both verbs.
#[derive(Args, Debug)]
pub(crate) struct MachineOptions {
    /// Add a file to the image, at IMAGE or else
    /// at /bin/NAME; may be given more than once
    #[arg(long, value_name = "HOST[:IMAGE]", verbatim_doc_comment)]
    with: Vec<WithFile>,
    /// Memory of the machine.
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u32).range(16..=65536))]
    memory: Option<u32>,
    /// Let the machine's clock count instructions,
    /// so that two runs agree exactly
    #[arg(long, verbatim_doc_comment)]
    icount: bool,
    /// Let gdbserver listen on this TCP port of
    /// 127.0.0.1: beside the shell, or with PROGRAM
    /// stopped at its start
    #[arg(long, value_name = "PORT", verbatim_doc_comment)]
    gdb: Option<u16>,
}

/// The options of `boot run`.
#[derive(Args, Debug)]
pub(crate) struct RunOptions {
    #[command(flatten)]
    machine: MachineOptions,
}

/// The options of `boot exec`.
#[derive(Args, Debug)]
pub(crate) struct ExecOptions {
    #[command(flatten)]
    machine: MachineOptions,
    /// End the machine after so many seconds.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    timeout: Option<u64>,
    /// The program, by path or name, and its arguments.
    #[arg(last = true, required = true, num_args = 1.., value_names = ["PROGRAM", "ARG"])]
    command: Vec<String>,
}

/// The options of `boot gdb`: build/gdb.sh reads those of the user.
#[derive(Args, Debug)]
pub(crate) struct GdbOptions {
    #[command(flatten)]
    machine: MachineOptions,
    /// Debug this process, by its id or name, while PROGRAM runs on its own.
    #[arg(long, value_name = "NAME|PID")]
    attach: Option<String>,
    /// An argument for GDB.
    #[arg(long, value_name = "ARG", allow_hyphen_values = true)]
    argument: Vec<String>,
    /// The program, by path or name, and its arguments.
    #[arg(last = true, required = true, num_args = 1.., value_names = ["PROGRAM", "ARG"])]
    command: Vec<String>,
}

/// The server in the image, and its options for a process that runs and for a program that it leaves alone.
const SERVER: &str = "/bin/gdbserver";
const ATTACH: &str = "--attach";
const BESIDE: &str = "--beside";
const SHELL: &str = "/bin/sh";

impl RunOptions {
    pub(crate) fn boot(&self) -> Boot {
        let boot = self.machine.apply(Boot::interactive());
        if self.machine.gdb.is_some() { boot.arguments([SERVER, BESIDE, SHELL]) } else { boot }
    }
}

impl ExecOptions {
    pub(crate) fn boot(&self) -> Boot {
        let server = self.machine.gdb.map(|_| SERVER);
        let arguments = server.into_iter().chain(self.command.iter().map(String::as_str));
        self.machine.apply(Boot::interactive().mode(BootMode::Execute).arguments(arguments))
    }

    pub(crate) fn limit(&self) -> Option<Duration> {
        self.timeout.map(Duration::from_secs)
    }
}

impl GdbOptions {
    pub(crate) fn boot(&self) -> Boot {
        let attach = self.attach.iter().flat_map(|name| [ATTACH, name, BESIDE]);
        let arguments = [SERVER].into_iter().chain(attach).chain(self.command.iter().map(String::as_str));
        let boot = Boot::interactive().mode(BootMode::Execute).arguments(arguments).debugger_socket();
        self.machine.apply(boot)
    }

    /// What GDB is given.
    pub(crate) fn arguments(&self) -> &[String] {
        &self.argument
    }

    /// What is debugged, and the host's file that `--with` put there, if one did.
    pub(crate) fn program(&self) -> (&str, Option<&Path>) {
        let program = self.attach.as_ref().or(self.command.first()).map_or("", String::as_str);
        let added = self.machine.with.iter().find(|with| with.image == program);
        (program, added.map(|with| with.host.as_path()))
    }
}

impl MachineOptions {
    fn apply(&self, boot: Boot) -> Boot {
        let mut boot = self.with.iter().cloned().fold(boot, Boot::with);
        if let Some(mib) = self.memory {
            boot = boot.memory(mib);
        }
        if let Some(port) = self.gdb {
            boot = boot.debugger(port);
        }
        if self.icount { boot.icount() } else { boot }
    }
}

#[cfg(test)]
mod tests {
    use super::Options;
    use clap::{CommandFactory, Parser};

    #[test]
    fn the_definition_is_sound() {
        Options::command().debug_assert();
    }

    #[test]
    fn the_help_fits_eighty_columns() {
        for verb in ["run", "exec"] {
            for flag in ["-h", "--help"] {
                let help =
                    Options::try_parse_from(["boot", verb, flag]).expect_err("help ends the reading").to_string();
                assert!(help.contains("--icount") && help.lines().all(|line| line.len() <= 80), "{help}");
            }
        }
    }

    #[test]
    fn exec_needs_a_program_behind_the_dashes() {
        let accepted = |line: &str| Options::try_parse_from(line.split(' ')).is_ok();
        assert!(accepted("boot exec --memory 64 --timeout 5 --with a:/b --with c -- sh -c exit"));
        assert!(accepted("boot run --gdb 1234"));
        for line in ["boot exec", "boot exec sh", "boot exec --memory 1 -- sh", "boot exec --timeout 0 -- sh"] {
            assert!(!accepted(line), "{line}");
        }
    }
}
