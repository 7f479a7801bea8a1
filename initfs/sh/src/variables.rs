//! Variables: names, values, and which of them programs get.
//!
//! Decides what a name is (XBD 3.216). Main type: [`Variables`]. Neighbours: `expand` reads them, builtins change them, the
//! launcher hands the exported ones to programs.

use alloc::vec::Vec;

/// Whether bytes are a name: letters, digits and underscores, no digit first.
#[must_use]
pub fn is_name(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|first| !first.is_ascii_digit())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

/// Splits `NAME=VALUE`.
#[must_use]
pub fn split(entry: &[u8]) -> Option<(&[u8], &[u8])> {
    let equals = entry.iter().position(|&byte| byte == b'=')?;
    let (name, value) = entry.split_at_checked(equals)?;
    Some((name, value.get(1..).unwrap_or_default()))
}

/// Whether programs get a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Only this shell has it.
    Shell,
    /// Programs get it.
    Exported,
}

#[derive(Clone, Debug)]
struct Variable {
    name: Vec<u8>,
    value: Vec<u8>,
    scope: Scope,
}

/// The shell's variables, in the order in which they were first set.
#[derive(Clone, Debug, Default)]
pub struct Variables(Vec<Variable>);

impl Variables {
    /// The variables of an environment; entries that are none are left out.
    pub fn from_environment<'a>(entries: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut variables = Self::default();
        for (name, value) in entries.filter_map(split).filter(|(name, _)| is_name(name)) {
            variables.set(name, value);
            variables.export(name);
        }
        variables
    }

    /// A variable's value.
    #[must_use]
    pub fn get(&self, name: &[u8]) -> Option<&[u8]> {
        self.0.iter().find(|variable| variable.name == name).map(|variable| variable.value.as_slice())
    }

    /// Sets a variable; an exported one stays so.
    pub fn set(&mut self, name: &[u8], value: &[u8]) {
        match self.0.iter_mut().find(|variable| variable.name == name) {
            Some(variable) => variable.value = value.to_vec(),
            None => self.0.push(Variable { name: name.to_vec(), value: value.to_vec(), scope: Scope::Shell }),
        }
    }

    /// Gives a variable to programs from now on; one that does not exist is made empty.
    pub fn export(&mut self, name: &[u8]) {
        if self.get(name).is_none() {
            self.set(name, b"");
        }
        if let Some(variable) = self.0.iter_mut().find(|variable| variable.name == name) {
            variable.scope = Scope::Exported;
        }
    }

    /// Forgets a variable.
    pub fn unset(&mut self, name: &[u8]) {
        self.0.retain(|variable| variable.name != name);
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8], Scope)> {
        self.0.iter().map(|variable| (variable.name.as_slice(), variable.value.as_slice(), variable.scope))
    }

    /// `NAME=VALUE` of the exported ones.
    pub fn exported(&self) -> impl Iterator<Item = Vec<u8>> {
        self.iter().filter(|(.., scope)| *scope == Scope::Exported).map(|(name, value, _)| [name, b"=", value].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::{Variables, is_name};

    #[test]
    fn names_begin_with_no_digit() {
        assert!(is_name(b"A_1") && is_name(b"_"));
        assert!(!is_name(b"1A") && !is_name(b"") && !is_name(b"a-b"));
    }

    #[test]
    fn exported_variables_are_handed_on() {
        let mut variables = Variables::from_environment([&b"A=1"[..], b"bad-name=2", b"none"].into_iter());
        variables.set(b"B", b"2");
        variables.set(b"A", b"3");
        assert_eq!(variables.exported().collect::<Vec<_>>(), [b"A=3".to_vec()]);
        variables.export(b"B");
        variables.unset(b"A");
        assert_eq!(variables.exported().collect::<Vec<_>>(), [b"B=2".to_vec()]);
        assert_eq!(variables.get(b"A"), None);
    }
}
