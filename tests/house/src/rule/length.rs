//! Files are short: 300 lines, tests 400.
//!
//! The caps are caps, not averages: what the models of this house show is that quality is lost in the longest files.
//! Neighbours: `header` has the other rule on how a file begins.

use crate::complaint::Complaint;
use crate::tree::{Source, Tree};

const SOURCE_LINES: usize = 300;
const TEST_LINES: usize = 400;

/// A file of code has at most 300 lines, a file of tests 400.
#[must_use]
pub fn files_are_short(tree: &Tree) -> Vec<Complaint> {
    tree.sources()
        .filter(|source| ["rs", "c", "h", "S", "sh", "ld"].contains(&source.extension()))
        .filter_map(judge)
        .collect()
}

fn judge(source: &Source) -> Option<Complaint> {
    let cap = if source.is_test() { TEST_LINES } else { SOURCE_LINES };
    let lines = source.lines().count();
    (lines > cap).then(|| Complaint::about(&source.path, format!("{lines} lines, at most {cap}: split it by concept")))
}

#[cfg(test)]
mod tests {
    use super::files_are_short;
    use crate::tree::Tree;

    #[test]
    fn a_line_too_many_is_noticed() {
        let lines = |count: usize| "x\n".repeat(count);
        let tree = Tree::of(&[
            ("kernel/core/src/good.rs", &lines(300)),
            ("kernel/core/src/long.rs", &lines(301)),
            ("kernel/core/src/good/tests.rs", &lines(400)),
            ("kernel/core/src/long/tests.rs", &lines(401)),
            ("kernel/machine/src/start.S", &lines(301)),
            ("docs/abi.md", &lines(999)),
        ]);
        let files: Vec<String> = files_are_short(&tree).into_iter().map(|complaint| complaint.file).collect();
        assert_eq!(files, ["kernel/core/src/long.rs", "kernel/core/src/long/tests.rs", "kernel/machine/src/start.S"]);
    }
}
