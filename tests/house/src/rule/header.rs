//! Every file of Rust and of C opens by saying what it decides.
//!
//! At least three lines of `//!` come first, in C three of a comment, so that a reader knows whether this is the file
//! before reading code.
//! Neighbours: `length`; rustc itself demands documentation of every public item.

use crate::complaint::Complaint;
use crate::tree::{Source, Tree};

const HEADER_LINES: usize = 3;

/// A Rust file begins with at least three lines of `//!`, a file in C with a comment of three lines.
#[must_use]
pub fn files_say_what_they_decide(tree: &Tree) -> Vec<Complaint> {
    let rust = tree.rust().map(|source| (source, doc_lines(source)));
    let c = tree.sources().filter(|source| source.is_c()).map(|source| (source, comment_lines(source)));
    rust.chain(c).filter_map(|(source, header)| judge(source, header)).collect()
}

fn judge(source: &Source, header: usize) -> Option<Complaint> {
    let what = "begins with fewer than three lines of //! (in C: /* */) on what it decides and its neighbours";
    (header < HEADER_LINES).then(|| Complaint::about(&source.path, what))
}

fn doc_lines(source: &Source) -> usize {
    source.text.lines().take_while(|line| line.starts_with("//!")).count()
}

/// Lines of the comment that the file begins with, without one that only closes it.
fn comment_lines(source: &Source) -> usize {
    let Some((comment, _)) = source.text.strip_prefix("/*").and_then(|text| text.split_once("*/")) else { return 0 };
    comment.lines().filter(|line| !line.trim().is_empty()).count()
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
            ("good.c", "/* One.\n *\n * Two.\n */\nint main(void);\n"),
            ("short.h", "/* One.\n * Two.\n */\n/* Three. */\n"),
            ("none.c", "#include <stdio.h>\n/* One.\n * Two.\n * Three.\n */\n"),
        ]);
        let files: Vec<String> = files_say_what_they_decide(&tree).into_iter().map(|one| one.file).collect();
        assert_eq!(files, ["none.rs", "short.rs", "late.rs", "short.h", "none.c"]);
    }
}
