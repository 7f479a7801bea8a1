//! The rules, run on this repository: one test a rule.
//!
//! A failure lists every breach with its file and what to do about it.
//! Neighbours: `house::rule` has the rules and shows that each can fail.

use house::{Complaint, Tree, rule};
use std::path::Path;

fn hold(rule: impl Fn(&Tree) -> Vec<Complaint>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let tree = Tree::read(&root).expect("the repository is readable");
    assert!(tree.rust().count() > 20, "this is not the repository");
    let complaints: Vec<String> = rule(&tree).iter().map(ToString::to_string).collect();
    assert!(complaints.is_empty(), "{} breaches:\n{}", complaints.len(), complaints.join("\n"));
}

#[test]
fn files_are_short() {
    hold(rule::files_are_short);
}

#[test]
fn files_say_what_they_decide() {
    hold(rule::files_say_what_they_decide);
}

#[test]
fn unsafe_code_stays_in_its_crates() {
    hold(rule::unsafe_code_stays_in_its_crates);
}

#[test]
fn nothing_is_left_undone() {
    hold(rule::nothing_is_left_undone);
}

#[test]
fn names_follow_the_house() {
    hold(rule::names_follow_the_house);
}

#[test]
fn folders_have_readmes() {
    hold(rule::folders_have_readmes);
}

#[test]
fn lints_apply_everywhere() {
    hold(rule::lints_apply_everywhere);
}

#[test]
fn dependencies_point_inward() {
    hold(rule::dependencies_point_inward);
}

#[test]
fn every_library_is_decided() {
    hold(rule::every_library_is_decided);
}

#[test]
fn every_request_has_its_row() {
    hold(rule::every_request_has_its_row);
}

#[test]
fn every_scenario_has_its_case() {
    hold(rule::every_scenario_has_its_case);
}

#[test]
fn every_test_with_gdb_is_there() {
    hold(rule::every_test_with_gdb_is_there);
}
