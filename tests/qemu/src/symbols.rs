//! Names for the addresses that a kernel panic prints.
//!
//! The kernel prints `  at 0xffffffff80001234` for each frame; [`Symbols`] turns that into function, file and line from
//! the kernel's ELF file, and [`SymbolWriter`] does so on the fly in a log that passes through it. Neighbours: the
//! `boot` tool puts it before stderr, `report` uses it for the panic of a failed test.

use addr2line::Loader;
use std::fmt;
use std::io::{self, Write};
use std::path::Path;

/// How the kernel starts the line of a frame.
const FRAME_PREFIX: &str = "at 0x";

/// The symbols of one ELF file.
pub struct Symbols {
    loader: Option<Loader>,
}

impl fmt::Debug for Symbols {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Symbols").field("loaded", &self.loader.is_some()).finish()
    }
}

impl Symbols {
    /// The symbols of the ELF file at `path`; a file without any gives no names, which is no reason to fail.
    #[must_use]
    pub fn load(path: &Path) -> Self {
        Self { loader: Loader::new(path).ok() }
    }

    /// `line`, with the name of the address it ends in if it is the line of a frame.
    #[must_use]
    pub fn annotate(&self, line: &str) -> String {
        let digits = line.trim().strip_prefix(FRAME_PREFIX);
        match digits.and_then(|digits| u64::from_str_radix(digits, 16).ok()).and_then(|address| self.name(address)) {
            Some(name) => format!("{} {name}", line.trim_end()),
            None => line.to_owned(),
        }
    }

    fn name(&self, address: u64) -> Option<String> {
        let loader = self.loader.as_ref()?;
        let symbol = loader.find_symbol(address);
        // The innermost frame of inlined functions comes first; it is the one that names the line.
        let frame = loader.find_frames(address).ok().and_then(|mut frames| frames.next().ok().flatten());
        let function = frame.as_ref().and_then(|frame| frame.function.as_ref()?.demangle().ok().map(String::from));
        let function = function.or_else(|| symbol.map(demangled))?;
        let place = frame.and_then(|frame| {
            let location = frame.location?;
            Some(format!(" ({}:{})", location.file?, location.line?))
        });
        Some(format!("{function}{}", place.unwrap_or_default()))
    }
}

fn demangled(symbol: &str) -> String {
    addr2line::demangle_auto(symbol.into(), None).into_owned()
}

/// Passes a log on line by line, with the frames of a panic named.
#[derive(Debug)]
pub struct SymbolWriter<W> {
    symbols: Symbols,
    line: Vec<u8>,
    inner: W,
}

impl<W: Write> SymbolWriter<W> {
    /// Passes on to `inner`.
    pub fn new(symbols: Symbols, inner: W) -> Self {
        Self { symbols, line: Vec::new(), inner }
    }

    fn write_line(&mut self) -> io::Result<()> {
        let line = String::from_utf8_lossy(&self.line);
        writeln!(self.inner, "{}", self.symbols.annotate(line.trim_end()))?;
        self.line.clear();
        Ok(())
    }
}

impl<W: Write> Write for SymbolWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for &byte in bytes {
            if byte == b'\n' {
                self.write_line()?;
            } else {
                self.line.push(byte);
            }
        }
        Ok(bytes.len())
    }

    /// Passes on an unfinished line too: a machine may end in the middle of one.
    fn flush(&mut self) -> io::Result<()> {
        if !self.line.is_empty() {
            self.write_line()?;
        }
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::{SymbolWriter, Symbols};
    use std::io::Write;
    use std::path::Path;

    /// The test's own executable: an ELF file with symbols of which one is known.
    fn own() -> Symbols {
        Symbols::load(Path::new("/proc/self/exe"))
    }

    #[test]
    fn other_lines_are_left_alone() {
        for line in ["", "panic: at 0x12", "  at noon", "  at 0xfffffffffffffff0"] {
            assert_eq!(own().annotate(line), line);
        }
    }

    #[test]
    fn a_missing_file_gives_no_names() {
        assert_eq!(Symbols::load(Path::new("/nonexistent")).annotate("  at 0x1000"), "  at 0x1000");
    }

    #[test]
    fn a_frame_gets_its_name() {
        let symbols = own();
        let loader = symbols.loader.as_ref().expect("an ELF file");
        let named = (0..0x40_0000).step_by(16).map(|offset| offset + loader.relative_address_base());
        let address = named.into_iter().find(|&address| loader.find_symbol(address).is_some()).expect("a symbol");
        let line = symbols.annotate(&format!("  at {address:#x}"));
        assert!(line.len() > format!("  at {address:#x} ").len(), "{line}");
    }

    #[test]
    fn the_writer_keeps_lines_whole() {
        let mut writer = SymbolWriter::new(own(), Vec::new());
        for piece in ["one\r\ntw", "o\nthree"] {
            writer.write_all(piece.as_bytes()).expect("a vector takes all");
        }
        writer.flush().expect("a vector takes all");
        assert_eq!(writer.inner, b"one\ntwo\nthree\n");
    }
}
