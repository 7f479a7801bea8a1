//! What the image was packed to run: the boot arguments, a file of the image like any other.
//!
//! The file at [`BOOT_ARGUMENTS_PATH`] holds the mode's name on a line of its own, then the argument list, each
//! argument closed by a NUL byte. Arguments are bytes, as exec takes them; only NUL cannot stand in one.
//! Neighbours: `initfs-pack` writes the file from its command line, the boot program and init read it.

use core::fmt;
use core::iter::FusedIterator;

/// Where in the image the boot arguments lie.
pub const BOOT_ARGUMENTS_PATH: &str = "/etc/boot.args";

/// What the system is booted for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BootMode {
    /// A shell on the console; no program is named, or one is named to run instead of the shell.
    Interactive,
    /// Run the named program on the console, report how it ended and power off.
    Execute,
    /// As [`BootMode::Execute`], but the program is a test that must also complete its plan in the kernel's log.
    Test,
}

impl BootMode {
    const ALL: [Self; 3] = [Self::Interactive, Self::Execute, Self::Test];

    /// The mode's name in the file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Interactive => "interactive",
            Self::Execute => "execute",
            Self::Test => "test",
        }
    }
}

/// Why bytes are not boot arguments, or why arguments cannot be written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ArgumentsError {
    /// No line with the name of a mode.
    Mode,
    /// The last argument is not closed by a NUL byte.
    Unterminated,
    /// The mode needs a program and there is none.
    NoProgram,
    /// An argument contains a NUL byte.
    Nul,
}

impl fmt::Display for ArgumentsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Mode => "the first line is not 'interactive', 'execute' or 'test'",
            Self::Unterminated => "the last argument is not closed by a NUL byte",
            Self::NoProgram => "no program is named",
            Self::Nul => "an argument contains a NUL byte",
        })
    }
}

impl core::error::Error for ArgumentsError {}

/// The mode and the argument list, borrowed from the file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BootArguments<'a> {
    mode: BootMode,
    list: &'a [u8],
}

impl<'a> BootArguments<'a> {
    /// Reads the bytes of the file.
    ///
    /// # Errors
    /// The first rule that they break.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ArgumentsError> {
        let line_end = bytes.iter().position(|&byte| byte == b'\n').ok_or(ArgumentsError::Mode)?;
        let (line, rest) = bytes.split_at_checked(line_end).ok_or(ArgumentsError::Mode)?;
        let mode = BootMode::ALL.into_iter().find(|mode| mode.name().as_bytes() == line);
        let mode = mode.ok_or(ArgumentsError::Mode)?;
        let list = rest.get(1..).unwrap_or_default();
        match list.last() {
            None if mode != BootMode::Interactive => Err(ArgumentsError::NoProgram),
            Some(&last) if last != 0 => Err(ArgumentsError::Unterminated),
            _ => Ok(Self { mode, list }),
        }
    }

    /// Appends the bytes of the file for `mode` and `arguments` to `file`.
    ///
    /// # Errors
    /// If the mode needs a program and there is none, or an argument contains a NUL byte; `file` is then incomplete.
    pub fn write<'b>(
        mode: BootMode,
        arguments: impl IntoIterator<Item = &'b [u8]>,
        file: &mut impl Extend<u8>,
    ) -> Result<(), ArgumentsError> {
        file.extend(mode.name().bytes());
        file.extend([b'\n']);
        let mut written = false;
        for argument in arguments {
            if argument.contains(&0) {
                return Err(ArgumentsError::Nul);
            }
            file.extend(argument.iter().copied());
            file.extend([0]);
            written = true;
        }
        if written || mode == BootMode::Interactive { Ok(()) } else { Err(ArgumentsError::NoProgram) }
    }

    /// What the system is booted for.
    #[must_use]
    pub fn mode(&self) -> BootMode {
        self.mode
    }

    /// The arguments in order, the program's path first.
    #[must_use]
    pub fn arguments(&self) -> impl FusedIterator<Item = &'a [u8]> + Clone + use<'a> {
        let list = self.list.strip_suffix(&[0]);
        list.into_iter().flat_map(|list| list.split(|&byte| byte == 0))
    }
}

#[cfg(test)]
mod tests;
