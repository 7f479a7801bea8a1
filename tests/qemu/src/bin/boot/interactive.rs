//! `boot run`: this terminal becomes the guest's console.
//!
//! The terminal is put into raw mode, so that Ctrl-C and the arrow keys reach the guest, and is put back whatever
//! happens. Ctrl-A is the one key that stays here: Ctrl-A x ends the machine, Ctrl-A Ctrl-A types a Ctrl-A. The
//! kernel's log would spoil the screen and goes to a file. Neighbours: `options`; rustix does the terminal's part.

use crate::options::RunOptions;
use anyhow::{Context, Result};
use qemu_tests::{Artifacts, Ending, Log, Session, Sinks, SymbolWriter, Symbols};
use rustix::termios::{OptionalActions, Termios, isatty, tcgetattr, tcsetattr};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

/// The key that introduces a command to this tool.
const PREFIX: u8 = 0x01;

/// How often to look whether the machine has ended by itself, or the user has asked for its end.
const POLL: Duration = Duration::from_millis(50);

/// The status when the machine failed.
const MACHINE_FAILED: u8 = 125;

pub(crate) fn run(options: &RunOptions) -> Result<u8> {
    let artifacts = Artifacts::find()?;
    let log_path = artifacts.sources.bin_dir.with_file_name("kernel.log");
    let log = File::create(&log_path).with_context(|| format!("cannot write {}", log_path.display()))?;
    let log = SymbolWriter::new(Symbols::load(&artifacts.kernel), log);
    eprintln!("boot: Ctrl-A x ends the machine; the kernel's log is {}", log_path.display());
    let sinks = Sinks { console: Box::new(Terminal), log: Box::new(log) };
    let mut session = options.boot().start_with(&artifacts, sinks)?;
    let raw = RawTerminal::enter()?;
    let quit = watch_keys(session.keyboard()?);
    let ending = wait(&mut session, &quit)?;
    drop(raw);
    Ok(conclude(ending, &session, &log_path))
}

/// Waits for the machine's end (`None`: the user asked for it).
fn wait(session: &mut Session, quit: &Receiver<()>) -> Result<Option<Ending>> {
    loop {
        if session.log().wait_for_end(POLL) {
            return session.wait(None).map(Some);
        }
        if quit.try_recv().is_ok() {
            return Ok(None);
        }
    }
}

fn conclude(ending: Option<Ending>, session: &Session, log_path: &Path) -> u8 {
    match ending {
        None => eprintln!("\nboot: ended by Ctrl-A x"),
        Some(Ending::PoweredOff) => eprintln!("\nboot: powered off"),
        Some(ending) => {
            eprintln!("\nboot: {ending}; the log is {}", log_path.display());
            let text = session.log().text();
            Log::parse(&text).panic.iter().for_each(|line| eprintln!("{line}"));
            return MACHINE_FAILED;
        }
    }
    0
}

/// Types what the user types, on a thread of its own; the channel says when the user wants to leave.
fn watch_keys(mut keyboard: impl Write + Send + 'static) -> Receiver<()> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut keys = Keys::default();
        for byte in io::stdin().lock().bytes() {
            let Ok(byte) = byte else { break };
            match keys.press(byte) {
                Key::Type(byte) if keyboard.write_all(&[byte]).is_err() => break,
                Key::Type(_) | Key::Nothing => {}
                Key::Quit => {
                    // Nobody listens only if the machine has ended already.
                    let _ = sender.send(());
                    break;
                }
            }
        }
    });
    receiver
}

/// What a key press means.
#[derive(Debug, Eq, PartialEq)]
enum Key {
    Type(u8),
    Nothing,
    Quit,
}

#[derive(Debug, Default)]
struct Keys {
    prefixed: bool,
}

impl Keys {
    fn press(&mut self, byte: u8) -> Key {
        let prefixed = std::mem::replace(&mut self.prefixed, false);
        match (prefixed, byte) {
            (false, PREFIX) => {
                self.prefixed = true;
                Key::Nothing
            }
            (false, _) | (true, PREFIX) => Key::Type(byte),
            (true, b'x' | b'X') => Key::Quit,
            (true, _) => Key::Nothing,
        }
    }
}

/// The user's screen: every byte shows at once.
struct Terminal;

impl Write for Terminal {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(bytes)?;
        stdout.flush()?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stdout().flush()
    }
}

/// A terminal in raw mode for as long as this lives; nothing if stdin is no terminal.
struct RawTerminal {
    before: Option<Termios>,
}

impl RawTerminal {
    fn enter() -> Result<Self> {
        if !isatty(io::stdin()) {
            return Ok(Self { before: None });
        }
        let before = tcgetattr(io::stdin()).context("cannot read the terminal's mode")?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(io::stdin(), OptionalActions::Flush, &raw).context("cannot set the terminal's mode")?;
        Ok(Self { before: Some(before) })
    }
}

impl Drop for RawTerminal {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            // A terminal that cannot be put back is gone.
            let _ = tcsetattr(io::stdin(), OptionalActions::Drain, before);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Key, Keys};

    fn pressed(bytes: &[u8]) -> Vec<Key> {
        let mut keys = Keys::default();
        bytes.iter().map(|&byte| keys.press(byte)).filter(|key| *key != Key::Nothing).collect()
    }

    #[test]
    fn keys_go_to_the_guest_but_for_the_prefix() {
        assert_eq!(pressed(b"ax\x03"), [Key::Type(b'a'), Key::Type(b'x'), Key::Type(3)]);
        assert_eq!(pressed(b"\x01\x01"), [Key::Type(1)]);
        assert_eq!(pressed(b"\x01qx"), [Key::Type(b'x')]);
        assert_eq!(pressed(b"\x01x"), [Key::Quit]);
    }
}
