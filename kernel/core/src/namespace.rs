//! Names of schemes: which server a path goes to.
//!
//! Decides the path grammar (`NAME:rest`, `/scheme/NAME/rest`, any other absolute path belongs to `file`) and who has which
//! name, and which names a group sees. Main types: [`Namespace`], [`View`], [`split`]. Neighbours: `file::open` (resolution),
//! `file::names_seen` (restricting), `socket` (creation of schemes).

use crate::errno::Errno;
use crate::hash::Map;
use crate::memory::OutOfMemory;
use crate::scheme::{NAME_LENGTH, Name, SchemeKey};

/// Scheme that absolute paths without a scheme's name belong to.
const FILE_SCHEME: &str = "file";

/// The names that there are.
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

/// Most names of a restricted view.
const VIEW_LIMIT: usize = 16;

/// Longest text that names as many.
pub(crate) const VIEW_TEXT: usize = VIEW_LIMIT * (NAME_LENGTH + 1);

/// The names that a group sees, those of the kernel's schemes among them. Of a fixed size, so that a child gets its parent's
/// without an allocation.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct View {
    names: [Name; VIEW_LIMIT],
    /// How many of them count; none where all names are seen.
    count: Option<usize>,
}

impl View {
    /// The names in it; `None` where all are seen.
    pub(crate) fn names(&self) -> Option<&[Name]> {
        self.count.map(|count| self.names.get(..count).unwrap_or_default())
    }

    /// A scheme of this name can be opened.
    pub(crate) fn sees(&self, name: &str) -> bool {
        self.names().is_none_or(|names| names.iter().any(|seen| seen.as_bytes() == name.as_bytes()))
    }

    /// The view of the names in `text`, separated by blanks, all of which `wider` has.
    ///
    /// # Errors
    /// EINVAL for what is no name, EPERM for one that `wider` lacks, E2BIG for too many.
    pub(crate) fn only(wider: &Self, text: &str) -> Result<Self, Errno> {
        let mut view = Self { count: Some(0), ..Self::default() };
        for word in text.split_ascii_whitespace() {
            let name = Name::new(word.as_bytes()).ok_or(Errno::EINVAL)?;
            if !wider.sees(word) {
                return Err(Errno::EPERM);
            }
            let count = view.count.unwrap_or(0);
            *view.names.get_mut(count).ok_or(Errno::E2BIG)? = name;
            view.count = count.checked_add(1);
        }
        Ok(view)
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
    use super::{View, split};
    use crate::errno::Errno;

    #[test]
    fn a_view_only_becomes_narrower() {
        let all = View::default();
        assert!(all.sees("proc") && all.names().is_none());
        let some = View::only(&all, "file  pipe\nsys").unwrap();
        assert!(some.sees("pipe") && some.sees("file") && !some.sees("proc") && !some.sees("pip"));
        assert_eq!(View::only(&some, "file proc").unwrap_err(), Errno::EPERM);
        assert_eq!(View::only(&some, "file a:b").unwrap_err(), Errno::EINVAL);
        assert_eq!(View::only(&all, &"a ".repeat(17)).unwrap_err(), Errno::E2BIG);
        let none = View::only(&some, "").unwrap();
        assert!(!none.sees("file") && none.names().is_some_and(<[_]>::is_empty));
    }

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
