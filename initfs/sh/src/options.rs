//! The shell's command line.
//!
//! Decides what `sh`'s own arguments mean (XCU sh, "OPTIONS" and "OPERANDS"). Main types: [`Options`], [`Commands`].
//! Neighbours: `main`, `shell` (takes the parameters).

use alloc::vec::Vec;

/// What `sh --help` prints.
pub(crate) const USAGE: &str = "\
Usage: sh [-ex] [FILE [ARG]...]
       sh [-ex] -c COMMAND [NAME [ARG]...]

Runs the commands of FILE, of COMMAND, or of standard input; talks with you if that is a terminal.
  -e  end after the first command that fails
  -x  print each command before it runs";

/// Where commands come from.
#[derive(Debug)]
pub(crate) enum Commands {
    /// Only the usage is wanted.
    Help,
    /// `-c`
    Text(Vec<u8>),
    /// A file.
    File(Vec<u8>),
    /// Nothing was named.
    StandardInput,
}

/// The command line, read.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) commands: Commands,
    pub(crate) stop_at_failure: bool,
    pub(crate) trace: bool,
    /// `$0`
    pub(crate) name: Vec<u8>,
    /// `$1` and so on.
    pub(crate) positional: Vec<Vec<u8>>,
}

impl Options {
    /// Reads all arguments, the program's name first.
    pub(crate) fn read(arguments: impl Iterator<Item = Vec<u8>>) -> Result<Self, &'static str> {
        let mut arguments = arguments.peekable();
        let name = arguments.next().unwrap_or_else(|| b"sh".to_vec());
        let mut options = Self {
            commands: Commands::StandardInput,
            stop_at_failure: false,
            trace: false,
            name,
            positional: Vec::new(),
        };
        let mut text_follows = false;
        while let Some(argument) = arguments.next_if(|argument| argument.starts_with(b"-") && argument.len() > 1) {
            match argument.as_slice() {
                b"--" => break,
                b"--help" => options.commands = Commands::Help,
                _ => text_follows |= options.read_letters(&argument)?,
            }
        }
        if text_follows {
            options.commands = Commands::Text(arguments.next().ok_or("expected a command after -c")?);
            options.name = arguments.next().unwrap_or(options.name);
        } else if !matches!(options.commands, Commands::Help)
            && let Some(path) = arguments.next()
        {
            options.name.clone_from(&path);
            options.commands = Commands::File(path);
        }
        options.positional = arguments.collect();
        Ok(options)
    }

    /// Reads `-exc`; whether `c` was among them.
    fn read_letters(&mut self, argument: &[u8]) -> Result<bool, &'static str> {
        let mut text_follows = false;
        for letter in argument.iter().skip(1) {
            match letter {
                b'c' => text_follows = true,
                b'e' => self.stop_at_failure = true,
                b'x' => self.trace = true,
                // Interactive or not is seen from standard input.
                b'i' | b's' => {}
                _ => return Err("expected -c, -e, -x or a file"),
            }
        }
        Ok(text_follows)
    }
}
