//! Where the lines of `trace` go: standard error, or a file.
//!
//! Decides that one line is one write, so that lines of the traced program do not come between. Main type: [`Output`].
//! Neighbours: `tracer`.

use alloc::string::String;
use runtime::Result;
use runtime::file::{CloseOnExec, File, OpenFlags};
use runtime::io::STANDARD_ERROR;

/// The place for lines.
#[derive(Debug)]
pub(crate) struct Output(File);

impl Output {
    /// A new file at `path`, or standard error.
    pub(crate) fn open(path: Option<&str>) -> Result<Self> {
        let flags = OpenFlags::WRITE | OpenFlags::CREATE | OpenFlags::TRUNCATE | OpenFlags::CLOSE_ON_EXEC;
        match path {
            Some(path) => File::open(path, flags).map(Self),
            None => standard_error().map(Self),
        }
    }

    /// Writes text that ends its last line. What cannot be written is lost, the tracing goes on.
    pub(crate) fn write(&self, text: &str) {
        let _ = self.0.write_all(text.as_bytes());
    }

    /// Writes a line.
    pub(crate) fn line(&self, mut text: String) {
        text.push('\n');
        self.write(&text);
    }
}

/// A copy of standard error that the traced program does not inherit; its own stays open.
fn standard_error() -> Result<File> {
    let own = File::from_descriptor(STANDARD_ERROR);
    let copy = own.duplicate();
    let _ = own.into_descriptor();
    let copy = copy?;
    copy.set_close_on_exec(CloseOnExec::Yes)?;
    Ok(copy)
}
