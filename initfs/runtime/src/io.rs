//! Formatted output: `print!`, `println!`, `eprint!`, `eprintln!`.
//!
//! Decides that a macro call collects its text in a small buffer on the stack and writes it at its end: a short line is
//! one write, and nothing is held back that a fork could write twice. Write errors are ignored, as by a program that
//! has nobody to tell. Main type: [`Output`]. Neighbours: `file` writes, `panic` reports by `eprintln!`.

use crate::file::File;
use core::fmt::{self, Write};
use core::mem::ManuallyDrop;

/// Descriptor of standard input.
pub const STANDARD_INPUT: usize = 0;
/// Descriptor of standard output.
pub const STANDARD_OUTPUT: usize = 1;
/// Descriptor of standard error.
pub const STANDARD_ERROR: usize = 2;

/// Bytes collected before they are written.
const BUFFER: usize = 512;

/// Text on its way to a descriptor; [`Output::flush`] sends what is left.
#[derive(Debug)]
pub struct Output {
    descriptor: usize,
    buffer: [u8; BUFFER],
    used: usize,
}

impl Output {
    /// Output to `descriptor`.
    #[must_use]
    pub const fn new(descriptor: usize) -> Self {
        Self { descriptor, buffer: [0; BUFFER], used: 0 }
    }

    /// Writes what has been collected.
    pub fn flush(&mut self) {
        let text = self.buffer.get(..self.used).unwrap_or_default();
        self.used = 0;
        send(self.descriptor, text);
    }
}

impl Write for Output {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let bytes = text.as_bytes();
        if bytes.len() > BUFFER.saturating_sub(self.used) {
            self.flush();
        }
        let end = self.used.saturating_add(bytes.len());
        match self.buffer.get_mut(self.used..end) {
            Some(place) => {
                place.copy_from_slice(bytes);
                self.used = end;
            }
            None => send(self.descriptor, bytes),
        }
        Ok(())
    }
}

fn send(descriptor: usize, bytes: &[u8]) {
    let _ = borrow(descriptor).write_all(bytes);
}

/// The file behind one of the three standard descriptors, which is not closed with the value.
#[must_use]
pub fn borrow(descriptor: usize) -> ManuallyDrop<File> {
    ManuallyDrop::new(File::from_descriptor(descriptor))
}

/// Writes formatted text to a descriptor; the macros call this.
pub fn print(descriptor: usize, arguments: fmt::Arguments<'_>) {
    let mut output = Output::new(descriptor);
    // Writing to `Output` does not fail; a failing `Display` loses its rest.
    let _ = output.write_fmt(arguments);
    output.flush();
}

/// Prints to standard output.
#[macro_export]
macro_rules! print {
    ($($argument:tt)*) => {
        $crate::io::print($crate::io::STANDARD_OUTPUT, ::core::format_args!($($argument)*))
    };
}

/// Prints a line to standard output.
#[macro_export]
macro_rules! println {
    () => { $crate::print!("\n") };
    ($($argument:tt)*) => {
        $crate::io::print(
            $crate::io::STANDARD_OUTPUT,
            ::core::format_args!("{}\n", ::core::format_args!($($argument)*)),
        )
    };
}

/// Prints to standard error.
#[macro_export]
macro_rules! eprint {
    ($($argument:tt)*) => {
        $crate::io::print($crate::io::STANDARD_ERROR, ::core::format_args!($($argument)*))
    };
}

/// Prints a line to standard error.
#[macro_export]
macro_rules! eprintln {
    () => { $crate::eprint!("\n") };
    ($($argument:tt)*) => {
        $crate::io::print(
            $crate::io::STANDARD_ERROR,
            ::core::format_args!("{}\n", ::core::format_args!($($argument)*)),
        )
    };
}
