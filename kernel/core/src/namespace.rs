//! Names of schemes: which server a path goes to.
//!
//! Decides the path grammar (`NAME:rest`, `/scheme/NAME/rest`, any other absolute path belongs to `file`) and who has which
//! name. Main types: [`Namespace`], [`split`]. Neighbours: `file::open` (resolution), `socket` (creation of schemes).

use crate::hash::Map;
use crate::memory::OutOfMemory;
use crate::scheme::{Name, SchemeKey};

/// Scheme that absolute paths without a scheme's name belong to.
const FILE_SCHEME: &str = "file";

/// The names that every group sees.
#[derive(Debug, Default)]
pub(crate) struct Namespace {
    names: Map<Name, SchemeKey>,
}

impl Namespace {
    /// The scheme with this name.
    pub(crate) fn find(&self, name: &str) -> Option<SchemeKey> {
        self.names.get(&Name::new(name.as_bytes())?).copied()
    }

    /// Makes room for one more name.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    pub(crate) fn reserve(&mut self) -> Result<(), OutOfMemory> {
        self.names.try_reserve(1).map_err(|_| OutOfMemory)
    }

    /// Adds a name that is free, in room that was reserved.
    pub(crate) fn add(&mut self, name: Name, scheme: SchemeKey) {
        self.names.insert(name, scheme);
    }

    /// Frees a name if it is this scheme's.
    pub(crate) fn remove(&mut self, name: Name, scheme: SchemeKey) {
        if self.names.get(&name) == Some(&scheme) {
            self.names.remove(&name);
        }
    }
}

/// Splits a path into a scheme's name and the rest; `None` for relative paths.
pub(crate) fn split(path: &str) -> Option<(&str, &str)> {
    if let Some(rest) = path.strip_prefix("/scheme/") {
        return Some(rest.split_once('/').unwrap_or((rest, "")));
    }
    if path.starts_with('/') {
        return Some((FILE_SCHEME, path));
    }
    let (name, rest) = path.split_once(':')?;
    Name::new(name.as_bytes()).map(|_| (name, rest))
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn paths_name_their_scheme() {
        assert_eq!(split("proc:12/ctl"), Some(("proc", "12/ctl")));
        assert_eq!(split("/scheme/proc/12/ctl"), Some(("proc", "12/ctl")));
        assert_eq!(split("/scheme/proc"), Some(("proc", "")));
        assert_eq!(split("/bin/sh"), Some(("file", "/bin/sh")));
        assert_eq!(split("pipe:"), Some(("pipe", "")));
        assert_eq!(split("bin/sh"), None);
        assert_eq!(split("a/b:c"), None);
        assert_eq!(split(":x"), None);
        assert_eq!(split(""), None);
    }
}
