//! `boot exec`: one program, with the host's stdin and stdout, and its status as the result.
//!
//! Everything that is not the program's own doing has a status of its own, so a script can tell a failed program from
//! a failed machine. Neighbours: `options` has the arguments; the library encodes the input and reads the log.

use crate::options::ExecOptions;
use anyhow::Result;
use qemu_tests::{Artifacts, Ending, InputEncoder, Log, Sinks, SymbolWriter, Symbols};
use std::io::{self, Read, Write};
use std::thread;

/// The status when the timeout passed, as timeout(1) has it.
const TIMED_OUT: u8 = 124;

/// The status when the machine, not the program, failed.
const MACHINE_FAILED: u8 = 125;

pub(crate) fn execute(options: &ExecOptions) -> Result<u8> {
    let artifacts = Artifacts::find()?;
    let log = SymbolWriter::new(Symbols::load(&artifacts.kernel), io::stderr());
    let sinks = Sinks { console: Box::new(Flushing(io::stdout())), log: Box::new(log) };
    let mut session = options.boot().start_with(&artifacts, sinks)?;
    let keyboard = session.keyboard()?;
    // The thread ends with the process: stdin may never end, and nobody waits for it.
    thread::spawn(move || pump(io::stdin(), keyboard));
    let ending = session.wait(options.limit())?;
    let log = Log::parse(&session.log().text());
    let complaints = session.complaints().text();
    if !complaints.is_empty() {
        eprintln!("boot: QEMU says: {}", complaints.trim_end());
    }
    Ok(status(ending, &log))
}

/// The status of the whole run; says why if it is not the program's.
fn status(ending: Ending, log: &Log) -> u8 {
    match (ending, log.program) {
        (Ending::PoweredOff, Some(end)) => end.shell_status(),
        (Ending::Deadline, _) => {
            eprintln!("boot: timed out; the last line of the log is {:?}", log.last_line);
            TIMED_OUT
        }
        (Ending::PoweredOff, None) => {
            eprintln!("boot: powered off without a word on how the program ended");
            MACHINE_FAILED
        }
        _ => {
            eprintln!("boot: {ending}");
            MACHINE_FAILED
        }
    }
}

/// Types `source` on the console until either ends; a console that is gone needs no more input.
fn pump(mut source: impl Read, mut keyboard: impl Write) {
    let mut encoder = InputEncoder::default();
    let mut chunk = [0; 4096];
    loop {
        let length = match source.read(&mut chunk) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Ok(0) | Err(_) => break,
            Ok(length) => length,
        };
        let mut encoded = Vec::new();
        encoder.encode(chunk.get(..length).unwrap_or_default(), &mut encoded);
        if keyboard.write_all(&encoded).is_err() {
            return;
        }
    }
    drop(keyboard.write_all(encoder.finish()));
}

/// Shows output at once: the standard library keeps stdout's last line until it ends.
pub(crate) struct Flushing<W>(pub(crate) W);

impl<W: Write> Write for Flushing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.0.write(bytes)?;
        self.0.flush()?;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::{pump, status};
    use qemu_tests::{Ending, Log};

    #[test]
    fn the_status_is_the_programs_only_after_a_power_off() {
        let log = Log::parse("exit status 7\n");
        assert_eq!(status(Ending::PoweredOff, &log), 7);
        assert_eq!(status(Ending::Deadline, &log), 124);
        for ending in [Ending::KernelPanic, Ending::InitFailed, Ending::Reset, Ending::Code(1), Ending::HostSignal(9)] {
            assert_eq!(status(ending, &log), 125, "{ending}");
        }
        assert_eq!(status(Ending::PoweredOff, &Log::default()), 125);
        assert_eq!(status(Ending::PoweredOff, &Log::parse("exit signal 6\n")), 134);
    }

    #[test]
    fn input_is_typed_to_its_end() {
        let mut typed = Vec::new();
        pump(b"a\x03\n".as_slice(), &mut typed);
        assert_eq!(typed, b"a\x16\x03\n\x04");
    }
}
