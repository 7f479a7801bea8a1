//! `set`.
//!
//! Decides what is set: a register where the target starts with a dollar and is nothing else, memory otherwise.
//! Neighbours: `code` writes memory, `command::registers` registers.

use super::table::Verb;
use super::usage_error;
use crate::error::{Error, Result};
use crate::expression;
use crate::format::Format;
use crate::session::Session;
use crate::target::Target;
use core::fmt;

impl<T: Target, W: fmt::Write> Session<T, W> {
    pub(super) fn set_command(&mut self, format: Format, rest: &str) -> Result<()> {
        if rest.is_empty() || format.shape.is_some() || format.count.is_some() {
            return Err(usage_error(Verb::Set));
        }
        if let Some((name, value)) = register_and_value(rest) {
            let value = expression::evaluate(value, self)?;
            return self.assign_register(name, value);
        }
        let (address, rest) = expression::evaluate_prefix(rest, self)?;
        let rest = rest.strip_prefix('=').unwrap_or(rest).trim_start();
        if rest.is_empty() {
            return Err(usage_error(Verb::Set));
        }
        let value = expression::evaluate(rest, self)?;
        let size = format.size.unwrap_or(8);
        let bits = u32::try_from(size).unwrap_or(8).saturating_mul(8);
        // A negative number fits if its sign does.
        let above = value.cast_signed().checked_shr(bits.saturating_sub(1)).unwrap_or(0);
        if size < 8 && value.checked_shr(bits).unwrap_or(0) != 0 && above != -1 {
            return Err(Error::expected(&alloc::format!("a value of {size} bytes"), &alloc::format!("{value:#x}")));
        }
        self.write_value(address, size, value)
    }
}

/// `$name = value` or `$name value`, but not `$name + 8 = value`, which is an address.
fn register_and_value(text: &str) -> Option<(&str, &str)> {
    let text = text.strip_prefix('$')?;
    let end = text.find(|mark: char| !mark.is_ascii_alphanumeric())?;
    let (name, rest) = text.split_at_checked(end)?;
    let value = rest.trim_start();
    match value.strip_prefix('=') {
        Some(value) => Some((name, value)),
        None => value.starts_with(|first: char| first.is_ascii_alphanumeric()).then_some((name, value)),
    }
}

#[cfg(test)]
mod tests {
    use super::register_and_value;

    #[test]
    fn registers_are_told_from_addresses() {
        assert_eq!(register_and_value("$rax = 5"), Some(("rax", " 5")));
        assert_eq!(register_and_value("$rax 5"), Some(("rax", "5")));
        assert_eq!(register_and_value("$rsp + 8 = 5"), None);
        assert_eq!(register_and_value("0x1000 5"), None);
        assert_eq!(register_and_value("$rax"), None);
    }
}
