//! Every library has its line in docs/decisions: what it saves, what it costs.
//!
//! A dependency is a decision that outlives the day it was taken; the line is where the next reader finds the reason.
//! Neighbours: `manifests` reads the packages, docs/decisions/0001-libraries.md has the lines.

use crate::complaint::Complaint;
use crate::rule::manifests::manifests;
use crate::tree::Tree;
use std::collections::BTreeSet;

const TABLES: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// Every library that a package uses is the first cell of a row in docs/decisions, with two cells of text after it.
#[must_use]
pub fn every_library_is_decided(tree: &Tree) -> Vec<Complaint> {
    let packages = manifests(tree);
    let own: BTreeSet<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    let decided = decided(tree);
    let mut complaints = Vec::new();
    for package in &packages {
        for name in TABLES.iter().flat_map(|table| package.dependencies(table)) {
            if !own.contains(name.as_str()) && !decided.contains(name.as_str()) {
                let what = format!("{name} has no row in docs/decisions: what does it save, what does it cost?");
                complaints.push(Complaint::about(&package.path, what));
            }
        }
    }
    complaints
}

fn decided(tree: &Tree) -> BTreeSet<&str> {
    let pages = tree.sources().filter(|source| source.path.starts_with("docs/decisions/"));
    pages.flat_map(|page| page.text.lines()).filter_map(row).collect()
}

fn row(line: &str) -> Option<&str> {
    let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
    let (name, saves, costs) = (cells.next()?, cells.next()?, cells.next()?);
    (!saves.is_empty() && !costs.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::every_library_is_decided;
    use crate::tree::Tree;

    #[test]
    fn a_library_without_a_full_row_is_noticed() {
        let package = "[package]\nname = \"a\"\n[dependencies]\nb.workspace = true\nlog = \"1\"\nelf = \"1\"\n\
                       [dev-dependencies]\nproptest = \"1\"\n";
        let tree = Tree::of(&[
            ("a/Cargo.toml", package),
            ("b/Cargo.toml", "[package]\nname = \"b\"\n"),
            ("docs/decisions/0001.md", "| log | saves | costs |\n| elf | saves | |\n"),
        ]);
        let found: Vec<String> = every_library_is_decided(&tree).iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("elf") && found[1].contains("proptest"), "{found:?}");
    }
}
