//! The machine that QEMU is to be: its options, and the command line that makes it.
//!
//! One processor, TCG, no devices that nobody asked for: COM1 is the console, COM2 the debugger's line, port 0xe9 the
//! kernel's log, port 0xf4 the way out. With [`Timing::Counted`] the clock counts instructions, so two runs agree
//! exactly. Neighbours: `session` starts what is described here.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What the guest's clock counts.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Timing {
    /// The host's time.
    #[default]
    Host,
    /// Instructions, one nanosecond each: repeatable, and the unit of all figures.
    Counted,
}

/// Where COM2 leads.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Debugger {
    /// Nowhere.
    #[default]
    None,
    /// To this TCP port of the host's loopback interface, where a debugger may connect at any time.
    Port(u16),
    /// To the socket that [`crate::Session::debugger`] names, so that no two tests ask for one port.
    Socket,
}

/// The options of a machine.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Machine {
    /// The kernel's ELF file, with a PVH note.
    pub kernel: PathBuf,
    /// Memory in MiB.
    pub memory_mib: u32,
    /// QEMU's name for the processor, with its flags.
    pub processor: String,
    /// What the clock counts.
    pub timing: Timing,
    /// Where COM2 leads.
    pub debugger: Debugger,
    /// What the kernel is told; empty for nothing.
    pub command_line: String,
}

impl Machine {
    /// A machine with 256 MiB and every processor feature that TCG has.
    #[must_use]
    pub fn new(kernel: PathBuf) -> Self {
        Self {
            kernel,
            memory_mib: 256,
            processor: "max".to_owned(),
            timing: Timing::Host,
            debugger: Debugger::None,
            command_line: String::new(),
        }
    }

    /// QEMU's arguments to boot `image` with COM1 on the socket `console` and the log on QEMU's stdout.
    pub(crate) fn arguments(&self, image: &Path, console: &Path) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = Vec::new();
        let fixed = "-nodefaults -no-user-config -M q35 -accel tcg -smp 1 -display none -no-reboot";
        arguments.extend(fixed.split(' ').map(OsString::from));
        arguments.extend(["-cpu".into(), self.processor.clone().into()]);
        arguments.extend(["-m".into(), self.memory_mib.to_string().into()]);
        arguments.extend(["-device".into(), "isa-debug-exit,iobase=0xf4,iosize=0x04".into()]);
        arguments.extend(["-kernel".into(), self.kernel.clone().into(), "-initrd".into(), image.into()]);
        arguments.extend(["-chardev".into(), with_path("socket,id=console,path=", console)]);
        arguments.extend(["-serial".into(), "chardev:console".into(), "-serial".into(), self.second_serial(console)]);
        arguments.extend(["-debugcon".into(), "file:/dev/stdout".into()]);
        if !self.command_line.is_empty() {
            arguments.extend(["-append".into(), self.command_line.clone().into()]);
        }
        if self.timing == Timing::Counted {
            let counted = "-icount shift=0,sleep=off -rtc clock=vm";
            arguments.extend(counted.split(' ').map(OsString::from));
        }
        arguments
    }

    fn second_serial(&self, console: &Path) -> OsString {
        match self.debugger {
            Debugger::None => "null".into(),
            Debugger::Port(port) => format!("tcp:127.0.0.1:{port},server=on,wait=off,nodelay=on").into(),
            Debugger::Socket => {
                let mut option = with_path("unix:", &debugger_socket(console));
                option.push(",server=on,wait=off");
                option
            }
        }
    }
}

/// The debugger's socket, beside the console's.
pub(crate) fn debugger_socket(console: &Path) -> PathBuf {
    console.with_file_name("debugger")
}

fn with_path(option: &str, path: &Path) -> OsString {
    let mut argument = OsString::from(option);
    argument.push(path);
    argument
}

#[cfg(test)]
mod tests {
    use super::{Debugger, Machine, Timing};
    use std::path::Path;

    fn line(machine: &Machine) -> String {
        let arguments = machine.arguments(Path::new("/i"), Path::new("/c"));
        let arguments: Vec<_> = arguments.iter().map(|argument| argument.to_string_lossy()).collect();
        arguments.join(" ")
    }

    #[test]
    fn the_clock_counts_instructions_only_on_demand() {
        let mut machine = Machine::new("/k".into());
        assert!(!line(&machine).contains("icount"));
        machine.timing = Timing::Counted;
        assert!(line(&machine).ends_with("-icount shift=0,sleep=off -rtc clock=vm"));
    }

    #[test]
    fn the_kernel_is_told_only_what_there_is_to_tell() {
        let mut machine = Machine::new("/k".into());
        assert!(!line(&machine).contains("-append"));
        machine.command_line = "fault stack".to_owned();
        assert!(line(&machine).contains("-append fault stack"));
    }

    #[test]
    fn the_ports_are_in_order() {
        let mut machine = Machine::new("/k".into());
        assert!(line(&machine).contains("-serial chardev:console -serial null"));
        machine.debugger = Debugger::Port(1234);
        assert!(line(&machine).contains("-serial chardev:console -serial tcp:127.0.0.1:1234,"));
        machine.debugger = Debugger::Socket;
        assert!(line(&machine).contains("-serial unix:/debugger,server=on,wait=off"));
    }
}
