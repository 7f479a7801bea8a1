//! Lines that people type: the shell's, the debugger's expressions, trace's options.
//!
//! Decides nothing: the readers are total, which is their promise. Neighbours: `sh::parser`, `dbg::expression`,
//! `trace::options`.

/// Reads the bytes as each of the three.
pub fn check(bytes: &[u8]) {
    sh::parser::check(bytes);
    let Ok(text) = core::str::from_utf8(bytes) else { return };
    dbg::expression::check(text);
    // Only the absence of a panic matters here.
    let _options = trace::options::parse(text.split(' '));
}
