//! docs/ptrace.md has a row for every request and event, and every test that a row names exists; so do the cases that
//! docs/scenarios.md and docs/gdb.md name.
//!
//! A request's row is `| number | NAME | what | errno | host tests | tests in the system |`, an event's has four cells
//! before its tests too. Tests are named `file::function`. Neighbours: `schemes/proc-abi` has the requests and events,
//! `schemes/ptrace/src/tests` the host tests, tests/programs/src/bin/test-ptrace those in the system.

use crate::complaint::Complaint;
use crate::tree::Tree;

const PAGE: &str = "docs/ptrace.md";
const SCENARIOS: &str = "docs/scenarios.md";
const GDB: &str = "docs/gdb.md";
/// Where the tests of docs/gdb.md are.
const GDB_FOLDERS: [&str; 3] = ["tests/qemu/tests/gdb", "tests/qemu/tests", "initfs/gdbserver/src/tests"];
const REQUESTS: &str = "schemes/proc-abi/src/request.rs";
const EVENTS: &str = "schemes/proc-abi/src/event.rs";
/// Where the tests of the fifth and of the sixth cell are.
const FOLDERS: [&str; 2] = ["schemes/ptrace/src/tests", "tests/programs/src/bin/test-ptrace"];
/// Cells before those with tests.
const CELLS: usize = 4;
/// Cells of a row with tests.
const ROW: usize = 6;

/// Every request and event has its row, every row its tests, and every test is there.
#[must_use]
pub fn every_request_has_its_row(tree: &Tree) -> Vec<Complaint> {
    let page = tree.find(PAGE).map_or("", |source| source.text.as_str());
    let missing = missing_requests(tree, page).into_iter().chain(missing_events(tree, page));
    let mut complaints: Vec<Complaint> = missing.collect();
    for (number, line) in (1..).zip(page.lines()) {
        if let Some(cells) = cells(line).filter(|cells| cells.len() == ROW) {
            complaints.extend(missing_tests(tree, number, &cells));
        }
    }
    complaints
}

fn cells(line: &str) -> Option<Vec<&str>> {
    let inner = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    Some(inner.split('|').map(str::trim).collect())
}

/// Rows of the constant `NAMES`: `(R::Name, "NAME"),`.
fn missing_requests(tree: &Tree, page: &str) -> Vec<Complaint> {
    let text = tree.find(REQUESTS).map_or("", |source| source.text.as_str());
    let variants = text.lines().filter_map(|line| line.trim().strip_suffix(',')?.split_once(" = "));
    let mut complaints = Vec::new();
    for (variant, number) in variants.filter(|(_, number)| number.parse::<i32>().is_ok()) {
        let name =
            text.lines().find_map(|line| line.trim().strip_prefix(&format!("(R::{variant}, \""))?.split_once('"'));
        let name = name.map_or(variant, |(name, _)| name);
        let is_row = |line: &str| cells(line).is_some_and(|cells| cells.starts_with(&[number, name]));
        if !page.lines().any(is_row) {
            complaints.push(Complaint::about(PAGE, format!("no row for request {number}, {name}")));
        }
    }
    complaints
}

/// Bits of the masks: `const NAME = 0x1;`; each is in a cell of some row.
fn missing_events(tree: &Tree, page: &str) -> Vec<Complaint> {
    let text = tree.find(EVENTS).map_or("", |source| source.text.as_str());
    let bits = text.lines().filter_map(|line| line.trim().strip_prefix("const ")?.split_once(" = ")).map(|bit| bit.0);
    let is_told = |bit: &str| {
        let mut rows = page.lines().filter_map(cells).flatten();
        rows.any(|cell| cell.split(|letter: char| !letter.is_alphanumeric() && letter != '_').any(|word| word == bit))
    };
    bits.filter(|bit| !is_told(bit)).map(|bit| Complaint::about(PAGE, format!("no row tells of {bit}"))).collect()
}

/// Every case that docs/scenarios.md names is there.
#[must_use]
pub fn every_scenario_has_its_case(tree: &Tree) -> Vec<Complaint> {
    let [_, folder] = FOLDERS;
    let page = tree.find(SCENARIOS).map_or("", |source| source.text.as_str());
    let rows = (1..).zip(page.lines()).filter(|(_, line)| line.starts_with('|'));
    rows.flat_map(|(number, line)| absent(tree, (SCENARIOS, number), line, &[folder])).collect()
}

/// Every test that docs/gdb.md names is there, and it names some.
#[must_use]
pub fn every_test_with_gdb_is_there(tree: &Tree) -> Vec<Complaint> {
    let page = tree.find(GDB).map_or("", |source| source.text.as_str());
    let rows: Vec<(usize, &str)> = (1..).zip(page.lines()).filter(|(_, line)| line.starts_with('|')).collect();
    if rows.iter().all(|(_, line)| tests_in(line).next().is_none()) {
        return vec![Complaint::about(GDB, "no row names a test".to_owned())];
    }
    rows.iter().flat_map(|(number, line)| absent(tree, (GDB, *number), line, &GDB_FOLDERS)).collect()
}

/// Tests named in a text: file and function.
fn tests_in(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let words = text.split(|letter: char| !letter.is_alphanumeric() && !"_:".contains(letter));
    words.filter_map(|word| word.split_once("::"))
}

fn absent(tree: &Tree, (page, line): (&'static str, usize), text: &str, folders: &[&str]) -> Vec<Complaint> {
    let is_in = |folder: &str, file: &str, function: &str| {
        let source = tree.find(&format!("{folder}/{file}.rs"));
        source.is_some_and(|source| source.text.contains(&format!("fn {function}(")))
    };
    let is_there = |(file, function): &(&str, &str)| folders.iter().any(|folder| is_in(folder, file, function));
    let missing = tests_in(text).filter(|named| !is_there(named));
    let folder = folders.join(" or ");
    missing
        .map(|(file, function)| Complaint::at(page, line, format!("there is no {function} in {folder}/{file}.rs")))
        .collect()
}

fn missing_tests(tree: &Tree, line: usize, cells: &[&str]) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (cell, folder) in cells.iter().skip(CELLS).zip(FOLDERS) {
        let is_heading = cell.starts_with("--") || cell.contains("tests");
        if tests_in(cell).next().is_none() && !is_heading {
            complaints.push(Complaint::at(PAGE, line, format!("a row without a test of {folder}")));
        }
        complaints.extend(absent(tree, (PAGE, line), cell, &[folder]));
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::{
        EVENTS, GDB, PAGE, REQUESTS, SCENARIOS, every_request_has_its_row, every_scenario_has_its_case,
        every_test_with_gdb_is_there,
    };
    use crate::tree::Tree;

    #[test]
    fn a_scenario_without_its_case_is_noticed() {
        let page = "Some `words::here`.\n| 1 | wait | `control::runs`, `control::gone` |\n| 2 | fork | none |\n";
        let tree = Tree::of(&[(SCENARIOS, page), ("tests/programs/src/bin/test-ptrace/control.rs", "fn runs() {}\n")]);
        let found: Vec<String> = every_scenario_has_its_case(&tree).iter().map(|one| one.what.clone()).collect();
        assert_eq!(found, ["there is no gone in tests/programs/src/bin/test-ptrace/control.rs"]);
    }

    #[test]
    fn a_test_with_gdb_that_is_not_there_is_noticed() {
        let page = "| attach | `verb::runs`, `verb::gone`, `session::asks` |\n";
        let tree = Tree::of(&[
            (GDB, page),
            ("tests/qemu/tests/gdb/verb.rs", "fn runs() {}\n"),
            ("initfs/gdbserver/src/tests/session.rs", "fn asks() {}\n"),
        ]);
        let found: Vec<String> = every_test_with_gdb_is_there(&tree).iter().map(|one| one.what.clone()).collect();
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("there is no gone in tests/qemu/tests/gdb or "), "{found:?}");
        assert_eq!(every_test_with_gdb_is_there(&Tree::of(&[(GDB, "| a | b |\n")])).len(), 1);
    }

    #[test]
    fn missing_rows_and_tests_are_noticed() {
        let page = "| n | request | what | errno | host tests | tests in the system |\n\
                    | 7 | CONTINUE | runs | - | requests::runs | control::runs, control::gone |\n\
                    | birth | LWP | a thread | BORN | threads::is_born | |\n";
        let requests = "Continue = 7,\nKill = 8,\n(R::Continue, \"CONTINUE\"),\n(R::Kill, \"KILL\"),\n";
        let tree = Tree::of(&[
            (PAGE, page),
            (REQUESTS, requests),
            (EVENTS, "const LWP = 0x10;\nconst BORN = 1;\nconst EXITED = 2;\n"),
            ("schemes/ptrace/src/tests/requests.rs", "fn runs() {}\n"),
            ("schemes/ptrace/src/tests/threads.rs", "fn is_born() {}\n"),
            ("tests/programs/src/bin/test-ptrace/control.rs", "fn runs() {}\n"),
        ]);
        let found: Vec<String> = every_request_has_its_row(&tree).iter().map(|one| one.what.clone()).collect();
        let expected = [
            "no row for request 8, KILL",
            "no row tells of EXITED",
            "there is no gone in tests/programs/src/bin/test-ptrace/control.rs",
            "a row without a test of tests/programs/src/bin/test-ptrace",
        ];
        assert_eq!(found, expected);
    }
}
