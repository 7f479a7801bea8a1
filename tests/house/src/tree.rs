//! The repository as texts: every file that people wrote, with its path.
//!
//! [`Tree::read`] takes what lies in the folders of the design and beside them, and leaves out build output; a test
//! makes a [`Tree`] from strings. Neighbours: each rule walks one.

use anyhow::{Context, Result};
use std::fs;
use std::path::Path;

/// Names at the top that hold no sources of this project; in a worktree of git's, `.git` is a file.
const FOREIGN_NAMES: [&str; 2] = [".git", "target"];

/// Folders at any depth that tools write into.
const GENERATED_FOLDERS: [&str; 4] = ["target", "artifacts", "coverage", "proptest-regressions"];

/// One file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Source {
    /// Path relative to the repository, with slashes.
    pub path: String,
    /// Its text; empty if it is not text.
    pub text: String,
}

impl Source {
    /// The file's name without its folder.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// The part of the name after the last dot.
    #[must_use]
    pub fn extension(&self) -> &str {
        self.name().rsplit_once('.').map_or("", |(_, extension)| extension)
    }

    /// Whether this is Rust.
    #[must_use]
    pub fn is_rust(&self) -> bool {
        self.extension() == "rs"
    }

    /// Whether this is C.
    #[must_use]
    pub fn is_c(&self) -> bool {
        ["c", "h"].contains(&self.extension())
    }

    /// Whether this file is tests and nothing else: `tests.rs`, or in the folder of a module or package `tests`.
    #[must_use]
    pub fn is_test(&self) -> bool {
        // The top folder tests/ has packages in it; a package's own tests lie one `tests` deeper.
        let below = self.path.strip_prefix("tests/").unwrap_or(&self.path);
        self.name() == "tests.rs" || below.contains("/tests/")
    }

    /// The lines with their numbers from 1.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.text.lines())
    }
}

/// All files of the repository.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Tree {
    sources: Vec<Source>,
}

impl Tree {
    /// Reads the repository at `root`.
    ///
    /// # Errors
    /// If a file or folder cannot be read.
    pub fn read(root: &Path) -> Result<Self> {
        let mut tree = Self::default();
        tree.read_folder(root, "")?;
        tree.sources.sort_by(|left, right| left.path.cmp(&right.path));
        Ok(tree)
    }

    /// A tree of given paths and texts.
    #[must_use]
    pub fn of(files: &[(&str, &str)]) -> Self {
        let source = |&(path, text): &(&str, &str)| Source { path: path.to_owned(), text: text.to_owned() };
        Self { sources: files.iter().map(source).collect() }
    }

    /// Every file.
    pub fn sources(&self) -> impl Iterator<Item = &Source> {
        self.sources.iter()
    }

    /// Every Rust file.
    pub fn rust(&self) -> impl Iterator<Item = &Source> {
        self.sources().filter(|source| source.is_rust())
    }

    /// The file at `path`.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<&Source> {
        self.sources().find(|source| source.path == path)
    }

    fn read_folder(&mut self, folder: &Path, prefix: &str) -> Result<()> {
        for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if prefix.is_empty() && FOREIGN_NAMES.contains(&name) {
                continue;
            }
            if path.is_dir() {
                if !GENERATED_FOLDERS.contains(&name) {
                    self.read_folder(&path, &format!("{prefix}{name}/"))?;
                }
            } else {
                let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
                let text = String::from_utf8(bytes).unwrap_or_default();
                self.sources.push(Source { path: format!("{prefix}{name}"), text });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Tree;

    #[test]
    fn a_packages_tests_are_told_from_the_top_folder() {
        let files = ["tests/qemu/src/log.rs", "tests/qemu/src/log/tests.rs", "tests/qemu/tests/boot.rs"];
        let more = ["kernel/core/tests/x.rs", "kernel/core/src/tests/x.rs", "kernel/core/src/x.rs"];
        let all: Vec<(&str, &str)> = files.into_iter().chain(more).map(|path| (path, "")).collect();
        let tests: Vec<bool> = Tree::of(&all).sources().map(super::Source::is_test).collect();
        assert_eq!(tests, [false, true, true, true, true, false]);
    }
}
