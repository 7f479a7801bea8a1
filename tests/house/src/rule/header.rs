//! Every Rust file opens by saying what it decides.
//!
//! At least three lines of `//!` come first, so that a reader knows whether this is the file before reading code.
//! Neighbours: `length`; rustc itself demands documentation of every public item.

use crate::complaint::Complaint;
use crate::tree::{Source, Tree};

const HEADER_LINES: usize = 3;

/// A Rust file begins with at least three lines of `//!`.
#[must_use]
pub fn files_say_what_they_decide(tree: &Tree) -> Vec<Complaint> {
    tree.rust().filter_map(judge).collect()
}

fn judge(source: &Source) -> Option<Complaint> {
    let header = source.text.lines().take_while(|line| line.starts_with("//!")).count();
    let what = "begins with fewer than three lines of //! on what it decides, its main types, its neighbours";
    (header < HEADER_LINES).then(|| Complaint::about(&source.path, what))
}

#[cfg(test)]
mod tests {
    use super::files_say_what_they_decide;
    use crate::tree::Tree;

    #[test]
    fn a_missing_or_short_header_is_noticed() {
        let tree = Tree::of(&[
            ("good.rs", "//! One.\n//!\n//! Two.\nfn main() {}\n"),
            ("none.rs", "fn main() {}\n"),
            ("short.rs", "//! One.\n//! Two.\nfn main() {}\n"),
            ("late.rs", "\n//! One.\n//!\n//! Two.\n"),
        ]);
        let files: Vec<String> = files_say_what_they_decide(&tree).into_iter().map(|one| one.file).collect();
        assert_eq!(files, ["none.rs", "short.rs", "late.rs"]);
    }
}
