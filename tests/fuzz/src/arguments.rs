//! `/etc/boot.args`: the mode and the program that the host asks for.
//!
//! Decides that what was read can be written again, and then is the same. Neighbour: `initfs_format::arguments`.

use initfs_format::BootArguments;

/// Reads boot arguments; what they mean survives being written again.
///
/// # Panics
/// If it does not.
pub fn check(bytes: &[u8]) {
    let Ok(arguments) = BootArguments::parse(bytes) else { return };
    let list: Vec<&[u8]> = arguments.arguments().collect();
    assert!(list.iter().all(|argument| !argument.contains(&0)), "an argument ends at its NUL");
    let mut file = Vec::new();
    let written = BootArguments::write(arguments.mode(), list.iter().copied(), &mut file);
    assert!(written.is_ok() && file == bytes, "what was read can be written");
}
