//! Directories, which an image does not store: they follow from the paths of its files.
//!
//! All paths below one directory stand together in the sorted table, and so do all paths below one name in it, so
//! [`Children`] needs to remember only the last name it gave. Neighbours: `image` starts the iteration, the boot-files
//! server answers directory reads with it.

use crate::entry::Entry;
use crate::image::Entries;
use core::iter::FusedIterator;

/// One name in a directory.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Child<'a> {
    /// The name, without slashes.
    pub name: &'a str,
    /// The file of that name; `None` for a directory.
    pub file: Option<Entry<'a>>,
}

/// Iterator over the names in a directory; see [`crate::Image::children`].
#[derive(Clone, Debug)]
pub struct Children<'a, 'd> {
    entries: Entries<'a>,
    directory: &'d str,
    last: &'a str,
}

impl<'a, 'd> Children<'a, 'd> {
    /// `entries` starts at the first file that can lie in `directory`.
    pub(crate) fn new(entries: Entries<'a>, directory: &'d str) -> Self {
        let directory = if directory == "/" { "" } else { directory };
        Self { entries, directory, last: "" }
    }
}

impl<'a> Iterator for Children<'a, '_> {
    type Item = Child<'a>;

    fn next(&mut self) -> Option<Child<'a>> {
        loop {
            let entry = self.entries.next()?;
            let below = entry.path.strip_prefix(self.directory)?;
            // "/a-b" and "/a.b" sort between "/a" and "/a/c": they share the prefix but lie elsewhere.
            let Some(below) = below.strip_prefix('/') else { continue };
            let (name, file) = match below.split_once('/') {
                Some((name, _)) => (name, None),
                None => (below, Some(entry)),
            };
            if name != self.last {
                self.last = name;
                return Some(Child { name, file });
            }
        }
    }
}

impl FusedIterator for Children<'_, '_> {}
