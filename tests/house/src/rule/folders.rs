//! The folders of the design, each with a README that says what is in it.
//!
//! A new top folder is a decision about the design, so it needs a line here.
//! Neighbours: README.md has the map of folders.

use crate::complaint::Complaint;
use crate::tree::Tree;
use std::collections::BTreeSet;

/// Top folders of the system; each has a README.
const FOLDERS: [&str; 5] = ["docs", "initfs", "kernel", "schemes", "tests"];

/// Top folders of tools, which the README of the repository explains.
const TOOL_FOLDERS: [&str; 4] = [".cargo", ".ci", ".config", "build"];

/// Every top folder is one of the design's and has a README of more than its title.
#[must_use]
pub fn folders_have_readmes(tree: &Tree) -> Vec<Complaint> {
    let found: BTreeSet<&str> = tree.sources().filter_map(|source| Some(source.path.split_once('/')?.0)).collect();
    let unknown = found.iter().filter(|folder| !FOLDERS.contains(folder) && !TOOL_FOLDERS.contains(folder));
    let unknown = unknown.map(|folder| Complaint::about(folder, "not a folder of the design"));
    let silent = FOLDERS.iter().map(|folder| format!("{folder}/README.md")).filter(|readme| is_silent(tree, readme));
    unknown.chain(silent.map(|readme| Complaint::about(&readme, "missing, or no more than a title"))).collect()
}

fn is_silent(tree: &Tree, readme: &str) -> bool {
    tree.find(readme).is_none_or(|source| source.lines().filter(|(_, line)| !line.is_empty()).count() < 2)
}

#[cfg(test)]
mod tests {
    use super::{FOLDERS, folders_have_readmes};
    use crate::tree::Tree;

    #[test]
    fn new_folders_and_missing_readmes_are_noticed() {
        let readmes: Vec<String> = FOLDERS.iter().map(|folder| format!("{folder}/README.md")).collect();
        let mut files: Vec<(&str, &str)> = readmes.iter().map(|path| (path.as_str(), "# title\n\nwhat\n")).collect();
        assert_eq!(folders_have_readmes(&Tree::of(&files)), []);
        files[1].1 = "# title\n";
        files.remove(0);
        files.push(("user/lib.rs", ""));
        let places: Vec<String> = folders_have_readmes(&Tree::of(&files)).into_iter().map(|one| one.file).collect();
        assert_eq!(places, ["user", "docs/README.md", "initfs/README.md"]);
    }
}
